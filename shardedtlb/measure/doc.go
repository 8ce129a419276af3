// Package measure describes measurements: each has a name, a kind, a unit and a line of help, and belongs to a group,
// which the package that takes it describes. Who prints measurements needs to know no package.
//
// Counting itself is each package's own affair: plain words of a hart, atomic ones of a worker. A package's Stats method
// reads them into a struct, and the struct's Measures method describes the fields:
//
//	func (s *Stats) Measures() []measure.Measure {
//		return []measure.Measure{
//			measure.Counter(&s.Evicted, "evicted", "pieces of code that left to make room"),
//			measure.Gauge(&s.Bytes, "used_bytes", "memory of the code that there is").In(measure.Bytes),
//		}
//	}
//
// Names are in snake case and unique in their group. The name of a measurement that has a unit ends in it: used_bytes,
// wall_ns, native_share. A distribution's unit stands in the names of its parts: wait with sum_ns and p99_ns.
//
// A Recorder counts durations of many goroutines without a lock. Its buckets are logarithmic with linear parts, as in
// HdrHistogram, so that a quantile is at most a sixteenth too high over the whole range.
//
// A Line is what a summary for people says of a part, worded by the part. Number, Percent, Digits and Rate word figures.
//
// The package imports nothing of the project and lies on its lowest floor, so that every package may describe its own.
package measure
