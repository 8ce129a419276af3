package contest

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
)

// others are the contestants but the base.
func (r *results) others() []string { return r.contestants[1:] }

// versus are those of others that have a column for their speed against QEMU's.
func (r *results) versus() []string {
	if !slices.Contains(r.contestants, QEMU) {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(r.others()), func(c string) bool { return c == QEMU })
}

// writeTable writes seconds and ratios for people.
func (r *results) writeTable(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "program\t%s s\t", r.base())
	for _, c := range r.others() {
		fmt.Fprintf(w, "%s s\t/%s\t", c, r.base())
	}
	for _, c := range r.versus() {
		fmt.Fprintf(w, "qemu/%s\t", c)
	}
	fmt.Fprintln(w)
	for _, k := range r.programs {
		fmt.Fprintf(w, "%s\t%.3f\t", k, r.median(r.base(), k))
		for _, c := range r.others() {
			fmt.Fprintf(w, "%.3f\t%.2f\t", r.median(c, k), r.ratio(c, r.base(), k))
		}
		for _, c := range r.versus() {
			fmt.Fprintf(w, "%.2f\t", r.ratio(QEMU, c, k))
		}
		fmt.Fprintln(w)
	}
	if len(r.others()) == 0 {
		return w.Flush()
	}
	fmt.Fprint(w, "geometric mean\t\t")
	for _, c := range r.others() {
		fmt.Fprintf(w, "\t%.2f\t", r.mean(c, r.base()))
	}
	for _, c := range r.versus() {
		fmt.Fprintf(w, "%.2f\t", r.mean(QEMU, c))
	}
	fmt.Fprintln(w)
	return w.Flush()
}

// row is a program in JSON; the maps are by contestant.
type row struct {
	Program  string             `json:"program,omitempty"`
	Seconds  map[string]float64 `json:"seconds,omitempty"`
	ToBase   map[string]float64 `json:"to_base"`           // time, relative to the base's
	FromQEMU map[string]float64 `json:"qemu_to,omitempty"` // QEMU's time, relative to the contestant's
}

// writeJSON writes what writeTable does.
func (r *results) writeJSON(out io.Writer) error {
	var answer struct {
		Base     string `json:"base"`
		Programs []row  `json:"programs"`
		Mean     row    `json:"geometric_mean"`
	}
	answer.Base = r.base()
	for _, k := range r.programs {
		line := row{Program: k, Seconds: map[string]float64{}, ToBase: map[string]float64{}, FromQEMU: map[string]float64{}}
		for _, c := range r.contestants {
			line.Seconds[c] = r.median(c, k)
		}
		for _, c := range r.others() {
			line.ToBase[c] = r.ratio(c, r.base(), k)
		}
		for _, c := range r.versus() {
			line.FromQEMU[c] = r.ratio(QEMU, c, k)
		}
		answer.Programs = append(answer.Programs, line)
	}
	answer.Mean = row{ToBase: map[string]float64{}, FromQEMU: map[string]float64{}}
	for _, c := range r.others() {
		answer.Mean.ToBase[c] = r.mean(c, r.base())
	}
	for _, c := range r.versus() {
		answer.Mean.FromQEMU[c] = r.mean(QEMU, c)
	}
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(answer)
}
