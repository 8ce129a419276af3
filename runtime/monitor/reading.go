package monitor

import (
	"fmt"
	"strings"

	"github.com/hartwood-vm/hartwood/runtime"
	"github.com/hartwood-vm/hartwood/shardedtlb/measure"
)

// reading is a machine's measurements at a moment, by their paths, such as jit.cache.evicted. Groups that have labels have
// their values in the path: jit.compiler.compile.small.time.
type reading map[string]value

type value struct {
	kind   measure.Kind
	number float64
	times  measure.Distribution
}

func read(s *runtime.Stats) reading {
	r := reading{}
	g := s.Group()
	r.add("", &g)
	return r
}

func (r reading) add(path string, g *measure.Group) {
	for _, m := range g.Measures {
		r[path+m.Name] = value{m.Kind, m.Number(), m.Times()}
	}
	for i := range g.Groups {
		sub := &g.Groups[i]
		if sub.Name == "harts" || sub.Name == "tlb_shards" {
			continue // thousands, which no figure is about
		}
		name := []string{sub.Name}
		for _, l := range sub.Labels {
			name = append(name, fmt.Sprint(l.Value))
		}
		r.add(path+strings.Join(name, ".")+".", sub)
	}
}

// span is what has happened between two readings: how much counters have grown, and the rest as it is at the end.
type span struct {
	from, to reading
}

// has reports whether there is such a measurement.
func (s span) has(path string) bool {
	_, ok := s.to[path]
	return ok
}

// number is how much a counter has grown, or what a gauge says.
func (s span) number(path string) float64 {
	v := s.to[path]
	if v.kind == measure.Counts {
		return max(0, v.number-s.from[path].number)
	}
	return v.number
}

// times is a distribution whose count and sum are those of the span. Its quantiles are of all samples so far.
func (s span) times(path string) measure.Distribution {
	d, was := s.to[path].times, s.from[path].times
	d.Count -= min(d.Count, was.Count)
	d.Sum -= min(d.Sum, was.Sum)
	return d
}

// share is a part of a whole, from 0 to 1; 0 of nothing.
func share(part, whole float64) float64 {
	if whole <= 0 {
		return 0
	}
	return min(max(part/whole, 0), 1)
}
