package interp

import (
	goruntime "runtime"
	"sync/atomic"

	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// uop is one micro-operation: an instruction with its operands resolved to slots
// of the register file. 16 bytes.
type uop struct {
	op  isa.Op
	rd  uint8 // destination slot; of branches and ends: the index of the link
	rs1 uint8
	rs2 uint8
	rs3 uint8
	// n is the number of the block's instructions retired before this one; of
	// micro-operations that leave the block, including this one.
	n uint8
	// off is the instruction's distance from the block's start in halfwords.
	off uint8
	// imm is the immediate; of branches and ends, the distance of the target from
	// the block's start in bytes; of system instructions, the encoding.
	imm int64
}

// Micro-operations that are no instructions.
const (
	uopEnd      isa.Op = isa.NumOps + iota // go on at base+imm
	uopStop                                // return to who steps
	uopStrict                              // check that the access that follows is aligned
	uopConst                               // rd = imm
	uopPCConst                             // rd = base + imm
	uopSystem                              // leave to the caller, imm is the encoding
	uopOpenLR                              // an LR without its SC in this block
	uopPairedLR                            // an LR with its SC in this block
	uopPairedSC                            // that SC
	uopJump                                // JAL: rd = base + 2*off + length in rs3; target like a branch
	uopZextW                               // rd = uint32(rs1)
	uopMove                                // rd = rs1
	numUops
)

const (
	// maxInsns bounds the instructions of one block (uop.off must hold their bytes).
	maxInsns = 60
	// maxLinks bounds the exits of one block that can be linked.
	maxLinks = 8
)

// Block is a decoded run of guest instructions. It is immutable once published
// but for the links and the dead mark.
type Block struct {
	uops []uop
	// links are the successors within the same physical page, by uop.rd. Any hart
	// that has found one stores it; the cache clears them when the target dies.
	links [maxLinks]atomic.Pointer[Block]
	// dead is set by the cache when the block's code has changed; read at every lookup.
	dead atomic.Bool

	pa    uint64 // physical address of the first byte
	pa2   uint64 // physical page of the second half of a page-crossing instruction, or 0
	bytes []byte // the encoding the block was built from
}

// builder collects one block.
type builder struct {
	uops   []uop
	off    uint64 // bytes decoded
	n      int    // instructions decoded
	links  int
	lr     int // index of an LR that may still find its SC, or -1
	strict bool
}

func xslot(r uint8) uint8 { return hart.X + r }

func dstSlot(r uint8) uint8 {
	if r == 0 {
		return hart.Sink
	}
	return hart.X + r
}

func slot(f isa.RegFile, r uint8) uint8 {
	if f == isa.RegF {
		return hart.F + r
	}
	return xslot(r)
}

// add appends in at the current offset and reports whether the block goes on.
func (b *builder) add(in isa.Insn) (more bool) {
	row := in.Op.Row()
	u := uop{
		op:  in.Op,
		rs1: slot(row.Format.Rs1(), in.Rs1), rs2: slot(row.Format.Rs2(), in.Rs2), rs3: slot(row.Format.Rs3(), in.Rs3),
		n: uint8(b.n), off: uint8(b.off / 2), imm: int64(in.Imm),
	}
	switch row.Format.Rd() {
	case isa.RegX:
		u.rd = dstSlot(in.Rd)
	case isa.RegF:
		u.rd = hart.F + in.Rd
	}
	more = true
	switch row.Class {
	case isa.ClassALU:
		b.alu(&u, in)
		if u.rd == hart.Sink { // writes nothing: retired, not executed
			b.advance(in)
			return true
		}
	case isa.ClassBranch:
		more = b.exit(&u, u.imm)
	case isa.ClassJump:
		if in.Op == isa.JAL {
			u.op, u.rs3, u.rs2 = uopJump, uint8(in.Len()), u.rd
			b.exit(&u, u.imm)
		} else {
			u.n++
			u.rs3 = uint8(in.Len())
		}
		more = false
	case isa.ClassLoad, isa.ClassStore, isa.ClassFPLoad, isa.ClassFPStore:
		b.lr = -1
		if b.strict {
			if check, ok := strictCheck(u, row.Class); ok {
				b.uops = append(b.uops, check)
			}
		}
	case isa.ClassAtomic:
		b.atomic(&u)
	case isa.ClassHint:
		if in.Op != isa.PAUSE {
			b.advance(in)
			return true
		}
		more = b.system(&u, in)
	case isa.ClassFence:
		if in.Op == isa.FENCE {
			b.lr = -1
			if !needsBarrier(in.Imm) {
				b.advance(in)
				return true
			}
		} else {
			more = b.system(&u, in)
		}
	case isa.ClassIllegal, isa.ClassCSR, isa.ClassCache, isa.ClassSystem:
		more = b.system(&u, in)
	}
	b.uops = append(b.uops, u)
	b.advance(in)
	if more && (b.n == maxInsns || b.links == maxLinks-1) {
		b.end()
		return false
	}
	return more
}

func (b *builder) advance(in isa.Insn) {
	b.off += in.Len()
	b.n++
}

// alu resolves constants and the commonest idioms.
func (b *builder) alu(u *uop, in isa.Insn) {
	switch in.Op {
	case isa.LUI:
		u.op = uopConst
	case isa.AUIPC:
		u.op, u.imm = uopPCConst, u.imm+int64(b.off)
	case isa.ADDI:
		switch {
		case in.Rs1 == 0:
			u.op = uopConst
		case in.Imm == 0:
			u.op = uopMove
		}
	case isa.ADD_UW:
		if in.Rs2 == 0 {
			u.op = uopZextW
		}
	}
	b.fuse(u)
}

// fuse merges u into a constant that the instruction before it has put into the
// same register: lui+addi, lui+addiw, auipc+addi. The pair cannot fault and no
// exit lies between, so nobody sees the value in between; u replaces it.
func (b *builder) fuse(u *uop) {
	if len(b.uops) == 0 || u.rd == hart.Sink || u.rs1 != u.rd {
		return
	}
	p := &b.uops[len(b.uops)-1]
	if p.rd != u.rd || (p.op != uopConst && p.op != uopPCConst) {
		return
	}
	switch {
	case u.op == isa.ADDI:
		u.op, u.imm = p.op, p.imm+u.imm
	case u.op == isa.ADDIW && p.op == uopConst:
		u.op, u.imm = uopConst, int64(int32(p.imm+u.imm))
	case u.op == isa.SLLI && p.op == uopConst:
		u.op, u.imm = uopConst, p.imm<<uint(u.imm)
	default:
		return
	}
	b.uops = b.uops[:len(b.uops)-1]
}

// exit makes u an exit to the target at delta bytes from the current instruction.
func (b *builder) exit(u *uop, delta int64) (more bool) {
	u.rd = uint8(b.links)
	b.links++
	u.n++
	u.imm = int64(b.off) + delta
	return true
}

// end closes the block: control goes on behind the last instruction.
func (b *builder) end() {
	b.uops = append(b.uops, uop{op: uopEnd, rd: uint8(b.links), n: uint8(b.n), off: uint8(b.off / 2), imm: int64(b.off)})
	b.links++
}

// system makes u an exit to the caller.
func (b *builder) system(u *uop, in isa.Insn) (more bool) {
	u.op, u.imm = uopSystem, int64(in.Raw)
	b.lr = -1
	return false
}

// atomic pairs an SC with the LR before it; see the package documentation. rs3
// of either is the width in bytes.
func (b *builder) atomic(u *uop) {
	switch u.op {
	case isa.LR_W, isa.LR_D:
		b.lr = len(b.uops)
		u.rs3 = width(u.op, isa.LR_W)
		u.op = uopOpenLR
		return
	case isa.SC_W, isa.SC_D:
		u.rs3 = width(u.op, isa.SC_W)
		if b.lr >= 0 && b.uops[b.lr].rs3 == u.rs3 {
			b.uops[b.lr].op = uopPairedLR
			u.op = uopPairedSC
		}
	}
	b.lr = -1
}

// width returns the bytes that op accesses, given the word form of its pair.
func width(op, word isa.Op) uint8 {
	if op == word {
		return 4
	}
	return 8
}

// needsBarrier reports whether a FENCE with these fields orders an earlier write
// before a later read, the only order that the host does not keep by itself
// (x86-TSO). FENCE.TSO never does. On hosts with a weaker model every fence counts.
func needsBarrier(imm int32) bool {
	if goruntime.GOARCH != "amd64" {
		return true
	}
	const tso = 8
	fm, pred, succ := imm>>8, imm>>4&15, imm&15
	if fm == tso {
		return false
	}
	return pred&0b0101 != 0 && succ&0b1010 != 0
}
