package code_test

import (
	"testing"

	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
	"github.com/hartwood-vm/hartwood/vcpu/interp/interptest"
)

const (
	ram  = interptest.RAM
	data = interptest.Data
)

// rig is interptest's, for methods of these tests.
type rig struct{ *interptest.Rig }

func newRig(t testing.TB, harts int, strict bool) *rig {
	var mode code.Mode
	if strict {
		mode = code.Strict
	}
	return &rig{interptest.New(t, harts, mode)}
}

func x(c *interp.Core, n uint8) uint64 { return interptest.X(c, n) }

func setX(c *interp.Core, n uint8, v uint64) { interptest.SetX(c, n, v) }
