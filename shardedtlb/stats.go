package shardedtlb

import (
	"sync/atomic"
	"time"
)

// Stats is a reading of one hart's counters, or a sum of several.
type Stats struct {
	// First-level misses, that is calls of Translate. Accesses that hit are not
	// counted: estimate them from the instructions executed.
	FetchMisses, LoadMisses, StoreMisses uint64

	Fills uint64 // first-level entries made for the access that missed

	L2Hits   uint64 // misses answered by the second level
	L2Misses uint64 // misses that the second level could not answer
	L2Fenced uint64 // entries found, but older than a fence of this hart

	Walks        uint64 // page-table walks for an access (not prefetches)
	WalkLevels   uint64 // PTEs read by them
	WalkSamples  uint64 // walks timed, one in 64
	WalkNanos    uint64 // their time in nanoseconds
	PageFaults   uint64
	AccessFaults uint64
	ADUpdates    uint64 // PTEs whose A or D bit was set
	ADRetries    uint64 // swaps lost to another writer of the PTE

	PrefetchSearches uint64 // walks after which a stream was looked for
	PrefetchIssued   uint64 // translations made ahead
	PrefetchUsed     uint64 // those of runs whose last page an access has reached soon

	Fences           uint64
	IDRecycles       uint64 // times the view ids ran out
	StrategySwitches uint64 // changes of mind of the Hybrid strategy
}

// Add adds o to s.
func (s *Stats) Add(o Stats) {
	a, b := s.fields(), o.fields()
	for i := range a {
		*a[i] += *b[i]
	}
}

// Misses returns the first-level misses of all kinds.
func (s *Stats) Misses() uint64 { return s.FetchMisses + s.LoadMisses + s.StoreMisses }

// PrefetchAccuracy returns the share of the translations made ahead that were used, 0 to 1;
// 0 if there were none.
func (s *Stats) PrefetchAccuracy() float64 {
	if s.PrefetchIssued == 0 {
		return 0
	}
	return float64(s.PrefetchUsed) / float64(s.PrefetchIssued)
}

// The counters by number, in the order of fields.
const (
	cFetchMisses = iota // + Access
	cLoadMisses
	cStoreMisses
	cFills
	cL2Hits
	cL2Misses
	cL2Fenced
	cWalks
	cWalkLevels
	cWalkSamples
	cWalkNanos
	cPageFaults
	cAccessFaults
	cADUpdates
	cADRetries
	cPrefetchSearches
	cPrefetchIssued
	cPrefetchUsed
	cFences
	cRecycles
	cSwitches
	numCounters
)

func (s *Stats) fields() [numCounters]*uint64 {
	return [numCounters]*uint64{
		&s.FetchMisses, &s.LoadMisses, &s.StoreMisses, &s.Fills,
		&s.L2Hits, &s.L2Misses, &s.L2Fenced,
		&s.Walks, &s.WalkLevels, &s.WalkSamples, &s.WalkNanos,
		&s.PageFaults, &s.AccessFaults, &s.ADUpdates, &s.ADRetries,
		&s.PrefetchSearches, &s.PrefetchIssued, &s.PrefetchUsed,
		&s.Fences, &s.IDRecycles, &s.StrategySwitches,
	}
}

// counts are the owner's own counters: plain words, since an atomic store costs
// as much as a second-level hit. They are published now and then.
type counts [numCounters]uint64

// published are the counters as others see them: written by the owner, read by
// anyone.
type published [numCounters]atomic.Uint64

const (
	publishEvery = 64   // misses between two publications
	deliverEvery = 1024 // look-ups between two deliveries to the shards
	sampleWalks  = 64   // walks for each one that is timed
)

// Stats returns the hart's counters as last published; safe for any goroutine.
func (m *MMU) Stats() Stats {
	var s Stats
	for i, f := range s.fields() {
		*f = m.stats[i].Load()
	}
	return s
}

// Counted returns the hart's counters as they are now; only for the owner of the hart.
func (m *MMU) Counted() Stats {
	var s Stats
	for i, f := range s.fields() {
		*f = m.count[i]
	}
	return s
}

// PublishStats makes the counters exact for readers; only for the owner of the
// hart, who calls it when a slice ends. Every 64th miss does it too.
func (m *MMU) PublishStats() {
	for i, n := range m.count {
		if m.stats[i].Load() != n {
			m.stats[i].Store(n)
		}
	}
	m.flushShardCounts()
}

// countMiss counts a call of Translate.
func (m *MMU) countMiss(acc Access) {
	m.count[cFetchMisses+acc]++
	n := m.count[cFetchMisses] + m.count[cLoadMisses] + m.count[cStoreMisses]
	if n%publishEvery != 0 {
		return
	}
	for i, n := range m.count {
		if m.stats[i].Load() != n {
			m.stats[i].Store(n)
		}
	}
}

// fault counts f and returns it.
func (m *MMU) fault(f Fault) Fault {
	switch f {
	case PageFault:
		m.count[cPageFaults]++
	case AccessFault:
		m.count[cAccessFaults]++
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
func (m *MMU) timeWalk() bool { return m.count[cWalks]%sampleWalks == 0 }

func (m *MMU) walkTook(d time.Duration) {
	m.count[cWalkSamples]++
	m.count[cWalkNanos] += uint64(d.Nanoseconds())
}
