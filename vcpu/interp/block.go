package interp

import (
	goruntime "runtime"
	"sync/atomic"

	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// Uop is one micro-operation: an instruction with its operands resolved to slots
// of the register file. 16 bytes.
type Uop struct {
	Op  isa.Op
	Rd  uint8 // destination slot; of branches and ends: the index of the link
	Rs1 uint8
	Rs2 uint8
	Rs3 uint8
	// N is the number of the block's instructions retired before this one; of
	// micro-operations that leave the block, including this one.
	N uint8
	// Off is the instruction's distance from the block's start in halfwords.
	Off uint8
	// Imm is the immediate; of branches and ends, the distance of the target from
	// the block's start in bytes.
	Imm int64
}

// Micro-operations that are no instructions, numbered behind those of package isa.
const (
	OpEnd      isa.Op = isa.NumOps + iota // go on at base+imm
	OpStop                                // return to who steps
	OpStrict                              // check that the access that follows is aligned
	OpConst                               // rd = imm
	OpPCConst                             // rd = base + imm
	OpSystem                              // leave Block.system to the caller
	OpOpenLR                              // an LR without its SC in this block
	OpStep                                // step through the code at the block's start
	OpReserved                            // step on with the reservation of Rs3 bytes
	OpPairedLR                            // an LR with its SC in this block
	OpPairedSC                            // that SC
	OpJump                                // JAL: rd = base + 2*off + length in rs3; target like a branch
	OpZextW                               // rd = uint32(rs1)
	OpMove                                // rd = rs1
	OpCount                               // count an execution of the block
	OpLoneLR                              // an LR that no SC can follow
	OpWait                                // WRS, over already if the word of rs3 bytes that LR has loaded has changed
	opNone                                // a result that nobody wants; in no block
	OpBarrier                             // tell the collector what the store that follows overwrites
	NumOps
)

const (
	// MaxInsns bounds the instructions of one block (uop.off must hold their bytes).
	MaxInsns = 60
	// maxReach bounds the bytes from a block's start that it is built from.
	maxReach = MaxInsns * 4
	// MaxLinks bounds the exits of one block that can be linked. A call at its end has two.
	MaxLinks = 8
)

// Return returns the link to the instruction behind the jump u, where what u calls
// returns to; false if u is no call (Unprivileged Manual, return-address stacks: rd is x1
// or x5). The interpreter does not use it.
func (u *Uop) Return() (link uint8, ok bool) {
	switch {
	case u.Op == OpJump && linkRegister(u.Rs2):
		return u.Rd + 1, true
	case u.Op == isa.JALR && linkRegister(u.Rd):
		return u.Rs2, true
	}
	return 0, false
}

// Returns reports whether the jump u returns from a call.
func (u *Uop) Returns() bool { return u.Op == isa.JALR && linkRegister(u.Rs1) && !linkRegister(u.Rd) }

func linkRegister(slot uint8) bool { return slot == hart.X+1 || slot == hart.X+5 }

// Block is a decoded run of guest instructions. It is immutable once published
// but for the links and the dead mark.
type Block struct {
	uops []Uop
	// links are the successors within the same physical page, by uop.rd. Any hart
	// that has found one stores it; the cache clears them when the target dies.
	links [MaxLinks]atomic.Pointer[Block]
	// dead is set by the cache when the block's code has changed; read at every lookup.
	dead atomic.Bool
	// native is the block's machine code, nil while there is none. Stored by the
	// cache under the page's mu, read by every hart that is about to run the block.
	native atomic.Pointer[Native]
	heat   heat

	pa    uint64 // physical address of the first byte
	pa2   uint64 // physical page of the second half of a page-crossing instruction, or 0
	bytes []byte // the encoding the block was built from: its instructions, and what else was looked at behind them
	size  uint8  // bytes of its instructions
	// system is the instruction of the block's OpSystem, which can only be the last.
	system isa.Insn
}

// builder collects one block.
type builder struct {
	uops   []Uop
	code   []byte // from the block's start on, as far as it may be looked at
	seen   uint64 // bytes of it that decided something, see meetsSC
	off    uint64 // bytes decoded
	n      int    // instructions decoded
	links  int
	lr     int      // index of an LR that may still find its SC, or -1
	open   [2]uint8 // exits that are taken with a reservation of 4 and of 8 bytes, a bit each
	strict bool
	heap   bool     // there is a managed heap
	last   isa.Insn // the system instruction that ends the block, if any
	values
}

// openBlocks are what the exits between an LR and its SC lead to.
var openBlocks = [2]*Block{{uops: []Uop{{Op: OpReserved, Rs3: 4}}}, {uops: []Uop{{Op: OpReserved, Rs3: 8}}}}

// block makes the block that has been collected.
func (b *builder) block(pa uint64, code []byte) *Block {
	t := &Block{uops: demanded(b.uops), pa: pa, bytes: code, size: uint8(b.off), system: b.last}
	for i := range t.links {
		for size, exits := range b.open {
			if exits>>i&1 != 0 {
				t.links[i].Store(openBlocks[size])
			}
		}
	}
	return t
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
	u := Uop{
		Op:  in.Op,
		Rs1: slot(row.Format.Rs1(), in.Rs1), Rs2: slot(row.Format.Rs2(), in.Rs2), Rs3: slot(row.Format.Rs3(), in.Rs3),
		N: uint8(b.n), Off: uint8(b.off / 2), Imm: int64(in.Imm),
	}
	switch row.Format.Rd() {
	case isa.RegX:
		u.Rd = dstSlot(in.Rd)
	case isa.RegF:
		u.Rd = hart.F + in.Rd
	}
	if row.Class == isa.ClassALU || row.Class == isa.ClassMul || row.Class == isa.ClassDiv {
		b.compute(u)
		b.advance(in)
		return b.goesOn()
	}
	b.other(in)
	more = true
	switch row.Class {
	case isa.ClassBranch:
		more = b.exit(&u, u.Imm)
	case isa.ClassJump:
		if delta, known := b.target(&u); known {
			u.Op, u.Rs3, u.Rs2 = OpJump, uint8(in.Len()), u.Rd
			b.exit(&u, delta)
		} else {
			u.N++
			u.Rs2, u.Rs3 = uint8(b.links), uint8(in.Len())
		}
		if _, ok := u.Return(); ok {
			b.links++
		}
		if b.lr >= 0 && (in.Op == isa.JALR || !within(int64(in.Imm)) || !b.meetsSC(b.off+uint64(in.Imm))) {
			b.loseReservation()
		}
		more = false
	case isa.ClassLoad, isa.ClassStore, isa.ClassFPLoad, isa.ClassFPStore:
		b.loseReservation()
		if b.strict {
			if check, ok := strictCheck(u, row.Class); ok {
				b.uops = append(b.uops, check)
			}
		}
	case isa.ClassAtomic:
		more = b.atomic(&u, in)
	case isa.ClassHint:
		if in.Op != isa.PAUSE {
			b.advance(in)
			return true
		}
		more = b.system(&u, in)
	case isa.ClassFence:
		if in.Op == isa.FENCE {
			b.loseReservation()
			if !needsBarrier(in.Imm) {
				b.advance(in)
				return true
			}
		} else {
			more = b.system(&u, in)
		}
	case isa.ClassHeap:
		more = b.managed(&u, in)
	case isa.ClassCSR:
		b.loseReservation()
		if !FloatCSR(u.Imm) {
			more = b.system(&u, in)
		}
	case isa.ClassCache:
		b.loseReservation()
		if in.Op != isa.CBO_ZERO {
			more = b.system(&u, in)
		}
		u.Rd = hart.Sink
	case isa.ClassIllegal, isa.ClassSystem:
		if b.lr >= 0 && (in.Op == isa.WRS_NTO || in.Op == isa.WRS_STO) {
			b.wait(u, in)
		}
		more = b.system(&u, in)
	}
	b.uops = append(b.uops, u)
	b.advance(in)
	return more && b.goesOn()
}

// target returns the distance from the jump u to where it leads, if that is known: of a
// JAL, and of a JALR behind the AUIPC that makes its base, as compilers call what may be
// far away. If the jump overwrites the base nobody wants that.
func (b *builder) target(u *Uop) (delta int64, known bool) {
	if u.Op == isa.JAL {
		return u.Imm, true
	}
	last := len(b.uops) - 1
	if last < 0 || b.uops[last].Op != OpPCConst || b.uops[last].Rd != u.Rs1 {
		return 0, false
	}
	at := b.uops[last].Imm + u.Imm // from the block's start, which is even
	if at &^= 1; at != int64(int32(at)) {
		return 0, false
	}
	if u.Rd == u.Rs1 {
		b.uops = b.uops[:last]
	}
	return at - int64(b.off), true
}

// goesOn reports whether there is room for more, and closes the block if there is not.
func (b *builder) goesOn() bool {
	if b.n == MaxInsns || b.links == MaxLinks-1 {
		b.end()
		return false
	}
	return true
}

func (b *builder) advance(in isa.Insn) {
	b.off += in.Len()
	b.n++
}

// exit makes u an exit to the target at delta bytes from the current instruction.
func (b *builder) exit(u *Uop, delta int64) (more bool) {
	u.Rd = uint8(b.links)
	b.links++
	u.N++
	u.Imm = int64(b.off) + delta
	return true
}

// end closes the block: control goes on behind the last instruction.
func (b *builder) end() {
	if b.lr >= 0 && !b.meetsSC(b.off) {
		b.loseReservation()
	}
	b.uops = append(b.uops, Uop{Op: OpEnd, Rd: uint8(b.links), N: uint8(b.n), Off: uint8(b.off / 2), Imm: int64(b.off)})
	b.links++
}

// system makes u an exit to the caller.
func (b *builder) system(u *Uop, in isa.Insn) (more bool) {
	u.Op, b.last = OpSystem, in
	b.loseReservation()
	return false
}

// wait adds the way past WRS for when there is nothing to wait for any more.
func (b *builder) wait(u Uop, in isa.Insn) {
	u.Op, u.Rs3 = OpWait, b.uops[b.lr].Rs3
	b.exit(&u, int64(in.Len()))
	b.uops = append(b.uops, u)
}

// loseReservation says that an SC behind what follows finds no reservation: unless a
// branch leads past that, the last LR is a mere load.
func (b *builder) loseReservation() {
	if b.lr >= 0 {
		lr := &b.uops[b.lr]
		lr.Op = OpLoneLR
		b.openExits(lr.Rs3 / 8)
		b.lr = -1
	}
}

// atomic pairs an SC with the LR before it; see the package documentation. rs3
// of either is the width in bytes, rs2 of an LR its length.
func (b *builder) atomic(u *Uop, in isa.Insn) (more bool) {
	switch u.Op {
	case isa.AMOCAS_Q:
		if !HasQuads {
			return b.system(u, in) // illegal
		}
		u.Rs3 = xslot(in.Rd)
	case isa.AMOCAS_B, isa.AMOCAS_H, isa.AMOCAS_W, isa.AMOCAS_D:
		u.Rs3 = xslot(in.Rd)
	case isa.LR_W, isa.LR_D:
		b.loseReservation()
		b.lr = len(b.uops)
		u.Rs2, u.Rs3 = uint8(in.Len()), width(u.Op, isa.LR_W)
		u.Op = OpOpenLR
		return true
	case isa.SC_W, isa.SC_D:
		u.Rs3 = width(u.Op, isa.SC_W)
		if b.lr >= 0 && b.uops[b.lr].Rs3 == u.Rs3 {
			b.uops[b.lr].Op = OpPairedLR
			u.Op = OpPairedSC
			b.openExits(u.Rs3 / 8)
			b.lr = -1
		}
	}
	b.loseReservation()
	return true
}

// openExits marks the forward branches since the LR that has just found its SC, or
// lost it, by which who takes one may meet another SC, and still has the reservation.
func (b *builder) openExits(size uint8) {
	for _, u := range b.uops[b.lr+1:] {
		if u.Op < isa.NumOps && u.Op.Row().Class == isa.ClassBranch && within(u.Imm-int64(u.Off)*2) && b.meetsSC(uint64(u.Imm)) {
			b.open[size] |= 1 << u.Rd
		}
	}
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
