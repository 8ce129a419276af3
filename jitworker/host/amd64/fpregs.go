package amd64

import (
	"github.com/hartwood-vm/hartwood/jitworker/host/amd64/x86"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
)

// xpins maps the most used f registers to host registers, in the order in which
// compilers give them out: fa5 to fa0, ft0 to ft4, and fs0 and fs1. XMM0 to XMM2
// are scratch. A register holds all 64 bits, so a single with its box.
var xpins = [32]x86.Xmm{
	0: x86.XMM9, 1: x86.XMM10, 2: x86.XMM11, 3: x86.XMM12, 4: x86.XMM15, 5: x86.NoXmm, 6: x86.NoXmm, 7: x86.NoXmm,
	8: x86.XMM13, 9: x86.XMM14, 10: x86.XMM3, 11: x86.XMM4, 12: x86.XMM5, 13: x86.XMM6, 14: x86.XMM7, 15: x86.XMM8,
	16: x86.NoXmm, 17: x86.NoXmm, 18: x86.NoXmm, 19: x86.NoXmm, 20: x86.NoXmm, 21: x86.NoXmm, 22: x86.NoXmm, 23: x86.NoXmm,
	24: x86.NoXmm, 25: x86.NoXmm, 26: x86.NoXmm, 27: x86.NoXmm, 28: x86.NoXmm, 29: x86.NoXmm, 30: x86.NoXmm, 31: x86.NoXmm,
}

// xpin returns the host register of an f register's slot, or NoXmm.
func (c *Compiler) xpin(slot uint8) x86.Xmm { return c.xpins[slot-hart.F] }

// Warm returns the routine that loads the f registers and the guest's MXCSR and goes
// on at the address in RDX. Native code runs it when it meets its first
// floating-point instruction: code without any pays nothing.
func Warm() []byte {
	var a x86.Asm
	for n, x := range xpins {
		if x != x86.NoXmm {
			a.MovXM(x86.F64, x, cell(hart.F+uint8(n)))
		}
	}
	a.Ldmxcsr(x86.At(rState, offMXCSR))
	a.AluMI32(x86.AND, x86.At(rState, offMode), ^hart.FloatCold)
	a.JmpR(x86.RDX)
	return a.Finish()
}

// leaveFloat stores the f registers and the guest's MXCSR if they are loaded, and
// gives Go its own MXCSR back.
func leaveFloat(a *x86.Asm) {
	cold := a.NewLabel()
	a.TestMI8(x86.At(rState, offMode), hart.FloatCold)
	a.Jcc(x86.NE, cold)
	for n, x := range xpins {
		if x != x86.NoXmm {
			a.MovMX(x86.F64, cell(hart.F+uint8(n)), x)
		}
	}
	a.Stmxcsr(x86.At(rState, offMXCSR))
	a.MovMI32(x86.At(x86.RSP, -8), goMXCSR)
	a.Ldmxcsr(x86.At(x86.RSP, -8))
	a.Bind(cold)
}

// getX returns a register with the value of a slot: its pin, or scratch loaded.
func (c *Compiler) getX(slot uint8, scratch x86.Xmm) x86.Xmm {
	if x := c.xpin(slot); x != x86.NoXmm {
		return x
	}
	c.loadX(scratch, slot)
	return scratch
}

// loadX sets x to the value of a slot.
func (c *Compiler) loadX(x x86.Xmm, slot uint8) {
	if p := c.xpin(slot); p != x86.NoXmm {
		c.MovXX(x, p)
		return
	}
	c.MovXM(x86.F64, x, cell(slot))
}

// dstX returns the register to compute a slot's new value in: its pin, or scratch.
func (c *Compiler) dstX(slot uint8, scratch x86.Xmm) x86.Xmm {
	if x := c.xpin(slot); x != x86.NoXmm {
		return x
	}
	return scratch
}

// putX stores x, which dstX has returned or which holds the value, as the slot's value.
func (c *Compiler) putX(slot uint8, x x86.Xmm) {
	if p := c.xpin(slot); p != x86.NoXmm {
		c.MovXX(p, x)
		return
	}
	c.MovMX(x86.F64, cell(slot), x)
}

// fop is op x, slot.
func (c *Compiler) fop(op x86.Fop, f x86.Float, x x86.Xmm, slot uint8) {
	if p := c.xpin(slot); p != x86.NoXmm {
		c.FopXX(op, f, x, p)
		return
	}
	c.FopXM(op, f, x, cell(slot))
}

// comis compares x with a slot; signals says that any NaN raises the invalid
// exception, not just a signalling one.
func (c *Compiler) comis(f x86.Float, signals bool, x x86.Xmm, slot uint8) {
	p := c.xpin(slot)
	switch {
	case signals && p != x86.NoXmm:
		c.ComisXX(f, x, p)
	case signals:
		c.ComisXM(f, x, cell(slot))
	case p != x86.NoXmm:
		c.UcomisXX(f, x, p)
	default:
		c.UcomisXM(f, x, cell(slot))
	}
}
