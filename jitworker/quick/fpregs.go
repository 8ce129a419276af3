package quick

import (
	. "github.com/hartwood-vm/hartwood/jitworker/amd64"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
)

// xpins maps the most used f registers to host registers, in the order in which
// compilers give them out: fa5 to fa0, ft0 to ft4, and fs0 and fs1. XMM0 to XMM2
// are scratch. A register holds all 64 bits, so a single with its box.
var xpins = [32]Xmm{
	0: XMM9, 1: XMM10, 2: XMM11, 3: XMM12, 4: XMM15, 5: NoXmm, 6: NoXmm, 7: NoXmm,
	8: XMM13, 9: XMM14, 10: XMM3, 11: XMM4, 12: XMM5, 13: XMM6, 14: XMM7, 15: XMM8,
	16: NoXmm, 17: NoXmm, 18: NoXmm, 19: NoXmm, 20: NoXmm, 21: NoXmm, 22: NoXmm, 23: NoXmm,
	24: NoXmm, 25: NoXmm, 26: NoXmm, 27: NoXmm, 28: NoXmm, 29: NoXmm, 30: NoXmm, 31: NoXmm,
}

// xpin returns the host register of an f register's slot, or NoXmm.
func xpin(slot uint8) Xmm { return xpins[slot-hart.F] }

// Warm returns the routine that loads the f registers and the guest's MXCSR and goes
// on at the address in RDX. Native code runs it when it meets its first
// floating-point instruction: code without any pays nothing.
func Warm() []byte {
	var a Asm
	for n, x := range xpins {
		if x != NoXmm {
			a.MovXM(F64, x, cell(hart.F+uint8(n)))
		}
	}
	a.Ldmxcsr(At(rState, offMXCSR))
	a.AluMI32(AND, At(rState, offMode), ^hart.FloatCold)
	a.JmpR(RDX)
	return a.Finish()
}

// leaveFloat stores the f registers and the guest's MXCSR if they are loaded, and
// gives Go its own MXCSR back.
func leaveFloat(a *Asm) {
	cold := a.NewLabel()
	a.TestMI8(At(rState, offMode), hart.FloatCold)
	a.Jcc(NE, cold)
	for n, x := range xpins {
		if x != NoXmm {
			a.MovMX(F64, cell(hart.F+uint8(n)), x)
		}
	}
	a.Stmxcsr(At(rState, offMXCSR))
	a.MovMI32(At(RSP, -8), hart.MXCSR)
	a.Ldmxcsr(At(RSP, -8))
	a.Bind(cold)
}

// getX returns a register with the value of a slot: its pin, or scratch loaded.
func (c *Compiler) getX(slot uint8, scratch Xmm) Xmm {
	if x := xpin(slot); x != NoXmm {
		return x
	}
	c.loadX(scratch, slot)
	return scratch
}

// loadX sets x to the value of a slot.
func (c *Compiler) loadX(x Xmm, slot uint8) {
	if p := xpin(slot); p != NoXmm {
		c.MovXX(x, p)
		return
	}
	c.MovXM(F64, x, cell(slot))
}

// dstX returns the register to compute a slot's new value in: its pin, or scratch.
func (c *Compiler) dstX(slot uint8, scratch Xmm) Xmm {
	if x := xpin(slot); x != NoXmm {
		return x
	}
	return scratch
}

// putX stores x, which dstX has returned or which holds the value, as the slot's value.
func (c *Compiler) putX(slot uint8, x Xmm) {
	if p := xpin(slot); p != NoXmm {
		c.MovXX(p, x)
		return
	}
	c.MovMX(F64, cell(slot), x)
}

// fop is op x, slot.
func (c *Compiler) fop(op Fop, f Float, x Xmm, slot uint8) {
	if p := xpin(slot); p != NoXmm {
		c.FopXX(op, f, x, p)
		return
	}
	c.FopXM(op, f, x, cell(slot))
}

// comis compares x with a slot; signals says that any NaN raises the invalid
// exception, not just a signalling one.
func (c *Compiler) comis(f Float, signals bool, x Xmm, slot uint8) {
	p := xpin(slot)
	switch {
	case signals && p != NoXmm:
		c.ComisXX(f, x, p)
	case signals:
		c.ComisXM(f, x, cell(slot))
	case p != NoXmm:
		c.UcomisXX(f, x, p)
	default:
		c.UcomisXM(f, x, cell(slot))
	}
}
