package shardedtlb

import (
	"sync/atomic"
	"time"
)

// Stats is a reading of one hart's counters, or a sum of several. All fields are uint64 (words relies on it), the misses of
// the three kinds of access first and in their order.
type Stats struct {
	FetchMisses, LoadMisses, StoreMisses uint64

	Fills uint64

	L2Hits   uint64
	L2Misses uint64
	L2Fenced uint64

	Walks        uint64
	GlobalWalks  uint64
	WalkLevels   uint64
	WalkSamples  uint64
	WalkNanos    uint64
	PageFaults   uint64
	AccessFaults uint64
	ADUpdates    uint64
	ADRetries    uint64

	PrefetchSearches uint64
	PrefetchIssued   uint64
	PrefetchUsed     uint64

	Fences           uint64
	IDRecycles       uint64
	StrategySwitches uint64
}

// published are the counters as others see them: written by the owner, read by
// anyone. The owner's own are plain words, since an atomic store costs as much as a
// second-level hit; they are published now and then.
type published [numCounters]atomic.Uint64

const (
	publishEvery = 64   // misses between two publications
	deliverEvery = 1024 // look-ups between two deliveries to the shards
	sampleWalks  = 64   // walks for each one that is timed
)

// Stats returns the hart's counters as last published; safe for any goroutine.
func (m *MMU) Stats() Stats {
	var s Stats
	words := s.words()
	for i := range words {
		words[i] = m.stats[i].Load()
	}
	return s
}

// Counted returns the hart's counters as they are now; only for the owner of the hart.
func (m *MMU) Counted() Stats { return m.count }

// PublishStats makes the counters exact for readers; only for the owner of the
// hart, who calls it when a slice ends. Every 64th miss does it too.
func (m *MMU) PublishStats() {
	m.publish()
	m.flushShardCounts()
}

func (m *MMU) publish() {
	for i, n := range m.count.words() {
		if m.stats[i].Load() != n {
			m.stats[i].Store(n)
		}
	}
}

// countMiss counts a call of Translate.
func (m *MMU) countMiss(acc Access) {
	m.count.words()[acc]++
	if m.count.Misses()%publishEvery == 0 {
		m.publish()
	}
}

// fault counts f and returns it.
func (m *MMU) fault(f Fault) Fault {
	switch f {
	case PageFault:
		m.count.PageFaults++
	case AccessFault:
		m.count.AccessFaults++
	}
	return f
}

// shardCount are a hart's look-ups in one shard that the shard does not know of
// yet: counted apart, so that harts do not fight for the shard's counters.
type shardCount struct{ hits, misses uint32 }

// countLookup counts a look-up in a shard, and Hybrid's window.
func (m *MMU) countLookup(shard int, hit bool) {
	c := &m.perShard[shard]
	if hit {
		c.hits++
	} else {
		c.misses++
	}
	if m.lookups++; m.lookups >= deliverEvery {
		m.flushShardCounts()
	}
}

// flushShardCounts delivers the hart's look-ups to the shards.
func (m *MMU) flushShardCounts() {
	m.lookups = 0
	for i := range m.perShard {
		c := &m.perShard[i]
		to := &m.tab.shards[i].counters
		if c.hits != 0 {
			to.hits.Add(uint64(c.hits))
		}
		if c.misses != 0 {
			to.misses.Add(uint64(c.misses))
		}
		*c = shardCount{}
	}
}

// timeWalk reports whether the walk that is about to begin is to be timed.
func (m *MMU) timeWalk() bool { return m.count.Walks%sampleWalks == 0 }

func (m *MMU) walkTook(d time.Duration) {
	m.count.WalkSamples++
	m.count.WalkNanos += uint64(d.Nanoseconds())
}
