package codecache

import "sync/atomic"

// counters only grow. Each is written where its event happens and read by Stats.
type counters struct {
	retired, evicted, reused, full, rounds, cleanUps atomic.Uint64
}

// Stats is what the cache holds and has done. The figures are read one after the
// other, while work goes on.
type Stats struct {
	Entries  int    // keys under which there are codes that are not retired
	Codes    int    // these codes
	Bytes    uint64 // their memory, with padding to cache lines
	Waiting  uint64 // bytes retired and not yet given back
	Capacity uint64 // bytes mapped
	Placed   uint64 // codes placed
	Retired  uint64 // codes retired, by eviction or by their owner
	Evicted  uint64 // codes handed to evict, entry by entry
	Reused   uint64 // codes whose memory was given back for reuse
	Full     uint64 // calls of Place that failed with ErrFull
	Rounds   uint64 // quiescence rounds begun
	CleanUps uint64 // clean-ups done
}

// Stats returns the figures of this moment.
func (c *Cache) Stats() Stats {
	return Stats{
		Entries:  int(c.load.entries.Load()),
		Codes:    int(c.load.codes.Load()),
		Bytes:    uint64(c.load.bytes.Load()),
		Waiting:  uint64(c.load.waitingBytes.Load()),
		Capacity: uint64(c.size),
		Placed:   c.clock.Load(),
		Retired:  c.counters.retired.Load(),
		Evicted:  c.counters.evicted.Load(),
		Reused:   c.counters.reused.Load(),
		Full:     c.counters.full.Load(),
		Rounds:   c.counters.rounds.Load(),
		CleanUps: c.counters.cleanUps.Load(),
	}
}
