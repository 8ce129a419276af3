package amd64

import (
	"math"

	"github.com/hartwood-vm/hartwood/jitworker/host/amd64/x86"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
)

// get returns a register with the value of a slot: its pin, or scratch loaded.
func (c *Compiler) get(slot uint8, scratch x86.Reg) x86.Reg {
	if r := c.pin(slot); r != x86.NoReg {
		return r
	}
	c.load64(scratch, slot)
	return scratch
}

// load64 sets r to the value of a slot.
func (c *Compiler) load64(r x86.Reg, slot uint8) {
	switch p := c.pin(slot); {
	case p != x86.NoReg:
		c.MovRR(r, p)
	case slot == hart.X:
		c.MovRI(r, 0)
	default:
		c.MovRM(r, cell(slot))
	}
}

// load32 sets the lower half of r to that of a slot.
func (c *Compiler) load32(r x86.Reg, slot uint8) {
	switch p := c.pin(slot); {
	case p == r:
	case p != x86.NoReg:
		c.MovRR32(r, p)
	case slot == hart.X:
		c.MovRI(r, 0)
	default:
		c.MovRM32(r, cell(slot))
	}
}

// sum sets r to the value of a slot and delta.
func (c *Compiler) sum(r x86.Reg, slot uint8, delta int64) {
	if x := c.get(slot, r); x != r || delta != 0 {
		c.Lea(r, x86.At(x, int32(delta)))
	}
}

// extend sets r to the low size bytes of a slot, sign-extended.
func (c *Compiler) extend(r x86.Reg, slot uint8, size int) {
	if p := c.pin(slot); p != x86.NoReg {
		c.MovsxRR(r, p, size)
		return
	}
	c.MovsxRM(r, cell(slot), size)
}

// dst returns the register to compute a slot's new value in: its pin, or scratch.
func (c *Compiler) dst(slot uint8, scratch x86.Reg) x86.Reg {
	if r := c.pin(slot); r != x86.NoReg {
		return r
	}
	return scratch
}

// put stores r, which dst has returned or which holds the value, as the slot's value.
func (c *Compiler) put(slot uint8, r x86.Reg) {
	if p := c.pin(slot); p != x86.NoReg {
		c.MovRR(p, r)
		return
	}
	c.MovMR(cell(slot), r)
}

// alu is op r, slot.
func (c *Compiler) alu(op x86.Alu, r x86.Reg, slot uint8) {
	switch p := c.pin(slot); {
	case p != x86.NoReg:
		c.AluRR(op, r, p)
	case slot == hart.X:
		c.AluRI(op, r, 0)
	default:
		c.AluRM(op, r, cell(slot))
	}
}

// alu32 is op r32, slot.
func (c *Compiler) alu32(op x86.Alu, r x86.Reg, slot uint8) {
	switch p := c.pin(slot); {
	case p != x86.NoReg:
		c.AluRR32(op, r, p)
	case slot == hart.X:
		c.AluRI32(op, r, 0)
	default:
		c.AluRM32(op, r, cell(slot))
	}
}

// pcAt sets r to the virtual address of the byte at distance delta from the
// block's start.
func (c *Compiler) pcAt(r x86.Reg, delta int64) {
	off := int64(c.plan.PA&0xfff) + delta
	c.MovRM(r, x86.At(rState, offPage))
	if off >= math.MinInt32 && off <= math.MaxInt32 {
		if off != 0 {
			c.Lea(r, x86.At(r, int32(off)))
		}
		return
	}
	c.MovRI(x86.RDX, off) // only AUIPC reaches so far, which leaves RDX free
	c.AluRR(x86.ADD, r, x86.RDX)
}
