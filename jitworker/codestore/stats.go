package codestore

import (
	"sync/atomic"

	"github.com/hartwood-vm/hartwood/shardedtlb/measure"
)

// counters only grow. Each is written where its event happens and read by Stats.
type counters struct {
	hits, misses, damaged, refused, added, dropped, written, failed, bytes atomic.Uint64
}

// Stats is what the store holds and has done.
type Stats struct {
	Records int    // pieces of code that can be found
	Bytes   uint64 // the files that they are in
	Hits    uint64 // pieces of code found
	Misses  uint64 // and not found
	Damaged uint64 // found damaged, of those in files
	Refused uint64 // files
	Added   uint64 // pieces of code
	Dropped uint64 // of these, because the disk was slow
	Written uint64 // bytes
	Failed  uint64 // files that could not be written
}

// Stats returns the figures of this moment.
func (s *Store) Stats() Stats {
	c := &s.counters
	s.indexed.RLock()
	records := len(s.index)
	s.indexed.RUnlock()
	return Stats{
		Records: records, Bytes: c.bytes.Load(), Hits: c.hits.Load(), Misses: c.misses.Load(), Damaged: c.damaged.Load(), Refused: c.refused.Load(),
		Added: c.added.Load(), Dropped: c.dropped.Load(), Written: c.written.Load(), Failed: c.failed.Load(),
	}
}

// Measures describes the figures.
func (s *Stats) Measures() []measure.Measure {
	return []measure.Measure{
		measure.Gauge(&s.Records, "records", "pieces of code of earlier runs that can be found"),
		measure.Gauge(&s.Bytes, "used_bytes", "files that they are in").In(measure.Bytes),
		measure.Counter(&s.Hits, "hits", "blocks whose code was found and loaded"),
		measure.Counter(&s.Misses, "misses", "blocks that were looked for and not found"),
		measure.Counter(&s.Damaged, "damaged", "pieces of code found damaged, and not used"),
		measure.Counter(&s.Refused, "refused", "files that were damaged or not safe from others, and not used"),
		measure.Counter(&s.Added, "added", "pieces of code to be kept for later runs"),
		measure.Counter(&s.Dropped, "dropped", "of these, those that were not kept, because the disk was slow"),
		measure.Counter(&s.Written, "written_bytes", "written to new files").In(measure.Bytes),
		measure.Counter(&s.Failed, "failed", "files that could not be written"),
	}
}

// Summary words the figures.
func (s *Stats) Summary() []measure.Line {
	return []measure.Line{measure.Say("code store", "%s blocks in %s bytes, %s loaded, %s not found, %s added",
		measure.Number(uint64(s.Records)), measure.Number(s.Bytes), measure.Number(s.Hits), measure.Number(s.Misses), measure.Number(s.Added))}
}
