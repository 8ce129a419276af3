package interp

import (
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

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
func floatCSR(c *Core, in *code.Uop, _ uint64) bool {
	if !c.fpReady() {
		return false
	}
	s := c.S
	n := in.CSR()
	old := ReadFloatCSR(s, n)
	if in.WritesCSR() {
		v := in.Zimm()
		if code.Of(in.Op).Rs1 == isa.RegX {
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
