package setting

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Choice is a setting with a handful of values, each of which has a name: what it prints as, in any case.
type Choice[T comparable] struct {
	Info
	v       *T
	def     T
	allowed []T
	alias   map[string]T
}

// OneOf describes a choice of the allowed values.
func OneOf[T comparable](v *T, def T, name, help string, allowed ...T) *Choice[T] {
	c := &Choice[T]{Info: Info{Name: name, Help: help}, v: v, def: def, allowed: allowed}
	c.Words = c.names()
	return c
}

// Alias makes name another one of value, for reading only.
func (c *Choice[T]) Alias(name string, value T) *Choice[T] {
	if c.alias == nil {
		c.alias = map[string]T{}
	}
	c.alias[name] = value
	return c
}

// Alone makes value what a flag without a value means.
func (c *Choice[T]) Alone(value T) *Choice[T] {
	c.Bare = word(value)
	return c
}

func word[T any](value T) string { return strings.ToLower(fmt.Sprint(value)) }

func (c *Choice[T]) names() []string {
	names := make([]string, len(c.allowed))
	for i, value := range c.allowed {
		names[i] = word(value)
	}
	return names
}

func (c *Choice[T]) Var() any        { return c.v }
func (c *Choice[T]) Reset()          { *c.v = c.def }
func (c *Choice[T]) Type() string    { return "name" }
func (c *Choice[T]) String() string  { return word(*c.v) }
func (c *Choice[T]) Allowed() string { return list(c.names()) }

func (c *Choice[T]) Set(text string) error {
	name := strings.ToLower(text)
	if value, ok := c.alias[name]; ok {
		*c.v = value
		return nil
	}
	i := slices.Index(c.names(), name)
	if i < 0 {
		return fmt.Errorf("%q is not known; choose %s", text, c.Allowed())
	}
	*c.v = c.allowed[i]
	return nil
}

func (c *Choice[T]) Check() error {
	if slices.Contains(c.allowed, *c.v) {
		return nil
	}
	return Wrong(c.Name, "%q is not known; choose %s", fmt.Sprint(*c.v), c.Allowed())
}

// Toggle is a setting that is on or off.
type Toggle struct {
	Info
	v   *bool
	def bool
}

// Switch describes a toggle.
func Switch(v *bool, def bool, name, help string) *Toggle {
	return &Toggle{Info: Info{Name: name, Help: help, Bare: "true"}, v: v, def: def}
}

func (t *Toggle) Var() any        { return t.v }
func (t *Toggle) Reset()          { *t.v = t.def }
func (t *Toggle) Type() string    { return "bool" }
func (t *Toggle) String() string  { return fmt.Sprint(*t.v) }
func (t *Toggle) Allowed() string { return "" }
func (t *Toggle) Check() error    { return nil }

func (t *Toggle) Set(text string) error {
	value, err := strconv.ParseBool(text)
	if err != nil {
		return fmt.Errorf("%q is neither true nor false", text)
	}
	*t.v = value
	return nil
}
