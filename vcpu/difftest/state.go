package difftest

import (
	"fmt"
	"slices"
)

// The state of a program as a list: x1..x31, f0..f31, fcsr.

var stateNames = func() (names []string) {
	for i := 1; i < 32; i++ {
		names = append(names, fmt.Sprintf("x%d", i))
	}
	for i := range 32 {
		names = append(names, fmt.Sprintf("f%d", i))
	}
	return append(names, "fcsr")
}()

func stateIndex(name string) int { return slices.Index(stateNames, name) }

func (p *Program) field(i int) *uint64 { return stateField(&p.X, &p.F, &p.FCSR, i) }
func (r *Result) field(i int) *uint64  { return stateField(&r.X, &r.F, &r.FCSR, i) }

func stateField(x, f *[32]uint64, fcsr *uint64, i int) *uint64 {
	switch {
	case i < 31:
		return &x[1+i]
	case i < 63:
		return &f[i-31]
	}
	return fcsr
}

// initial returns the program's initial state, state a result's.
func (p *Program) initial() []uint64 { return list(p.field) }
func (r *Result) state() []uint64    { return list(r.field) }

func list(field func(int) *uint64) []uint64 {
	out := make([]uint64, len(stateNames))
	for i := range out {
		out[i] = *field(i)
	}
	return out
}

// imageRegisters says which parts of the state the image sets.
func (p *Program) imageRegisters() map[int]bool {
	f := frames[p.Frame]
	return map[int]bool{int(f.record) - 1: true, int(f.link) - 1: true}
}
