package interp

import (
	"github.com/hartwood-vm/hartwood/vcpu/blocks"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
	"github.com/hartwood-vm/hartwood/vcpu/mem"
)

// A sample looks at where a block's loads and stores will lie, before the block is executed: it computes what
// most addresses are made of, and changes nothing. It is no interpreter: what it does not compute it does not know, nor
// what is made of that, and it ends at a branch that will be taken, or may be.

// foresight is what is known of the x registers.
type foresight struct {
	x       [32]uint64
	unknown uint32 // a bit each
}

// look looks at the accesses of b, which is at pc.
func (c *Core) look(b *blocks.Block, pc uint64) {
	var f foresight
	copy(f.x[:], c.S.R[hart.X:hart.X+32])
	n := 0
	for i := range b.Uops() {
		u := &b.Uops()[i]
		info := code.Of(u.Op)
		if info.Kind == code.Load || info.Kind == code.Store {
			if va := f.x[u.Rs1-hart.X] + uint64(u.Imm); f.knows(u.Rs1) {
				b.Saw(n, va/(pageMask+1))
			}
			n++
		}
		if info.Kind == code.Branch && !(f.knows(u.Rs1) && f.knows(u.Rs2) && !takes(u.Op, f.x[u.Rs1-hart.X], f.x[u.Rs2-hart.X])) {
			return
		}
		if info.Rd != isa.RegX || u.Rd >= hart.X+32 {
			continue
		}
		v, ok := c.foresee(&f, u, info, pc)
		if d := u.Rd - hart.X; ok {
			f.x[d] = v
			f.unknown &^= 1 << d
		} else {
			f.unknown |= 1 << d
		}
	}
}

func (f *foresight) knows(slot uint8) bool { return f.unknown>>(slot-hart.X)&1 == 0 }

// foresee returns what u will compute.
func (c *Core) foresee(f *foresight, u *code.Uop, info *code.Info, pc uint64) (v uint64, ok bool) {
	if info.Rs1 == isa.RegX && !f.knows(u.Rs1) || info.Rs2 == isa.RegX && !f.knows(u.Rs2) {
		return 0, false
	}
	var a, b uint64
	if info.Rs1 == isa.RegX {
		a = f.x[u.Rs1-hart.X]
	}
	if info.Rs2 == isa.RegX {
		b = f.x[u.Rs2-hart.X]
	}
	if info.Kind == code.Load {
		return c.foreload(a+uint64(u.Imm), info)
	}
	return compute(u, a, b, pc)
}

// takes reports whether a branch is taken.
func takes(op isa.Op, a, b uint64) bool {
	switch op {
	case isa.BEQ:
		return a == b
	case isa.BNE:
		return a != b
	case isa.BLT:
		return int64(a) < int64(b)
	case isa.BGE:
		return int64(a) >= int64(b)
	case isa.BLTU:
		return a < b
	}
	return a >= b
}

// foreload returns what a load at va would load, if the first level's near part knows the page.
func (c *Core) foreload(va uint64, info *code.Info) (v uint64, ok bool) {
	t, size := &c.S.TLB, uint64(info.Size)
	e := &t.Load[va>>12&tlbMask]
	if (va+size-1)&^pageMask|t.DataID != e.Tag {
		return 0, false
	}
	v = mem.LoadHost(va+uint64(e.Addend), size)
	if shift := 64 - 8*size; info.Signed {
		v = uint64(int64(v<<shift) >> shift)
	}
	return v, true
}

// compute returns what u, at pc's block, makes of a and b, for the operations that addresses are made by.
func compute(u *code.Uop, a, b, pc uint64) (v uint64, ok bool) {
	imm := uint64(u.Imm)
	switch u.Op {
	case code.OpConst:
		v = imm
	case code.OpPCConst:
		v = pc + imm
	case code.OpMove:
		v = a
	case code.OpZextW:
		v = uint64(uint32(a))
	case isa.ADD:
		v = a + b
	case isa.ADDI:
		v = a + imm
	case isa.SUB:
		v = a - b
	case isa.AND:
		v = a & b
	case isa.ANDI:
		v = a & imm
	case isa.OR:
		v = a | b
	case isa.XOR:
		v = a ^ b
	case isa.SLLI:
		v = a << (imm & 63)
	case isa.SRLI:
		v = a >> (imm & 63)
	case isa.ADDW:
		v = sext(uint32(a) + uint32(b))
	case isa.ADDIW:
		v = sext(uint32(a) + uint32(imm))
	case isa.SUBW:
		v = sext(uint32(a) - uint32(b))
	case isa.SLLIW:
		v = sext(uint32(a) << (imm & 31))
	case isa.SRLIW:
		v = sext(uint32(a) >> (imm & 31))
	case isa.SLLI_UW:
		v = uint64(uint32(a)) << (imm & 63)
	case isa.ADD_UW:
		v = uint64(uint32(a)) + b
	case isa.SH1ADD:
		v = a<<1 + b
	case isa.SH2ADD:
		v = a<<2 + b
	case isa.SH3ADD:
		v = a<<3 + b
	case isa.SH1ADD_UW:
		v = uint64(uint32(a))<<1 + b
	case isa.SH2ADD_UW:
		v = uint64(uint32(a))<<2 + b
	case isa.SH3ADD_UW:
		v = uint64(uint32(a))<<3 + b
	default:
		return 0, false
	}
	return v, true
}
