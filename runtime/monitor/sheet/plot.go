package sheet

import (
	"bytes"
	"fmt"
	"html/template"
	"regexp"
	"time"

	"github.com/go-analyze/charts"
	"github.com/hartwood-vm/hartwood/runtime/monitor"
	"github.com/hartwood-vm/hartwood/shardedtlb/measure"
)

// The size of a plot, in pixels, and the fewest samples that make one.
const (
	width, height = 580, 220
	fewest        = 3
)

// plot is a picture of one or two columns of the samples.
type plot struct {
	title  string
	labels []string
	values []func(*monitor.Sample) float64
}

var all = []plot{
	{"instructions per second", []string{"native", "interpreted"}, []func(*monitor.Sample) float64{
		func(s *monitor.Sample) float64 { return s.Native }, func(s *monitor.Sample) float64 { return s.Interpreted }}},
	{"TLB, per second", []string{"misses of level 1", "walks"}, []func(*monitor.Sample) float64{
		func(s *monitor.Sample) float64 { return s.Misses }, func(s *monitor.Sample) float64 { return s.Walks }}},
	{"native code, bytes", []string{"in the cache", "made per second"}, []func(*monitor.Sample) float64{
		func(s *monitor.Sample) float64 { return s.CodeBytes }, func(s *monitor.Sample) float64 { return s.Compiled }}},
	{"requests that wait to be compiled", nil, []func(*monitor.Sample) float64{func(s *monitor.Sample) float64 { return s.Queue }}},
	{"managed heap, bytes in use", nil, []func(*monitor.Sample) float64{func(s *monitor.Sample) float64 { return s.Heap }}},
	{"pauses of the collector per second", nil, []func(*monitor.Sample) float64{func(s *monitor.Sample) float64 { return s.Pauses }}},
}

// plots draws those in which anything is to be seen.
func plots(samples []monitor.Sample) (list []template.HTML, err error) {
	if len(samples) < fewest {
		return nil, nil
	}
	times := make([]string, len(samples))
	for i := range samples {
		times[i] = samples[i].At.Round(100 * time.Millisecond).String()
	}
	for _, p := range all {
		data, seen := p.data(samples)
		if !seen {
			continue
		}
		svg, err := p.draw(data, times)
		if err != nil {
			return nil, err
		}
		list = append(list, svg)
	}
	return list, nil
}

func (p *plot) data(samples []monitor.Sample) (data [][]float64, seen bool) {
	for _, value := range p.values {
		column := make([]float64, len(samples))
		for i := range samples {
			column[i] = value(&samples[i])
			seen = seen || column[i] != 0
		}
		data = append(data, column)
	}
	return data, seen
}

// prolog is what a file of its own begins with, and a part of a page does not.
var prolog = regexp.MustCompile(`^\s*(<\?xml[^>]*>\s*)?(<!DOCTYPE[^>]*>\s*)?`)

func (p *plot) draw(data [][]float64, times []string) (template.HTML, error) {
	opt := charts.NewLineChartOptionWithData(data)
	opt.Title.Text = p.title
	opt.Title.FontStyle.FontSize = 10
	opt.XAxis.Labels = times
	opt.XAxis.LabelCount = min(len(times), 6)
	opt.Symbol = charts.Symbol{Shape: charts.SymbolNone}
	opt.Legend.Show = charts.Ptr(p.labels != nil)
	opt.Legend.SeriesNames = p.labels
	opt.Legend.Offset = charts.OffsetRight
	opt.Legend.FontStyle.FontSize = 8
	opt.ValueFormatter = func(v float64) string { return measure.Number(uint64(max(v, 0))) }
	c := charts.NewPainter(charts.PainterOptions{OutputFormat: charts.ChartOutputSVG, Width: width, Height: height})
	if err := c.LineChart(opt); err != nil {
		return "", err
	}
	text, err := c.Bytes()
	if err != nil {
		return "", err
	}
	// Without its size a browser makes it as wide as the page.
	text = bytes.Replace(prolog.ReplaceAll(text, nil), []byte("<svg "), fmt.Appendf(nil, `<svg width="%d" height="%d" `, width, height), 1)
	return template.HTML(text), nil //nolint:gosec // made of numbers and of words of ours
}
