package measure

import "time"

// Kind says how a measurement behaves.
type Kind uint8

const (
	// Counts only grow, as long as the machine runs.
	Counts Kind = iota
	// Level is as it is at the moment.
	Level
	// Durations is a Distribution.
	Durations
	// Text is a sentence for people; no number.
	Text
)

// Unit is the unit of a measurement, as names end in it; "" if it is a number of things.
type Unit string

// The units.
const (
	Bytes       Unit = "bytes"
	Nanoseconds Unit = "ns"
	Share       Unit = "share" // from 0 to 1
)

// Measure is one measurement and what there is to know of it.
type Measure struct {
	Name string
	Help string
	Kind Kind
	Unit Unit

	value any // read returns it from the variable: *uint64 and so on
}

type number interface {
	int | uint32 | uint64 | float64 | time.Duration
}

// Counter describes a number that only grows.
func Counter[T number](v *T, name, help string) Measure {
	return Measure{Name: name, Help: help, Kind: Counts, Unit: unitOf(v), value: v}
}

// Gauge describes a number that goes up and down.
func Gauge[T number](v *T, name, help string) Measure {
	m := Counter(v, name, help)
	m.Kind = Level
	return m
}

// unitOf is the unit that a type tells.
func unitOf(v any) Unit {
	if _, ok := v.(*time.Duration); ok {
		return Nanoseconds
	}
	return ""
}

// Times describes a distribution of durations.
func Times(v *Distribution, name, help string) Measure {
	return Measure{Name: name, Help: help, Kind: Durations, Unit: Nanoseconds, value: v}
}

// Note describes a sentence for people, which is left out when it is empty.
func Note(v *string, name, help string) Measure {
	return Measure{Name: name, Help: help, Kind: Text, value: v}
}

// In gives the measurement a unit.
func (m Measure) In(unit Unit) Measure {
	m.Unit = unit
	return m
}

// Var is the pointer to the variable that is described.
func (m Measure) Var() any { return m.value }

// Value is an int, uint32, uint64, float64, time.Duration, Distribution or string.
func (m Measure) Value() any {
	switch v := m.value.(type) {
	case *int:
		return *v
	case *uint32:
		return *v
	case *uint64:
		return *v
	case *float64:
		return *v
	case *time.Duration:
		return *v
	case *Distribution:
		return *v
	case *string:
		return *v
	}
	panic("BUG: measurement " + m.Name + " was not made by this package")
}

// Times is the value of a distribution; an empty one if it is something else.
func (m Measure) Times() Distribution {
	d, _ := m.Value().(Distribution)
	return d
}

// Number is the value as a number: of a distribution the samples, of a text 0.
func (m Measure) Number() float64 {
	switch v := m.Value().(type) {
	case int:
		return float64(v)
	case uint32:
		return float64(v)
	case uint64:
		return float64(v)
	case float64:
		return v
	case time.Duration:
		return float64(v)
	case Distribution:
		return float64(v.Count)
	}
	return 0
}
