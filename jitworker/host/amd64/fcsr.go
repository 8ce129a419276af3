package amd64

import (
	"math/bits"

	"github.com/hartwood-vm/hartwood/jitworker/host/amd64/x86"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

const (
	hostFlags    = 0x3f   // the flags in MXCSR
	hostRounding = 0x6000 // the rounding mode in MXCSR
	guestFlags   = 0x1f   // the flags in fcsr
	frmShift     = 5      // of frm in fcsr
)

// modeTable and roundingTable have two bits for each value of frm: hart.FloatRounds
// and hart.FloatForeign, and the host's rounding mode.
var modeTable, roundingTable = frmTables()

func frmTables() (mode, rounding int64) {
	for frm := range uint32(8) {
		f := dirtyFloat(frm)
		mode |= int64(f.Mode/hart.FloatRounds) << (2 * frm)
		rounding |= int64(f.Control&hostRounding/(hostRounding&-hostRounding)) << (2 * frm)
	}
	return mode, rounding
}

// floatCSR compiles an access to fcsr or one of its fields. RAX holds the old value
// all along, RDX the new one.
func (c *Compiler) floatCSR(u *code.Uop) {
	if c.index == c.quiet.end && c.quiet.end >= 0 {
		c.Bind(c.quiet.past)
		c.quiet.end = -1
		return
	}
	c.beginQuiet()
	csr := u.CSR()
	writes, swaps := u.WritesCSR(), u.Op == isa.CSRRW || u.Op == isa.CSRRWI
	if writes {
		c.ready(hart.FloatCold | hart.FloatOff | hart.FloatClean)
	} else {
		c.ready(hart.FloatCold | hart.FloatOff)
	}
	if writes || csr != isa.CSR_FRM {
		c.Stmxcsr(x86.At(rState, offMXCSR))
	}
	if !swaps || u.Rd != hart.Sink {
		c.readFCSR(csr)
	}
	if writes {
		c.newCSR(u)
		switch csr {
		case isa.CSR_FFLAGS:
			c.setFlags()
		case isa.CSR_FRM:
			c.AluRI32(x86.AND, x86.RDX, 7)
			c.setFRM(hostRounding)
		default:
			c.MovRR32(x86.RCX, x86.RDX)
			c.AluRI32(x86.AND, x86.RCX, guestFlags)
			c.MovMR32(x86.At(rState, offFFlags), x86.RCX)
			c.ShiftRI32(x86.SHR, x86.RDX, frmShift)
			c.AluRI32(x86.AND, x86.RDX, 7)
			c.setFRM(hostRounding | hostFlags)
		}
	}
	if u.Rd != hart.Sink {
		c.put(u.Rd, x86.RAX)
	}
}

// readFCSR sets RAX to the register's value; State.Float.Control is up to date. RCX is
// used.
//
// The host's flags are the guest's in reverse, with one more behind the first.
func (c *Compiler) readFCSR(csr isa.CSR) {
	if csr == isa.CSR_FRM {
		c.MovRM32(x86.RAX, x86.At(rState, offFRM))
		return
	}
	c.MovRM32(x86.RCX, x86.At(rState, offMXCSR))
	c.MovRI(x86.RAX, 0)
	for _, n := range []uint8{1, 2, 1, 1, 1} {
		c.ShiftRI32(x86.SHR, x86.RCX, n)
		c.AluRR32(x86.ADC, x86.RAX, x86.RAX)
	}
	c.MovRM32(x86.RCX, x86.At(rState, offFFlags))
	c.AluRR32(x86.OR, x86.RAX, x86.RCX)
	if csr == isa.CSR_FCSR {
		c.MovRM32(x86.RCX, x86.At(rState, offFRM))
		c.ShiftRI32(x86.SHL, x86.RCX, frmShift)
		c.AluRR32(x86.OR, x86.RAX, x86.RCX)
	}
}

// newCSR sets RDX to the value to be written, of which the lower bits count.
func (c *Compiler) newCSR(u *code.Uop) {
	if code.Of(u.Op).Rs1 == isa.RegNone {
		c.MovRI(x86.RDX, int64(u.Rs1))
	} else {
		c.load64(x86.RDX, u.Rs1)
	}
	switch u.Op {
	case isa.CSRRS, isa.CSRRSI:
		c.AluRR32(x86.OR, x86.RDX, x86.RAX)
	case isa.CSRRC, isa.CSRRCI:
		c.UnaryR(x86.NOT, x86.RDX)
		c.AluRR32(x86.AND, x86.RDX, x86.RAX)
	}
}

// setFlags makes the flags what RDX says. Loading MXCSR takes its time, and often it
// has none.
func (c *Compiler) setFlags() {
	none := c.NewLabel()
	c.AluRI32(x86.AND, x86.RDX, guestFlags)
	c.MovMR32(x86.At(rState, offFFlags), x86.RDX)
	c.TestMI8(x86.At(rState, offMXCSR), hostFlags)
	c.Jcc(x86.E, none)
	c.AluMI32(x86.AND, x86.At(rState, offMXCSR), ^hostFlags)
	c.Ldmxcsr(x86.At(rState, offMXCSR))
	c.Bind(none)
}

// setFRM makes frm what RDX says, and MXCSR what follows from it; the bits in old are
// cleared there. RCX and RDX are used.
func (c *Compiler) setFRM(old int32) {
	c.MovMR32(x86.At(rState, offFRM), x86.RDX)
	c.Lea(x86.RCX, x86.Indexed(x86.RDX, x86.RDX, 0))
	c.MovRI(x86.RDX, modeTable)
	c.twoBits(hart.FloatRounds)
	c.MovMR32(x86.At(rState, offMode), x86.RDX)
	c.MovRI(x86.RDX, roundingTable)
	c.twoBits(hostRounding & -hostRounding)
	c.MovRM32(x86.RCX, x86.At(rState, offMXCSR))
	c.AluRI32(x86.AND, x86.RCX, ^old)
	c.AluRR32(x86.OR, x86.RCX, x86.RDX)
	c.MovMR32(x86.At(rState, offMXCSR), x86.RCX)
	c.Ldmxcsr(x86.At(rState, offMXCSR))
	c.floats.tested &^= hart.FloatRounds | hart.FloatForeign
}

// twoBits shifts the two bits of RDX at number CL to where unit is.
func (c *Compiler) twoBits(unit uint32) {
	c.ShiftCL32(x86.SHR, x86.RDX)
	c.AluRI32(x86.AND, x86.RDX, 3)
	c.ShiftRI32(x86.SHL, x86.RDX, uint8(bits.TrailingZeros32(unit)))
}
