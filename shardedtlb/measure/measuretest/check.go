package measuretest

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"

	"github.com/hartwood-vm/hartwood/shardedtlb/measure"
)

// Fields returns what is wrong with the description of a struct of measurements, to which s points: exported fields
// without a description, apart from those that are named, and descriptions of anything else.
func Fields(s any, measures []measure.Measure, apart ...string) (faults []string) {
	described := map[any]string{}
	for _, m := range measures {
		described[m.Var()] = m.Name
	}
	v := reflect.ValueOf(s).Elem()
	for i := range v.NumField() {
		name, at := v.Type().Field(i).Name, v.Field(i)
		if !v.Type().Field(i).IsExported() {
			continue
		}
		exempt := false
		for _, a := range apart {
			exempt = exempt || a == name
		}
		if _, ok := described[at.Addr().Interface()]; ok == exempt {
			faults = append(faults, fmt.Sprintf("%s.%s: no measurement describes it, or it is set apart and one does", v.Type(), name))
		}
		delete(described, at.Addr().Interface())
	}
	for _, name := range described {
		faults = append(faults, fmt.Sprintf("%s: the measurement is of no field of %s", name, v.Type()))
	}
	return append(faults, Names(measures)...)
}

var (
	snake = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)
	units = []measure.Unit{measure.Bytes, measure.Nanoseconds, measure.Share}
)

// Names returns what is wrong with the names and the help of measurements.
func Names(measures []measure.Measure) (faults []string) {
	seen := map[string]bool{}
	for _, m := range measures {
		switch {
		case !snake.MatchString(m.Name):
			faults = append(faults, m.Name+": not in snake case")
		case seen[m.Name]:
			faults = append(faults, m.Name+": there are two")
		case m.Help == "":
			faults = append(faults, m.Name+": no help")
		}
		seen[m.Name] = true
		for _, unit := range units {
			ends := strings.HasSuffix(m.Name, "_"+string(unit))
			if m.Kind == measure.Durations && ends {
				faults = append(faults, m.Name+": a distribution's unit stands in the names of its parts")
			} else if m.Kind != measure.Durations && ends != (m.Unit == unit) {
				faults = append(faults, fmt.Sprintf("%s: the unit is %q", m.Name, m.Unit))
			}
		}
	}
	return faults
}

// Group is Names for a group and all within it.
func Group(g *measure.Group) (faults []string) {
	if !snake.MatchString(g.Name) || g.Help == "" {
		faults = append(faults, fmt.Sprintf("group %q with help %q", g.Name, g.Help))
	}
	names := map[string]bool{}
	for _, l := range g.Labels {
		names[l.Name] = true
	}
	for _, m := range g.Measures {
		if names[m.Name] {
			faults = append(faults, g.Name+"."+m.Name+": there are two")
		}
		names[m.Name] = true
	}
	last := ""
	for i := range g.Groups {
		sub := &g.Groups[i]
		if alike := sub.Name == last && len(sub.Labels) > 0; !alike && names[sub.Name] {
			faults = append(faults, g.Name+"."+sub.Name+": there are two")
		}
		names[sub.Name], last = true, sub.Name
		for _, fault := range Group(sub) {
			faults = append(faults, g.Name+"."+fault)
		}
	}
	for _, fault := range Names(g.Measures) {
		faults = append(faults, g.Name+"."+fault)
	}
	return faults
}
