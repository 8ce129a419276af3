package sheet

import (
	_ "embed"
	"html/template"
	"io"

	"github.com/hartwood-vm/hartwood/runtime/monitor"
	"github.com/hartwood-vm/hartwood/runtime/plain"
	"github.com/hartwood-vm/hartwood/shardedtlb/measure"
)

//go:embed sheet.html
var text string

var layout = template.Must(template.New("sheet").Funcs(template.FuncMap{"percent": measure.Percent}).Parse(text))

// About is what a report is of.
type About struct {
	Guest   string // what ran
	Program string // what it ran on
}

type document struct {
	About
	*monitor.Report
	Plots []template.HTML
}

// Write writes the report.
func Write(w io.Writer, r *monitor.Report, about About) error {
	d := document{About: About{plain.Text(about.Guest), plain.Text(about.Program)}, Report: r}
	var err error
	if d.Plots, err = plots(r.Samples); err != nil {
		return err
	}
	return layout.Execute(w, d)
}
