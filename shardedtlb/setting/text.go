package setting

import (
	"encoding"
	"fmt"
	"strconv"
	"strings"
)

// Line is a setting that is any text.
type Line struct {
	Info
	v *string
}

// Text describes a line that is empty by default, which means what byDefault says; "" leaves that open.
func Text(v *string, name, help, byDefault string) *Line {
	return &Line{Info: Info{Name: name, Help: help, Default: byDefault}, v: v}
}

// File describes a line that names a file.
func File(v *string, name, help, byDefault string) *Line {
	l := Text(v, name, help, byDefault)
	l.Files = true
	return l
}

func (l *Line) Var() any        { return l.v }
func (l *Line) Reset()          { *l.v = "" }
func (l *Line) Type() string    { return "string" }
func (l *Line) String() string  { return *l.v }
func (l *Line) Allowed() string { return "" }
func (l *Line) Check() error    { return nil }

func (l *Line) Set(text string) error {
	*l.v = text
	return nil
}

// Place is a setting that is a physical address, which people read and write in hexadecimal.
type Place struct {
	Info
	v *uint64
}

// Address describes an address that is 0 by default, which means what byDefault says.
func Address(v *uint64, name, help, byDefault string) *Place {
	return &Place{Info: Info{Name: name, Help: help, Default: byDefault}, v: v}
}

func (p *Place) Var() any        { return p.v }
func (p *Place) Reset()          { *p.v = 0 }
func (p *Place) Type() string    { return "address" }
func (p *Place) Allowed() string { return "" }
func (p *Place) Check() error    { return nil }

func (p *Place) String() string {
	if *p.v == 0 {
		return ""
	}
	return "0x" + strconv.FormatUint(*p.v, 16)
}

func (p *Place) Set(text string) error {
	n, err := strconv.ParseUint(text, 0, 64)
	if err != nil {
		return fmt.Errorf("%q is not an address; write one such as 0x80200000", text)
	}
	*p.v = n
	return nil
}

// Entry is what a One or an element of a List has: E, whose pointer reads text.
type Entry[E any] interface {
	*E
	encoding.TextUnmarshaler
	fmt.Stringer
}

// Several is a setting that may be given several times, and in a file as a list.
type Several[E any, P Entry[E]] struct {
	Info
	v    *[]E
	kind string
}

// List describes several values of a kind, none by default.
func List[E any, P Entry[E]](v *[]E, kind, name, help string) *Several[E, P] {
	return &Several[E, P]{Info: Info{Name: name, Help: help, Files: true}, v: v, kind: kind}
}

func (l *Several[E, P]) Var() any        { return l.v }
func (l *Several[E, P]) Reset()          { *l.v = nil }
func (l *Several[E, P]) Type() string    { return l.kind }
func (l *Several[E, P]) Allowed() string { return "" }
func (l *Several[E, P]) Check() error    { return nil }

// Many says that Set adds to what there is.
func (l *Several[E, P]) Many() {}

func (l *Several[E, P]) String() string {
	words := make([]string, len(*l.v))
	for i := range *l.v {
		words[i] = P(&(*l.v)[i]).String()
	}
	return strings.Join(words, " ")
}

func (l *Several[E, P]) Set(text string) error {
	var e E
	if err := P(&e).UnmarshalText([]byte(text)); err != nil {
		return err
	}
	*l.v = append(*l.v, e)
	return nil
}

// Single is a setting that is a value with a text form of its own.
type Single[E any, P Entry[E]] struct {
	Info
	v    *E
	kind string
}

// One describes a value of a kind. The zero value is the default, which means what byDefault says.
func One[E any, P Entry[E]](v *E, kind, name, help, byDefault string) *Single[E, P] {
	return &Single[E, P]{Info: Info{Name: name, Help: help, Default: byDefault}, v: v, kind: kind}
}

func (s *Single[E, P]) Var() any        { return s.v }
func (s *Single[E, P]) Type() string    { return s.kind }
func (s *Single[E, P]) Allowed() string { return "" }
func (s *Single[E, P]) Check() error    { return nil }
func (s *Single[E, P]) String() string  { return P(s.v).String() }

func (s *Single[E, P]) Reset() {
	var zero E
	*s.v = zero
}

func (s *Single[E, P]) Set(text string) error {
	var e E
	if err := P(&e).UnmarshalText([]byte(text)); err != nil {
		return err
	}
	*s.v = e
	return nil
}
