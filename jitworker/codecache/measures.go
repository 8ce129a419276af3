package codecache

import "github.com/hartwood-vm/hartwood/shardedtlb/measure"

// Measures describes the figures.
func (s *Stats) Measures() []measure.Measure {
	return []measure.Measure{
		measure.Gauge(&s.Entries, "entries", "guest pages with native code"),
		measure.Gauge(&s.Codes, "codes", "pieces of code, one a block"),
		measure.Gauge(&s.Bytes, "used_bytes", "memory of code, with padding to cache lines").In(measure.Bytes),
		measure.Gauge(&s.Waiting, "waiting_bytes", "memory of code that is on its way out").In(measure.Bytes),
		measure.Gauge(&s.Capacity, "capacity_bytes", "memory for code that there is").In(measure.Bytes),
		measure.Counter(&s.Placed, "placed", "pieces of code placed"),
		measure.Counter(&s.Retired, "retired", "pieces of code retired, by eviction or because the guest has overwritten what they were made from"),
		measure.Counter(&s.Evicted, "evicted", "pieces of code evicted to make room"),
		measure.Counter(&s.Reused, "reused", "pieces of code whose memory was given back for reuse"),
		measure.Counter(&s.Full, "full", "times that there was no room for a piece of code"),
		measure.Counter(&s.Rounds, "rounds", "rounds in which all harts said that they are outside of native code"),
		measure.Counter(&s.CleanUps, "clean_ups", "clean-ups done"),
	}
}

// Summary words the figures.
func (s *Stats) Summary() []measure.Line {
	return []measure.Line{measure.Say("code cache", "%s pages, %s blocks, %s bytes, %s evicted",
		measure.Number(uint64(s.Entries)), measure.Number(uint64(s.Codes)), measure.Number(s.Bytes), measure.Number(s.Evicted))}
}
