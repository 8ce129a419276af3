package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/hartwood-vm/hartwood/jitworker"
	"github.com/hartwood-vm/hartwood/runtime"
	"github.com/hartwood-vm/hartwood/runtime/plain"
	"github.com/hartwood-vm/hartwood/vcpu/histogram"
)

// leftOutShown is how many of the operations that native code leaves to the interpreter the summary names.
const leftOutShown = 5

// summarizeJIT words how native code fared.
func summarizeJIT(b *strings.Builder, s *runtime.JITStats) {
	c, x := &s.Compiler, &s.Exits
	fmt.Fprintf(b, "  native code   %.2f %% of instructions, %s entries\n", 100*s.NativeShare, count(s.Entries))
	if s.Entries > 0 {
		fmt.Fprintf(b, "  its exits     %s polls, %s unknown jumps, %s new links, %s operations\n",
			count(x.Polls), count(x.JumpMiss), count(x.Links), count(x.Operation))
	}
	if len(s.LeftOut) > 0 {
		var names []string
		for _, l := range s.LeftOut[:min(len(s.LeftOut), leftOutShown)] {
			names = append(names, plain.Text(l.Operation)+" "+count(l.Count))
		}
		fmt.Fprintf(b, "  left out      %s\n", strings.Join(names, ", "))
	}
	fmt.Fprintf(b, "  compiled      %s blocks of %s instructions to %s bytes, %s of them anew for speed, %s failed\n",
		count(c.Compiled), count(c.Insns), count(c.Bytes), count(s.Refined), count(c.Failures))
	if times := compileTimes(&c.Compile); times != "" {
		fmt.Fprintf(b, "  compile time  %s\n", times)
	}
	fmt.Fprintf(b, "  compile queue at most %s, wait %s, %s dropped; threshold %d\n", count(uint64(c.QueueMax)), quantiles(c.Wait), count(c.Drops), c.Threshold)
	fmt.Fprintf(b, "  code cache    %s pages, %s blocks, %s bytes, %s evicted\n", count(uint64(s.Cache.Entries)), count(uint64(s.Cache.Codes)), count(s.Cache.Bytes), count(s.Cache.Evicted))
	if n := len(c.LastFailures); n > 0 {
		f := c.LastFailures[n-1]
		message, _, _ := strings.Cut(f.Message, "\n")
		fmt.Fprintf(b, "  last failure  block %#x: %s\n", f.Key, plain.Text(message))
	}
}

// compileTimes words the times of the size classes that occurred.
func compileTimes(c *jitworker.CompileTimes) string {
	var parts []string
	for _, class := range []struct {
		name string
		h    *histogram.Summary
	}{{"small", &c.Small}, {"medium", &c.Medium}, {"large", &c.Large}} {
		if class.h.Count > 0 {
			parts = append(parts, class.name+" "+quantiles(*class.h))
		}
	}
	return strings.Join(parts, ", ")
}

// quantiles words a distribution of times.
func quantiles(h histogram.Summary) string {
	return fmt.Sprintf("%v (p99 %v)", digits(h.P50), digits(h.P99))
}

// digits rounds a time to three digits.
func digits(d time.Duration) time.Duration {
	unit := time.Duration(1)
	for d/unit >= 1000 {
		unit *= 10
	}
	return d.Round(unit)
}
