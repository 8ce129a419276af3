package setting

import (
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"
	"time"
)

type integer interface {
	~int | ~int64 | ~uint32 | ~uint64
}

type numeric interface{ integer | ~float64 }

// Number is a setting that is a number, a time or a size.
type Number[T numeric] struct {
	Info
	v    *T
	def  T
	kind kind[T]
	unit string

	least, most       T
	hasLeast, hasMost bool
	above             bool // least itself is not allowed
	multiple          T    // 0: of anything
	power             bool // of two
	zero              string
	on                *bool // nil, or whether the setting matters
	onName            string
}

// kind says how values are read and written.
type kind[T numeric] struct {
	name    string
	read    func(string) (T, error)
	write   func(T) string
	bound   func(T) string // writes limits
	example bool           // an error names the default as an example
}

// Int describes a whole number.
func Int[T integer](v *T, def T, name, help string) *Number[T] {
	return number(v, def, name, help, kind[T]{
		name: "int",
		read: func(text string) (T, error) {
			n, err := strconv.ParseInt(text, 0, 64)
			if err != nil || int64(T(n)) != n || (n < 0) != (T(n) < 0) {
				return 0, fmt.Errorf("%q is not a number that fits here; write a whole number, such as %d", text, def)
			}
			return T(n), nil
		},
		write: func(n T) string { return fmt.Sprint(n) },
		bound: func(n T) string {
			if power := bits.Len64(uint64(n)) - 1; power >= 20 && n == 1<<power {
				return fmt.Sprintf("2^%d", power)
			}
			return fmt.Sprint(n)
		},
	})
}

// Float describes a number with a fraction.
func Float(v *float64, def float64, name, help string) *Number[float64] {
	write := func(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }
	return number(v, def, name, help, kind[float64]{
		name: "float64",
		read: func(text string) (float64, error) {
			x, err := strconv.ParseFloat(text, 64)
			if err != nil {
				return 0, fmt.Errorf("%q is no number; write one such as %s", text, write(def))
			}
			return x, nil
		},
		write: write,
		bound: func(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) },
	})
}

// Duration describes a time.
func Duration(v *time.Duration, def time.Duration, name, help string) *Number[time.Duration] {
	return number(v, def, name, help, kind[time.Duration]{
		name: "duration",
		read: func(text string) (time.Duration, error) {
			d, err := time.ParseDuration(text)
			if err != nil {
				return 0, fmt.Errorf("%q is no time; write a number with a unit, such as %v", text, def)
			}
			return d, nil
		},
		write: func(d time.Duration) string { return strings.Replace(d.String(), "µ", "u", 1) }, // as keyboards have it
		bound: func(d time.Duration) string {
			if d == 0 {
				return "0"
			}
			return d.String()
		},
		example: true,
	})
}

// Bytes describes a size in bytes.
func Bytes[T ~uint64](v *T, def T, name, help string) *Number[T] {
	write := func(n T) string { return Size(n).String() }
	return number(v, def, name, help, kind[T]{
		name: "size",
		read: func(text string) (T, error) {
			var s Size
			err := s.UnmarshalText([]byte(text))
			return T(s), err
		},
		write: write, bound: write, example: true,
	})
}

func number[T numeric](v *T, def T, name, help string, k kind[T]) *Number[T] {
	return &Number[T]{Info: Info{Name: name, Help: help}, v: v, def: def, kind: k}
}

// Between allows least to most.
func (n *Number[T]) Between(least, most T) *Number[T] { return n.AtLeast(least).AtMost(most) }

// AtLeast allows least and more.
func (n *Number[T]) AtLeast(least T) *Number[T] {
	n.least, n.hasLeast, n.above = least, true, false
	return n
}

// Above allows more than least.
func (n *Number[T]) Above(least T) *Number[T] {
	n.AtLeast(least).above = true
	return n
}

// AtMost allows most and less.
func (n *Number[T]) AtMost(most T) *Number[T] {
	n.most, n.hasMost = most, true
	return n
}

// MultipleOf allows multiples of step only.
func (n *Number[T]) MultipleOf(step T) *Number[T] {
	n.multiple = step
	return n
}

// PowerOfTwo allows powers of two only.
func (n *Number[T]) PowerOfTwo() *Number[T] {
	n.power = true
	return n
}

// Zero allows 0 as well, which means what it says: "0 for ...".
func (n *Number[T]) Zero(means string) *Number[T] {
	if n.zero = means; n.def == 0 {
		n.Default = means
	}
	return n
}

// Of names the unit, in the plural.
func (n *Number[T]) Of(unit string) *Number[T] {
	n.unit = unit
	return n
}

// If says that the value matters only while the switch of that name is on.
func (n *Number[T]) If(on *bool, name string) *Number[T] {
	n.on, n.onName = on, name
	return n
}

func (n *Number[T]) Var() any       { return n.v }
func (n *Number[T]) Reset()         { *n.v = n.def }
func (n *Number[T]) Type() string   { return n.kind.name }
func (n *Number[T]) String() string { return n.kind.write(*n.v) }

func (n *Number[T]) Set(text string) error {
	value, err := n.kind.read(text)
	if err == nil {
		*n.v = value
	}
	return err
}

func (n *Number[T]) Check() error {
	value := *n.v
	if value == 0 && n.zero != "" || n.on != nil && !*n.on {
		return nil
	}
	low := n.hasLeast && !(value > n.least || value == n.least && !n.above) // not a number is neither
	high := n.hasMost && !(value <= n.most)
	crooked := n.multiple != 0 && math.Mod(float64(value), float64(n.multiple)) != 0 || n.power && !isPower(value)
	if !low && !high && !crooked {
		return nil
	}
	if whole := n.below(value); crooked && !low && !high && whole > 0 {
		return Wrong(n.Name, "%s; choose %s", n.not(value, "no multiple of "+n.kind.bound(n.multiple)), n.kind.write(whole))
	}
	advice := n.Allowed()
	if n.kind.example && n.def != 0 {
		advice += ", such as " + n.kind.write(n.def)
	}
	if n.on != nil {
		advice += ", or --" + n.onName + "=false"
	}
	return Wrong(n.Name, "%s; choose %s", n.not(value, "impossible"), advice)
}

// not says of a value what it is.
func (n *Number[T]) not(value T, what string) string {
	if n.unit == "" {
		return n.kind.write(value) + " is " + what
	}
	return n.kind.write(value) + " " + n.unit + " are " + what
}

// below is the next multiple that is not above value, or 0.
func (n *Number[T]) below(value T) T {
	if n.multiple == 0 {
		return 0
	}
	return T(uint64(value) / uint64(n.multiple) * uint64(n.multiple))
}

func isPower[T numeric](value T) bool { return value > 0 && bits.OnesCount64(uint64(value)) == 1 }

func (n *Number[T]) Allowed() string {
	bound, text := n.kind.bound, ""
	switch {
	case n.hasLeast && n.hasMost && n.above:
		text = "more than " + bound(n.least) + " and at most " + bound(n.most)
	case n.hasLeast && n.hasMost:
		text = bound(n.least) + " to " + bound(n.most)
	case n.hasLeast && n.above:
		text = "more than " + bound(n.least)
	case n.hasLeast:
		text = bound(n.least) + " or more"
	case n.hasMost:
		text = "at most " + bound(n.most)
	}
	if n.power {
		text = "a power of two, " + text
	}
	if n.multiple > 1 {
		text = "a multiple of " + bound(n.multiple) + ", " + text
	}
	if n.zero != "" {
		text += ", or 0 for " + n.zero
	}
	return text
}
