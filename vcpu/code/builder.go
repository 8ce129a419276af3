package code

import (
	"bytes"
	"encoding/binary"
	goruntime "runtime"

	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// Builder makes bodies, one at a time. Its zero value is ready.
type Builder struct {
	mode  Mode
	uops  []Uop
	text  []byte // from the body's start on, as far as it may be looked at
	seen  uint64 // bytes of it that decided something, see meetsSC
	off   uint64 // bytes decoded
	n     int    // instructions decoded
	links uint8
	lr    int      // index of an LR that may still find its SC, or -1
	open  [2]uint8 // of Body
	last  isa.Insn // the system instruction that ends the body, if any
	values
}

// reset begins another body, in the room of the one before.
func (b *Builder) reset(mode Mode) {
	*b = Builder{mode: mode, uops: b.uops[:0], text: b.text[:0], lr: -1}
}

// Build makes the body of at most insns instructions at the start of text, which is the code
// as far as it may be looked at. counted has it begin with a micro-operation that counts its executions. ok is
// false if text has no whole instruction.
func (b *Builder) Build(text []byte, mode Mode, counted bool, insns int) (body Body, ok bool) {
	b.reset(mode)
	// Decode from a copy: others may change the bytes meanwhile, and the body must be
	// what its record of them says.
	b.text = append(b.text, text[:min(len(text), MaxReach)]...)
	if counted {
		b.uops = append(b.uops, Uop{Op: OpCount, Rd: hart.Sink})
	}
	for more := true; more; {
		in, ok := b.instruction(b.off)
		if !ok {
			b.end()
			break
		}
		if more = b.add(in); more && b.n >= insns {
			b.end()
			break
		}
	}
	if b.off == 0 {
		return Body{}, false
	}
	return Body{
		uops: demanded(b.uops), text: bytes.Clone(b.text[:max(b.off, b.seen)]), size: uint8(b.off), open: b.open, system: b.last,
	}, true
}

// Step makes the body of one instruction, whose encoding is raw, for who steps. It counts
// until the Builder makes another one.
func (b *Builder) Step(in isa.Insn, raw uint32, mode Mode) Body {
	b.reset(mode)
	if b.add(in) {
		b.end()
	}
	b.text = binary.LittleEndian.AppendUint32(b.text, raw)
	return Body{uops: b.uops, text: b.text, size: uint8(in.Len()), system: b.last}
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

// add appends in at the current offset and reports whether the body goes on.
func (b *Builder) add(in isa.Insn) (more bool) {
	row := in.Op.Row()
	u := Uop{
		Op:  in.Op,
		Rd:  hart.Sink,
		Rs1: slot(row.Format.Rs1(), in.Rs1), Rs2: slot(row.Format.Rs2(), in.Rs2), extra: slot(row.Format.Rs3(), in.Rs3),
		N: uint8(b.n), Off: uint8(b.off / 2), Imm: int64(in.Imm),
	}
	switch row.Format.Rd() {
	case isa.RegX:
		u.Rd = dstSlot(in.Rd)
	case isa.RegF:
		u.Rd = hart.F + in.Rd
	}
	if Of(in.Op).Kind == Compute {
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
			u.Op, u.Rs1 = OpJump, 0
			b.exit(&u, delta)
		} else {
			u.N++
			u.extra = b.links
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
		b.check(&u)
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
func (b *Builder) target(u *Uop) (delta int64, known bool) {
	if u.Op == isa.JAL {
		return u.Imm, true
	}
	last := len(b.uops) - 1
	if last < 0 || b.uops[last].Op != OpPCConst || b.uops[last].Rd != u.Rs1 {
		return 0, false
	}
	at := b.uops[last].Imm + u.Imm // from the body's start, which is even
	if at &^= 1; at != int64(int32(at)) {
		return 0, false
	}
	if u.Rd == u.Rs1 {
		b.uops = b.uops[:last]
	}
	return at - int64(b.off), true
}

// goesOn reports whether there is room for more, and closes the body if there is not.
func (b *Builder) goesOn() bool {
	if b.n == MaxInsns || b.links == MaxLinks-1 {
		b.end()
		return false
	}
	return true
}

func (b *Builder) advance(in isa.Insn) {
	b.off += in.Len()
	b.n++
}

// exit makes u an exit to the target at delta bytes from the current instruction.
func (b *Builder) exit(u *Uop, delta int64) (more bool) {
	u.extra = b.links
	b.links++
	u.N++
	u.Imm = int64(b.off) + delta
	return true
}

// end closes the body: control goes on behind the last instruction.
func (b *Builder) end() {
	if b.lr >= 0 && !b.meetsSC(b.off) {
		b.loseReservation()
	}
	b.uops = append(b.uops, Uop{Op: OpEnd, Rd: hart.Sink, extra: b.links, N: uint8(b.n), Off: uint8(b.off / 2), Imm: int64(b.off)})
	b.links++
}

// system makes u an exit to the caller.
func (b *Builder) system(u *Uop, in isa.Insn) (more bool) {
	u.Op, u.extra, b.last = OpSystem, b.links, in
	b.loseReservation()
	return false
}

// wait adds the way past WRS for when there is nothing to wait for any more.
func (b *Builder) wait(u Uop, in isa.Insn) {
	u.Op = forSize(b.reserved(), OpWait_W, OpWait_D)
	b.exit(&u, int64(in.Len()))
	b.uops = append(b.uops, u)
}

// loseReservation says that an SC behind what follows finds no reservation: unless a
// branch leads past that, the last LR is a mere load.
func (b *Builder) loseReservation() {
	if b.lr >= 0 {
		size := b.reserved()
		b.uops[b.lr].Op = forSize(size, OpLoneLR_W, OpLoneLR_D)
		b.openExits(size)
		b.lr = -1
	}
}

// reserved returns the size of what the LR that may still find its SC loads.
func (b *Builder) reserved() uint8 { return Of(b.uops[b.lr].Op).Size }

// forSize returns the form of an operation for words or for doublewords.
func forSize(size uint8, word, double isa.Op) isa.Op {
	if size == 4 {
		return word
	}
	return double
}

// atomic pairs an SC with the LR before it; see the package documentation.
func (b *Builder) atomic(u *Uop, in isa.Insn) (more bool) {
	size := Of(in.Op).Size
	switch u.Op {
	case isa.AMOCAS_Q:
		if !HasQuads {
			return b.system(u, in) // illegal
		}
	case isa.LR_W, isa.LR_D:
		b.loseReservation()
		b.lr = len(b.uops)
		u.Op = forSize(size, OpOpenLR_W, OpOpenLR_D)
		return true
	case isa.SC_W, isa.SC_D:
		if b.lr >= 0 && b.reserved() == size {
			b.uops[b.lr].Op = forSize(size, OpPairedLR_W, OpPairedLR_D)
			u.Op = forSize(size, OpPairedSC_W, OpPairedSC_D)
			b.openExits(size)
			b.lr = -1
		}
	}
	if compares(u.Op) {
		u.extra = xslot(in.Rd)
	}
	b.loseReservation()
	return true
}

// openExits marks the forward branches since the LR that has just found its SC, or
// lost it, by which who takes one may meet another SC, and still has the reservation.
func (b *Builder) openExits(size uint8) {
	for i := range b.uops[b.lr+1:] {
		u := &b.uops[b.lr+1+i]
		if Of(u.Op).Kind == Branch && within(u.Target()-int64(u.Off)*2) && b.meetsSC(uint64(u.Target())) {
			b.open[size/8] |= 1 << u.Link()
		}
	}
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
