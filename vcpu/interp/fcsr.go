package interp

import (
	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// fcsr and its two fields are the only CSRs that need no privileged architecture but
// mstatus.FS, so their accesses are micro-operations like any other: imm is the CSR,
// and rs1 of an immediate form the value itself.

// FloatCSR reports whether imm, a CSR instruction's immediate, names fcsr or one of
// its fields.
func FloatCSR(imm int64) bool {
	n := isa.CSR(imm & 0xfff)
	return n >= isa.CSR_FFLAGS && n <= isa.CSR_FCSR
}

// WritesCSR reports whether the CSR instruction u writes: setting or clearing the
// bits of x0, or none, does not.
func (u *Uop) WritesCSR() bool { return u.Op == isa.CSRRW || u.Op == isa.CSRRWI || u.Rs1 != 0 }

// floatField returns where in fcsr the register n lies, which is fcsr or a field of it.
func floatField(n isa.CSR) (shift uint, mask uint64) {
	switch n {
	case isa.CSR_FFLAGS:
		return 0, 0x1f
	case isa.CSR_FRM:
		return 5, 7
	}
	return 0, 0xff
}

// ReadFloatCSR returns the value of fcsr or of a field of it.
func ReadFloatCSR(s *hart.State, n isa.CSR) uint64 {
	shift, mask := floatField(n)
	return uint64(s.FRM<<5|s.FFlags) >> shift & mask
}

// WriteFloatCSR writes fcsr or a field of it.
func WriteFloatCSR(s *hart.State, n isa.CSR, v uint64) {
	shift, mask := floatField(n)
	fcsr := uint64(s.FRM<<5|s.FFlags)&^(mask<<shift) | v&mask<<shift
	s.FFlags, s.FRM = uint32(fcsr&0x1f), uint32(fcsr>>5)
	s.MStatus |= hart.FSDirty
}

// floatCSR is the body of CSR instructions on fcsr and its fields.
func floatCSR(c *Core, in *Uop, _ uint64) bool {
	if !c.fpReady() {
		return false
	}
	s := c.S
	n := isa.CSR(in.Imm & 0xfff)
	old := ReadFloatCSR(s, n)
	if in.WritesCSR() {
		v := uint64(in.Rs1)
		if in.Op <= isa.CSRRC {
			v = s.R[in.Rs1]
		}
		switch in.Op {
		case isa.CSRRS, isa.CSRRSI:
			v |= old
		case isa.CSRRC, isa.CSRRCI:
			v = old &^ v
		}
		WriteFloatCSR(s, n, v)
	}
	s.R[in.Rd] = old
	return true
}

func init() {
	register(map[isa.Op]body{
		isa.CSRRW: floatCSR, isa.CSRRS: floatCSR, isa.CSRRC: floatCSR,
		isa.CSRRWI: floatCSR, isa.CSRRSI: floatCSR, isa.CSRRCI: floatCSR,
	})
}
