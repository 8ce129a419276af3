package kernels

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
)

// others are the contestants but the host.
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
	fmt.Fprint(w, "kernel\tnative s\t")
	for _, c := range r.others() {
		fmt.Fprintf(w, "%s s\t/native\t", c)
	}
	for _, c := range r.versus() {
		fmt.Fprintf(w, "qemu/%s\t", c)
	}
	fmt.Fprintln(w)
	for _, k := range r.kernels {
		fmt.Fprintf(w, "%s\t%.3f\t", k, r.median(Native, k))
		for _, c := range r.others() {
			fmt.Fprintf(w, "%.3f\t%.2f\t", r.median(c, k), r.ratio(c, Native, k))
		}
		for _, c := range r.versus() {
			fmt.Fprintf(w, "%.2f\t", r.ratio(QEMU, c, k))
		}
		fmt.Fprintln(w)
	}
	fmt.Fprint(w, "geometric mean\t\t")
	for _, c := range r.others() {
		fmt.Fprintf(w, "\t%.2f\t", r.mean(c, Native))
	}
	for _, c := range r.versus() {
		fmt.Fprintf(w, "%.2f\t", r.mean(QEMU, c))
	}
	fmt.Fprintln(w)
	return w.Flush()
}

// row is a kernel in JSON; the maps are by contestant.
type row struct {
	Kernel   string             `json:"kernel,omitempty"`
	Seconds  map[string]float64 `json:"seconds,omitempty"`
	ToNative map[string]float64 `json:"to_native"`         // time, relative to the host's
	FromQEMU map[string]float64 `json:"qemu_to,omitempty"` // QEMU's time, relative to the contestant's
}

// writeJSON writes what writeTable does.
func (r *results) writeJSON(out io.Writer) error {
	var answer struct {
		Kernels []row `json:"kernels"`
		Mean    row   `json:"geometric_mean"`
	}
	for _, k := range r.kernels {
		line := row{Kernel: k, Seconds: map[string]float64{}, ToNative: map[string]float64{}, FromQEMU: map[string]float64{}}
		for _, c := range r.contestants {
			line.Seconds[c] = r.median(c, k)
		}
		for _, c := range r.others() {
			line.ToNative[c] = r.ratio(c, Native, k)
		}
		for _, c := range r.versus() {
			line.FromQEMU[c] = r.ratio(QEMU, c, k)
		}
		answer.Kernels = append(answer.Kernels, line)
	}
	answer.Mean = row{ToNative: map[string]float64{}, FromQEMU: map[string]float64{}}
	for _, c := range r.others() {
		answer.Mean.ToNative[c] = r.mean(c, Native)
	}
	for _, c := range r.versus() {
		answer.Mean.FromQEMU[c] = r.mean(QEMU, c)
	}
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(answer)
}
