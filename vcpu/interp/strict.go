package interp

import (
	"math/bits"

	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// accessSize has the bytes that each load or store accesses.
var accessSize = map[isa.Op]uint8{
	isa.LH: 2, isa.LHU: 2, isa.SH: 2, isa.FLH: 2, isa.FSH: 2,
	isa.LW: 4, isa.LWU: 4, isa.SW: 4, isa.FLW: 4, isa.FSW: 4,
	isa.LD: 8, isa.SD: 8, isa.FLD: 8, isa.FSD: 8,
}

// Under strict alignment an access is preceded by a micro-operation that only
// checks; rs3 holds the logarithm of the width, in bit 0 whether it stores, and in
// bit 7 whether floating point must be on, whose absence is the more urgent cause.
const strictFP = 1 << 7

// strictCheck returns the check that precedes the access u; ok is false if
// the access is of bytes.
func strictCheck(u Uop, class isa.Class) (check Uop, ok bool) {
	size, ok := accessSize[u.Op]
	if !ok {
		return Uop{}, false
	}
	check = u
	check.Op = OpStrict
	check.Rs3 = uint8(bits.TrailingZeros8(size)) << 1
	if class == isa.ClassStore || class == isa.ClassFPStore {
		check.Rs3 |= 1
	}
	if class == isa.ClassFPLoad || class == isa.ClassFPStore {
		check.Rs3 |= strictFP
	}
	return check, true
}

// strictBody raises the misaligned exception of the access that follows.
func strictBody(c *Core, in *Uop, _ uint64) bool {
	if in.Rs3&strictFP != 0 && !c.fpReady() {
		return false
	}
	va := c.S.R[in.Rs1] + uint64(in.Imm)
	if va&(1<<(in.Rs3>>1&3)-1) == 0 {
		return true
	}
	if in.Rs3&1 != 0 {
		return c.fault(CauseStoreMisaligned, va)
	}
	return c.fault(CauseLoadMisaligned, va)
}
