package shardedtlb

import "fmt"

// Strategy says where a hart's second level lives.
type Strategy uint8

const (
	// MultiLevel gives every hart a private second level: best for one hart.
	MultiLevel Strategy = iota
	// Concurrent lets all harts share one sharded second level.
	Concurrent
	// Hybrid chooses between the two, hart by hart, and changes its mind with
	// the load.
	Hybrid
)

var strategyNames = [...]string{MultiLevel: "MultiLevel", Concurrent: "Concurrent", Hybrid: "Hybrid"}

// String returns the strategy's name.
func (s Strategy) String() string {
	if int(s) < len(strategyNames) {
		return strategyNames[s]
	}
	return fmt.Sprintf("Strategy(%d)", uint8(s))
}

// Hybrid's rules: a lone hart starts private, since there is no one to share
// with and a small table stays in the host's cache; several start shared. Then
// hit rates decide, measured over windows of look-ups; every trialEvery windows
// the other table gets two windows, one to warm up and one that counts.
const (
	trialEvery = 32
	margin     = 20 // in thousandths: a challenger must be better by that much
)

// chooser is one hart's state of the Hybrid strategy.
type chooser struct {
	shared  bool // the table in use
	crowd   bool // more than one hart was active at the last judgement
	trial   uint8
	windows uint8  // since the last trial
	rate    uint64 // hit rate of the incumbent, in thousandths
}

// The states of chooser.trial.
const (
	trialNone uint8 = iota
	trialWarm       // challenger in use, window not counted
	trialOn         // challenger in use, window counts
)

// judge is told the hit rate of the window that just ended, in thousandths, and
// the number of active harts; it updates c.shared.
func (c *chooser) judge(rate uint64, active int) {
	if crowd := active > 1; crowd != c.crowd {
		*c = chooser{shared: crowd, crowd: crowd}
		return
	}
	switch c.trial {
	case trialNone:
		c.rate = rate
		if c.windows++; c.windows >= trialEvery {
			c.windows, c.trial, c.shared = 0, trialWarm, !c.shared
		}
	case trialWarm:
		c.trial = trialOn
	case trialOn:
		c.trial = trialNone
		if rate > c.rate+margin {
			c.rate = rate
		} else {
			c.shared = !c.shared
		}
	}
}

// reconsider ends a window of Hybrid's look-ups and moves the hart to the other
// table if that was the verdict.
func (m *MMU) reconsider() {
	rate := uint64(m.windowHits) * 1000 / uint64(max(m.window, 1))
	m.window, m.windowHits = 0, 0
	was := m.choice.shared
	m.choice.judge(rate, m.shared.Active())
	if m.choice.shared != was {
		m.count.StrategySwitches++
		m.adopt(m.chosen())
	}
}

// chosen returns the table that the strategy wants this hart to use.
func (m *MMU) chosen() *table {
	switch m.shared.cfg.Strategy {
	case Concurrent:
		return m.shared.table
	case Hybrid:
		if m.choice.shared {
			return m.shared.table
		}
	}
	if m.private == nil {
		m.private = newTable(1, m.shared.cfg.PrivateSets)
	}
	return m.private
}

// adopt makes t the hart's second level. Epochs are those of the table
// that they guard, and fences of the time before did not reach t's: everything in
// it until now is out of bounds.
func (m *MMU) adopt(t *table) {
	m.flushShardCounts()
	m.tab = t
	m.minEpochs = minEpochs{all: t.clock.Add(1)}
	for i := range m.ids.spaces {
		m.ids.spaces[i].since = 0 // an epoch of the other table's clock
	}
	m.perShard = make([]shardCount, len(t.shards))
}
