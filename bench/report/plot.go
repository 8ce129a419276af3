package report

import (
	"html/template"
	"regexp"

	"github.com/go-analyze/charts"
	"github.com/hartwood-vm/hartwood/bench/results"
)

// The size of a plot, in pixels.
const width, height = 380, 200

func painter() *charts.Painter {
	return charts.NewPainter(charts.PainterOptions{OutputFormat: charts.ChartOutputSVG, Width: width, Height: height})
}

// distribution draws the density of a figure's samples.
func distribution(s *results.Series) (template.HTML, error) {
	opt, err := charts.NewViolinChartOptionWithSamples([][]float64{s.Values}, 40)
	if err != nil {
		return "", err
	}
	opt.Title.Text = s.Unit + ", samples"
	opt.Title.FontStyle.FontSize = 10
	opt.Horizontal = true
	opt.Legend.Show = charts.Ptr(false)
	p := painter()
	if err := p.ViolinChart(opt); err != nil {
		return "", err
	}
	return svg(p)
}

// trend draws medians over runs.
func trend(s *results.Series, labels []string, medians []float64) (template.HTML, error) {
	opt := charts.NewLineChartOptionWithData([][]float64{medians})
	opt.Title.Text = s.Unit + ", runs"
	opt.Title.FontStyle.FontSize = 10
	opt.XAxis.Labels = labels
	opt.XAxis.LabelCount = min(len(labels), 4)
	opt.Legend.Show = charts.Ptr(false)
	opt.ValueFormatter = results.Number
	p := painter()
	if err := p.LineChart(opt); err != nil {
		return "", err
	}
	return svg(p)
}

// prolog is what a file of its own begins with, and a part of a page does not.
var prolog = regexp.MustCompile(`^\s*(<\?xml[^>]*>\s*)?(<!DOCTYPE[^>]*>\s*)?`)

// svg takes the picture for the page. The library escapes the texts in it.
func svg(p *charts.Painter) (template.HTML, error) {
	text, err := p.Bytes()
	if err != nil {
		return "", err
	}
	return template.HTML(prolog.ReplaceAll(text, nil)), nil //nolint:gosec // made of numbers and of units of ours
}
