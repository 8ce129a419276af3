package measure

import "strings"

// Group is the measurements of one part of the machine, and of the parts of that.
type Group struct {
	Name string
	Help string
	// Labels tell this group from others of the same name.
	Labels   []Label
	Measures []Measure
	Groups   []Group
}

// Label is what one of several groups of the same name is about: hart 3, operation ld. Value is an int, uint64, bool or string.
type Label struct {
	Name  string
	Value any
}

// Find returns the measurement at a path of names with dots, such as jit.cache.evicted, of the first group where several
// have the same name.
func (g *Group) Find(path string) (m Measure, ok bool) {
	name, rest, deeper := strings.Cut(path, ".")
	if !deeper {
		for _, m := range g.Measures {
			if m.Name == name {
				return m, true
			}
		}
		return Measure{}, false
	}
	for i := range g.Groups {
		if g.Groups[i].Name == name {
			if m, ok := g.Groups[i].Find(rest); ok {
				return m, true
			}
		}
	}
	return Measure{}, false
}
