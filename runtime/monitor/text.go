package monitor

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// WriteText writes the report for people at a terminal. A guest chose no part of it.
func (r *Report) WriteText(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Watched for %v.\n\n", r.Took())
	if len(r.Advice) == 0 {
		b.WriteString("No figure is beyond its limit.\n")
	}
	for i, f := range r.Advice {
		fmt.Fprintf(&b, "%d. %s: %s (%s); about %.1f %% of the work\n", i+1, f.Title, f.Text, f.Limit, 100*f.Cost)
		for _, a := range f.Advice {
			if flags := a.Flags(); flags != "" {
				fmt.Fprintf(&b, "   %s\n      %s\n", flags, a.Why)
			} else {
				fmt.Fprintf(&b, "   %s\n", a.Why)
			}
		}
	}
	b.WriteString("\n")
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, f := range r.Figures {
		verdict := string(f.Verdict)
		if f.Verdict == Told {
			verdict = ""
		}
		if f.Why != "" {
			verdict += ": " + f.Why
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", f.Title, f.Text, f.Limit, verdict)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for line := range strings.Lines(b.String()) {
		if _, err := io.WriteString(w, strings.TrimRight(line, " \n")+"\n"); err != nil {
			return err
		}
	}
	return nil
}
