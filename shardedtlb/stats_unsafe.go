package shardedtlb

import "unsafe"

// numCounters is the number of fields of Stats.
const numCounters = unsafe.Sizeof(Stats{}) / unsafe.Sizeof(uint64(0))

// words returns the fields of s as an array. It is safe since they all are uint64, which lie in a struct without gaps;
// TestStatsAreWords checks that.
func (s *Stats) words() *[numCounters]uint64 { return (*[numCounters]uint64)(unsafe.Pointer(s)) }
