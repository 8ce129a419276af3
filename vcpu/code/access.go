package code

import (
	"math/bits"

	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// check adds what precedes the load or store u where accesses are to be aligned.
func (b *Builder) check(u *Uop) {
	i := Of(u.Op)
	if b.mode&Strict == 0 || i.Size == 1 {
		return
	}
	c := *u
	c.Op, c.Rd, c.Rs2 = OpStrict, hart.Sink, 0
	c.extra = uint8(bits.TrailingZeros8(i.Size)) << checkSize
	if i.Writes {
		c.extra |= checkStore
	}
	if i.Rd == isa.RegF || i.Rs2 == isa.RegF {
		c.extra |= checkFloat
	}
	b.uops = append(b.uops, c)
}

// managed makes u an operation of the managed heap.
func (b *Builder) managed(u *Uop, in isa.Insn) (more bool) {
	b.loseReservation()
	if b.mode&Heap == 0 {
		return b.system(u, in) // illegal
	}
	switch in.Op {
	case isa.GC_LD:
		u.Op = isa.LD
		b.check(u)
	case isa.GC_SD:
		b.check(u)
	case isa.GC_SWAP, isa.GC_CAS:
		u.Imm = 0
	case isa.GC_NEW:
	default:
		return b.system(u, in)
	}
	if compares(u.Op) {
		u.extra = xslot(in.Rd)
	}
	return true
}
