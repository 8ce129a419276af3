package results

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"text/tabwriter"

	"golang.org/x/perf/benchmath"
	"golang.org/x/perf/benchunit"
)

// Number words a figure with four digits.
func Number(v float64) string {
	if math.Abs(v) >= 1e5 {
		return benchunit.Scale(v, benchunit.Decimal)
	}
	return strconv.FormatFloat(v, 'g', 4, 64)
}

// Table writes medians with their confidence intervals for people.
func (r *Results) Table(w io.Writer) error {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(out, "%s\n%s\n\n", r.Program, r.Machine)
	for _, name := range r.names() {
		shown := name
		for _, s := range r.Series {
			if s.Name == name {
				sum := s.Summary()
				fmt.Fprintf(out, "%s\t%s\t%s\t%s\n", shown, Number(sum.Center), spread(sum.PctRangeString()), s.Unit)
				shown = ""
			}
		}
	}
	for _, l := range r.Left {
		how := "left out"
		if l.Failed {
			how = "FAILED"
		}
		fmt.Fprintf(out, "\n%s %s: %s", l.Scenario, how, l.Why)
	}
	if len(r.Left) > 0 {
		fmt.Fprintln(out)
	}
	return out.Flush()
}

// Spread words the confidence interval of a summary; "" where too few samples tell none.
func Spread(s benchmath.Summary) string { return spread(s.PctRangeString()) }

// spread is a confidence interval, or nothing where too few samples tell none.
func spread(text string) string {
	if strings.Contains(text, "∞") {
		return ""
	}
	return "± " + text
}

// Table writes two results side by side for people, and last what is worse.
func (c Comparison) Table(w io.Writer) error {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(out, "figure\tbefore\tnow\t\tchange\t\tunit\n")
	last := ""
	for _, d := range c.Deltas {
		name := d.Name
		if name == last {
			name = ""
		}
		last = d.Name
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", name, Number(d.Old.Center), Number(d.New.Center), spread(d.New.PctRangeString()),
			d.change(), d.verdict(), d.Unit)
	}
	c.end(out)
	return out.Flush()
}

// end says what follows from a comparison.
func (c Comparison) end(out io.Writer) {
	fmt.Fprintln(out)
	if n := len(c.OnlyOld); n > 0 {
		fmt.Fprintf(out, "%d figures of before were not measured now, such as %s.\n", n, c.OnlyOld[0])
	}
	if n := len(c.OnlyNew); n > 0 {
		fmt.Fprintf(out, "%d figures were not measured before, such as %s.\n", n, c.OnlyNew[0])
	}
	if c.Few {
		fmt.Fprintln(out, "Fewer than four samples of each prove nothing: choose more --rounds.")
	}
	worse, clock := c.Worse()
	if n := len(clock); n > 0 {
		fmt.Fprintf(out, "%d figures are worse by the clock alone, which a busy machine does by itself; --gate all counts them.\n", n)
	}
	if len(worse) == 0 {
		fmt.Fprintln(out, "No figure is worse.")
		return
	}
	fmt.Fprintf(out, "Worse are %d:\n", len(worse))
	for _, d := range worse {
		fmt.Fprintf(out, "  %s\t%s -> %s %s\t%s\t(p=%.3f)\n", d.Name, Number(d.Old.Center), Number(d.New.Center), d.Unit, d.change(), d.P)
	}
}

func (d Delta) change() string {
	switch {
	case !d.Significant || d.Change == 0:
		return "~"
	case math.IsInf(d.Change, 0):
		return "from 0"
	}
	return fmt.Sprintf("%+.1f %%", 100*d.Change)
}

func (d Delta) verdict() string {
	switch {
	case d.Worse && d.Counts:
		return "worse"
	case d.Worse:
		return "(clock)"
	case d.Better:
		return "better"
	}
	return ""
}

// Words are the change and the verdict for people.
func (d Delta) Words() (change, verdict string) { return d.change(), d.verdict() }
