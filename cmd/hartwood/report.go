package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/hartwood-vm/hartwood/runtime"
	"github.com/hartwood-vm/hartwood/runtime/plain"
	"github.com/hartwood-vm/hartwood/shardedtlb/measure"
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
	fmt.Fprintf(&b, "Its %s executed %s instructions, %s a second", harts, measure.Number(s.Instructions), measure.Rate(s.Instructions, s.Wall))
	if native, ok := s.Find("jit.native_share"); ok {
		fmt.Fprintf(&b, ",\nmost of them (%.1f %%) as this computer's own code, made from the guest's", 100*native.Number())
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
	lines := s.Summary()
	for i := range lines {
		lines[i].Text = plain.Text(lines[i].Text)
	}
	return fmt.Sprintf("\n%s after %s with exit code %d\n%s", plain.Text(how), s.Wall.Round(time.Millisecond), result.ExitCode, measure.Table(lines))
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
