package report

import (
	"bytes"
	"fmt"
	"html/template"
	"math"
	"regexp"
	"slices"
	"strconv"

	"github.com/go-analyze/charts"
	"github.com/hartwood-vm/hartwood/bench/results"
)

// The size of a plot, in pixels.
const width, height = 380, 200

func painter() *charts.Painter {
	return charts.NewPainter(charts.PainterOptions{OutputFormat: charts.ChartOutputSVG, Width: width, Height: height})
}

// bins is the number of bars of a distribution.
const bins = 8

// distribution draws how many of a figure's samples lie in each eighth of their range.
func distribution(s *results.Series) (template.HTML, error) {
	least, most := slices.Min(s.Values), slices.Max(s.Values)
	step := (most - least) / bins
	if !(step > 0) || math.IsInf(step, 0) {
		return "", nil // a range without eighths
	}
	counts, labels := make([]float64, bins), make([]string, bins)
	for i := range bins {
		labels[i] = results.Number(least + (float64(i)+0.5)*step)
	}
	for _, v := range s.Values {
		counts[min(int((v-least)/step), bins-1)]++
	}
	opt := charts.NewBarChartOptionWithData([][]float64{counts})
	opt.Title.Text = s.Unit + ", samples"
	opt.Title.FontStyle.FontSize = 10
	opt.CategoryAxis.Labels = labels
	opt.CategoryAxis.LabelFontStyle.FontSize = 8
	opt.Legend.Show = charts.Ptr(false)
	opt.ValueFormatter = func(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
	p := painter()
	if err := p.BarChart(opt); err != nil {
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

// Sweep draws a figure over the values of a setting, as an SVG file of its own.
func Sweep(title string, values []string, figures []float64) ([]byte, error) {
	opt := charts.NewBarChartOptionWithData([][]float64{figures})
	opt.Title.Text = title
	opt.Title.FontStyle.FontSize = 10
	opt.CategoryAxis.Labels = values
	opt.CategoryAxis.LabelFontStyle.FontSize = 8
	opt.Legend.Show = charts.Ptr(false)
	opt.ValueFormatter = results.Number
	opt.ValueAxis = []charts.ValueAxisOption{{Min: charts.Ptr(0.0), LabelFontStyle: charts.FontStyle{FontSize: 8}}}
	p := painter()
	if err := p.BarChart(opt); err != nil {
		return nil, err
	}
	return sized(p)
}

// sized takes the picture with its size, without which a browser makes it as wide as the page.
func sized(p *charts.Painter) ([]byte, error) {
	text, err := p.Bytes()
	if err != nil {
		return nil, err
	}
	return bytes.Replace(text, []byte("<svg "), fmt.Appendf(nil, `<svg width="%d" height="%d" `, width, height), 1), nil
}

// prolog is what a file of its own begins with, and a part of a page does not.
var prolog = regexp.MustCompile(`^\s*(<\?xml[^>]*>\s*)?(<!DOCTYPE[^>]*>\s*)?`)

// svg takes the picture for the page. The library escapes the texts in it.
func svg(p *charts.Painter) (template.HTML, error) {
	text, err := sized(p)
	if err != nil {
		return "", err
	}
	return template.HTML(prolog.ReplaceAll(text, nil)), nil //nolint:gosec // made of numbers and of units of ours
}
