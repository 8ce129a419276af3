package main

import (
	"fmt"
	goruntime "runtime"
	"strings"
	"time"

	"github.com/hartwood-vm/hartwood/jitworker/engine"
	"github.com/hartwood-vm/hartwood/runtime"
	"github.com/hartwood-vm/hartwood/runtime/plain"
)

// report prints the summary of a run, which ended how, on standard error, so that the guest's own output stays clean.
func (r *run) report(result runtime.Result, how string) error {
	if r.json {
		return showJSON(r.stderr, result)
	}
	text := summary(result, how)
	if r.demo {
		text = demoSummary(result, how)
	}
	return show(r.stderr, text)
}

// demoSummary words the embedded guest's result for people who have not seen any before, and says what to do next.
func demoSummary(result runtime.Result, how string) string {
	s := result.Stats
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s after %s with exit code %d. ", plain.Text(how), s.Wall.Round(time.Millisecond), result.ExitCode)
	harts := "hart"
	if len(s.Harts) > 1 {
		harts = fmt.Sprintf("%d harts", len(s.Harts))
	}
	fmt.Fprintf(&b, "Its %s executed %s instructions, %s a second", harts, count(s.Instructions), rate(s.Instructions, s.Wall))
	if s.JIT != nil {
		fmt.Fprintf(&b, ",\nmost of them (%.1f %%) as this computer's own code, made from the guest's", 100*s.JIT.NativeShare)
	}
	b.WriteString(`.

Next:  hartwood run --stats        the same with all figures
       hartwood run program.elf    a program of your own
       hartwood run --help         Linux, disks, and everything else
`)
	return b.String()
}

// summary words a run's result for people.
func summary(result runtime.Result, how string) string {
	s := result.Stats
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s after %s with exit code %d\n", plain.Text(how), s.Wall.Round(time.Millisecond), result.ExitCode)
	fmt.Fprintf(&b, "  harts         %d, %s traps, %s wake-ups\n", len(s.Harts), count(s.Traps), count(s.Wakeups))
	fmt.Fprintf(&b, "  instructions  %s, %s/s\n", count(s.Instructions), rate(s.Instructions, s.Wall))
	fmt.Fprintf(&b, "  TLB level 1   %s of instructions without a miss, %s misses\n", hits(s.Instructions, s.TLB.Misses()), count(s.TLB.Misses()))
	if lookups := s.TLB.L2Hits + s.TLB.L2Misses; lookups > 0 {
		fmt.Fprintf(&b, "  TLB level 2   %s of %s look-ups hit\n", hits(lookups, s.TLB.L2Misses), count(lookups))
	}
	if s.TLB.Walks > 0 {
		fmt.Fprintf(&b, "  page walks    %s%s, %s page faults\n", count(s.TLB.Walks), walkTime(s), count(s.TLB.PageFaults))
	}
	if s.TLB.PrefetchIssued > 0 {
		fmt.Fprintf(&b, "  prefetch      %s pages, %.0f %% of them used\n", count(s.TLB.PrefetchIssued), 100*s.TLB.PrefetchAccuracy())
	}
	if s.JIT != nil {
		summarizeJIT(&b, s.JIT)
	} else if !engine.Supported {
		fmt.Fprintf(&b, "  native code   none: there is no compiler for %s/%s, all is interpreted\n", goruntime.GOOS, goruntime.GOARCH)
	}
	if s.Heap != nil {
		summarizeHeap(&b, s.Heap)
	}
	for _, m := range s.Missing {
		fmt.Fprintf(&b, "  missing       extension %s, asked for by %s instructions\n", plain.Text(m.Extension), count(m.Instructions))
	}
	return b.String()
}

// tellNotes prints the machine's notes that have not been said yet. A summary in JSON has them itself.
func (r *run) tellNotes(m *runtime.Machine, said map[string]bool) {
	if r.json {
		return
	}
	for _, note := range m.Notes() {
		if !said[note] {
			said[note] = true
			r.say("note: %s", note)
		}
	}
}

// tellMissing names what may be why a guest has failed.
func (r *run) tellMissing(result runtime.Result) {
	for _, m := range result.Stats.Missing {
		r.say("the guest asked for extension %s, which this machine does not have", m.Extension)
	}
}

// hits is the share of n that did not miss, in percent.
func hits(n, misses uint64) string {
	if n == 0 {
		return "none"
	}
	return fmt.Sprintf("%.2f %%", 100*(1-min(float64(misses)/float64(n), 1)))
}

// walkTime is the mean of the walks that were timed.
func walkTime(s runtime.Stats) string {
	if s.TLB.WalkSamples == 0 {
		return ""
	}
	return fmt.Sprintf(" of %d ns on average", s.TLB.WalkNanos/s.TLB.WalkSamples)
}

func rate(n uint64, wall time.Duration) string {
	if wall <= 0 {
		return "0"
	}
	return count(uint64(float64(n) / wall.Seconds()))
}

// count writes a number, a large one with three digits and a unit.
func count(n uint64) string {
	for _, unit := range []struct {
		letter string
		size   float64
	}{{"T", 1e12}, {"G", 1e9}, {"M", 1e6}, {"k", 1e3}} {
		if x := float64(n) / unit.size; x >= 0.9995 {
			return fmt.Sprintf("%.*f %s", 2-min(2, len(fmt.Sprint(int(x)))-1), x, unit.letter)
		}
	}
	return fmt.Sprint(n)
}
