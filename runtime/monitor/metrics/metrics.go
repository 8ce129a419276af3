package metrics

import (
	"fmt"
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/hartwood-vm/hartwood/runtime"
	"github.com/hartwood-vm/hartwood/runtime/monitor"
	"github.com/hartwood-vm/hartwood/shardedtlb/measure"
)

// Source is where measurements come from.
type Source struct {
	// Stats returns the measurements.
	Stats func() runtime.Stats
	// Report returns what they are worth; nil: nobody judges them.
	Report func() (*monitor.Report, error)
	// Harts asks for those of single harts.
	Harts bool
}

// Registry returns a registry of what source has, as of each time that it is asked.
func Registry(source Source) *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(&collector{source})
	return r
}

// collector is an unchecked one: which metrics there are depends on the machine.
type collector struct{ source Source }

func (c *collector) Describe(chan<- *prometheus.Desc) {}

func (c *collector) Collect(to chan<- prometheus.Metric) {
	s := c.source.Stats()
	g := s.Group()
	c.group(to, "hartwood", "", &g, nil)
	if c.source.Report != nil {
		if r, err := c.source.Report(); err == nil {
			c.report(to, r)
		}
	}
}

// lists have entries that are about different things at different times.
var lists = []string{"last_failures", "tlb_shards"}

// group sends what a group has, with the labels of those that it is part of.
func (c *collector) group(to chan<- prometheus.Metric, name, help string, g *measure.Group, labels []measure.Label) {
	labels = append(labels[:len(labels):len(labels)], g.Labels...)
	for i := range g.Measures {
		m := &g.Measures[i]
		if m.Kind != measure.Text {
			to <- metric(name, help, m, labels)
		}
	}
	for i := range g.Groups {
		sub := &g.Groups[i]
		if slices.Contains(lists, sub.Name) || sub.Name == "harts" && !c.source.Harts {
			continue
		}
		about := ""
		if len(sub.Labels) > 0 {
			about = sub.Help + ": "
		}
		c.group(to, name+"_"+strings.TrimSuffix(sub.Name, "s"), about, sub, labels)
	}
}

// metric makes a metric of a measurement.
func metric(group, about string, m *measure.Measure, labels []measure.Label) prometheus.Metric {
	names, values := make([]string, len(labels)), make([]string, len(labels))
	for i, l := range labels {
		names[i], values[i] = l.Name, fmt.Sprint(l.Value)
	}
	desc := prometheus.NewDesc(name(group, m), about+m.Help, names, nil)
	if m.Kind == measure.Durations {
		d := m.Times()
		return prometheus.MustNewConstSummary(desc, d.Count, d.Sum.Seconds(),
			map[float64]float64{0.5: d.P50.Seconds(), 0.99: d.P99.Seconds()}, values...)
	}
	v, kind := m.Number(), prometheus.GaugeValue
	if m.Unit == measure.Nanoseconds {
		v /= 1e9
	}
	if m.Kind == measure.Counts {
		kind = prometheus.CounterValue
	}
	return prometheus.MustNewConstMetric(desc, kind, v, values...)
}

// name is the metric's: units are seconds, bytes and ratios, and counters are totals.
func name(group string, m *measure.Measure) string {
	base := strings.TrimSuffix(strings.TrimSuffix(m.Name, "_ns"), "_share")
	switch {
	case base == "count" || base == "time": // the group says what of
		base = ""
	default:
		base = "_" + base
	}
	switch m.Unit {
	case measure.Nanoseconds:
		base += "_seconds"
	case measure.Share:
		base += "_ratio"
	}
	if m.Kind == measure.Counts {
		base += "_total"
	}
	return group + base
}

var beyond = prometheus.NewDesc("hartwood_figure_beyond_limit", "figures of the report: 1 if it is beyond its limit, 2 if it is a fault", []string{"figure"}, nil)

// report sends verdicts, so that an alert needs to know no limits.
func (c *collector) report(to chan<- prometheus.Metric, r *monitor.Report) {
	for _, f := range r.Figures {
		level := 0.0
		switch f.Verdict {
		case monitor.Told, monitor.TooFew:
			continue
		case monitor.Missed:
			level = 1
		case monitor.AtFault:
			level = 2
		}
		to <- prometheus.MustNewConstMetric(beyond, prometheus.GaugeValue, level, f.Name)
	}
}
