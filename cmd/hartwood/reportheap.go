package main

import (
	"fmt"
	"strings"

	"github.com/hartwood-vm/hartwood/gcpar"
	"github.com/hartwood-vm/hartwood/runtime"
	"github.com/hartwood-vm/hartwood/runtime/plain"
	"github.com/hartwood-vm/hartwood/vcpu/histogram"
)

// summarizeHeap words how the managed heap fared.
func summarizeHeap(b *strings.Builder, s *gcpar.Stats) {
	size := func(n uint64) string { return count(n) + " bytes" }
	fmt.Fprintf(b, "  managed heap  %s of %s in use, %s allocated\n", size(s.Used), runtime.Size(s.HeapSize), size(s.Allocated))
	fmt.Fprintf(b, "  collections   %s of %s on average, %s objects marked%s, %s logged by barriers\n", count(s.Cycles),
		digits(s.Cycle.Mean()), count(s.MarkedObjects), markRate(s), count(s.Logged))
	if s.Stopped.Count > 0 {
		fmt.Fprintf(b, "  all stopped   %s\n", distribution(s.Stopped))
	}
	fmt.Fprintf(b, "  hart pauses   %s\n", distribution(s.Pause))
	fmt.Fprintf(b, "  to safe point %s\n", distribution(s.ToSafePoint))
	fmt.Fprintf(b, "  over quota    %s; quota %v\n", distribution(s.Overrun), s.Quota)
	if s.Stalls > 0 {
		fmt.Fprintf(b, "  heap was full %s allocations waited, %s failed\n", count(s.Stalls), count(s.OutOfMemory))
	}
	if s.Violations > 0 {
		fmt.Fprintf(b, "  violations    %s, such as: %s\n", count(s.Violations), plain.Text(s.Violation))
	}
}

// markRate is how fast markers have traced objects, in wall-clock time.
func markRate(s *gcpar.Stats) string {
	if s.Trace.Sum <= 0 {
		return ""
	}
	return fmt.Sprintf(" at %s bytes/s", rate(s.MarkedBytes, s.Trace.Sum))
}

// distribution words a histogram.
func distribution(h histogram.Summary) string {
	if h.Count == 0 {
		return "none"
	}
	return fmt.Sprintf("%s, median %v, p99 %v, longest %v", count(h.Count), digits(h.P50), digits(h.P99), digits(h.Max))
}
