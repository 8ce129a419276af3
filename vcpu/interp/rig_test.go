package interp_test

import (
	"testing"

	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
	"github.com/hartwood-vm/hartwood/vcpu/interp/interptest"
)

const (
	ram  = interptest.RAM
	size = interptest.Size
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

func run(c *interp.Core, pc uint64) interp.Exit { return interptest.Run(c, pc) }

func x(c *interp.Core, n uint8) uint64 { return interptest.X(c, n) }

func setX(c *interp.Core, n uint8, v uint64) { interptest.SetX(c, n, v) }

func addi(rd, rs1 uint8, imm int32) uint32 { return interptest.AddI(rd, rs1, imm) }
