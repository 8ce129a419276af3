package measuretest

import (
	"strings"
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/shardedtlb/measure"
)

type stats struct {
	Placed, Evicted uint64
	Wait            measure.Distribution
	Quota           time.Duration
	Failures        []string
	inner           uint64
}

func (s *stats) measures() []measure.Measure {
	return []measure.Measure{
		measure.Counter(&s.Placed, "placed_bytes", "help").In(measure.Bytes),
		measure.Counter(&s.Evicted, "evicted", "help"),
		measure.Times(&s.Wait, "wait", "help"),
		measure.Gauge(&s.Quota, "quota_ns", "help"),
	}
}

func TestFields(t *testing.T) {
	var s stats
	if faults := Fields(&s, s.measures(), "Failures"); len(faults) > 0 {
		t.Errorf("faults where there are none: %q", faults)
	}
	for name, test := range map[string]struct {
		measures []measure.Measure
		apart    []string
		says     string
	}{
		"a field is not described":       {s.measures()[1:], []string{"Failures"}, "Placed"},
		"a field is not set apart":       {s.measures(), nil, "Failures"},
		"a field is both":                {s.measures(), []string{"Failures", "Evicted"}, "Evicted"},
		"something else is described":    {append(s.measures(), measure.Counter(new(uint64), "other", "help")), []string{"Failures"}, "of no field"},
		"an inner field is described":    {append(s.measures(), measure.Counter(&s.inner, "inner", "help")), []string{"Failures"}, "of no field"},
		"two of a name":                  {append(s.measures(), measure.Counter(&s.Placed, "evicted", "help")), []string{"Failures"}, "there are two"},
		"no help":                        {append(s.measures(), measure.Counter(&s.Placed, "more", "")), []string{"Failures"}, "no help"},
		"capitals":                       {append(s.measures(), measure.Counter(&s.Placed, "L2Hits", "help")), []string{"Failures"}, "snake case"},
		"a unit that the name lacks":     {append(s.measures(), measure.Counter(&s.Placed, "size", "help").In(measure.Bytes)), []string{"Failures"}, `the unit is "bytes"`},
		"a unit that the value lacks":    {append(s.measures(), measure.Counter(&s.Placed, "size_bytes", "help")), []string{"Failures"}, `the unit is ""`},
		"a distribution with a unit":     {append(s.measures(), measure.Times(&s.Wait, "wait_ns", "help")), []string{"Failures"}, "distribution"},
		"a duration that the name lacks": {append(s.measures(), measure.Gauge(&s.Quota, "quota", "help")), []string{"Failures"}, `the unit is "ns"`},
	} {
		if faults := Fields(&s, test.measures, test.apart...); !strings.Contains(strings.Join(faults, "\n"), test.says) {
			t.Errorf("%s: %q, want one that says %q", name, faults, test.says)
		}
	}
}

func TestGroup(t *testing.T) {
	var s stats
	hart := func(n int) measure.Group {
		return measure.Group{Name: "harts", Help: "help", Labels: []measure.Label{{Name: "hart", Value: n}}, Measures: s.measures()}
	}
	good := measure.Group{Name: "machine", Help: "help", Groups: []measure.Group{hart(0), hart(1), {Name: "cache", Help: "help", Measures: s.measures()}}}
	if faults := Group(&good); len(faults) > 0 {
		t.Errorf("faults where there are none: %q", faults)
	}
	for says, bad := range map[string]measure.Group{
		`group "cache" with help ""`: {Name: "cache"},
		`group "Cache"`:              {Name: "Cache", Help: "help"},
		"a.cache: there are two":     {Name: "a", Help: "help", Groups: []measure.Group{{Name: "cache", Help: "help"}, {Name: "cache", Help: "help"}}},
		"a.evicted: there are two":   {Name: "a", Help: "help", Labels: []measure.Label{{Name: "evicted", Value: 1}}, Measures: s.measures()},
		"a.wait: there are two":      {Name: "a", Help: "help", Measures: s.measures(), Groups: []measure.Group{{Name: "wait", Help: "help"}}},
		`a.group "" with help ""`:    {Name: "a", Help: "help", Groups: []measure.Group{{}}},
		"a.cache.more: no help":      {Name: "a", Help: "help", Groups: []measure.Group{{Name: "cache", Help: "help", Measures: []measure.Measure{measure.Counter(&s.Placed, "more", "")}}}},
		"a.harts: there are two":     {Name: "a", Help: "help", Groups: []measure.Group{hart(0), {Name: "cache", Help: "help"}, hart(1)}},
	} {
		if faults := Group(&bad); !strings.Contains(strings.Join(faults, "\n"), says) {
			t.Errorf("%q, want one that says %q", faults, says)
		}
	}
}
