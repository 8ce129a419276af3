package devices

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"

	"github.com/hartwood-vm/hartwood/bench/contest"
)

// figure is a task's medians, in its unit.
type figure struct {
	Task     string  `json:"task"`
	Unit     string  `json:"unit"`
	Hartwood float64 `json:"hartwood"`
	QEMU     float64 `json:"qemu,omitempty"`
	Times    float64 `json:"times_qemu,omitempty"` // how many times faster than QEMU
}

// figures makes them of all rounds' times.
func figures(tasks []Task, times []contest.Time) (all []figure) {
	for _, t := range tasks {
		ours, theirs := median(times, t.Name, contest.Hartwood), median(times, t.Name, contest.QEMU)
		f := figure{Task: t.Name, Unit: t.Unit, Hartwood: t.rate(ours)}
		if theirs > 0 {
			f.QEMU, f.Times = t.rate(theirs), theirs/ours
		}
		all = append(all, f)
	}
	return all
}

// median is that of a contestant's seconds for a task, 0 without any.
func median(times []contest.Time, task, on string) float64 {
	var s []float64
	for _, t := range times {
		if t.Program == task && t.On == on {
			s = append(s, t.Seconds)
		}
	}
	if len(s) == 0 {
		return 0
	}
	slices.Sort(s)
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}

func writeJSON(out io.Writer, all []figure) error {
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	return e.Encode(all)
}

func writeTable(out io.Writer, all []figure) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "task\tunit\thartwood\tqemu\ttimes QEMU's speed\t")
	for _, f := range all {
		fmt.Fprintf(w, "%s\t%s\t%s\t", f.Task, f.Unit, number(f.Hartwood))
		if f.QEMU > 0 {
			fmt.Fprintf(w, "%s\t%.2f\t", number(f.QEMU), f.Times)
		} else {
			fmt.Fprint(w, "\t\t")
		}
		fmt.Fprintln(w)
	}
	return w.Flush()
}

// number has as many digits as mean something.
func number(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}
