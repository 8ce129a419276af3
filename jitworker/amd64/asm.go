package amd64

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// Reg is a general-purpose register.
type Reg uint8

// The general-purpose registers.
const (
	RAX Reg = iota
	RCX
	RDX
	RBX
	RSP
	RBP
	RSI
	RDI
	R8
	R9
	R10
	R11
	R12
	R13
	R14
	R15
	NoReg // its encoding has no bit of a register in it
)

// Mem is a memory operand: base + index<<shift + disp. Index may be NoReg; shift is at
// most 3.
type Mem struct {
	Base, Index Reg
	Shift       uint8
	Disp        int32
}

// At is the operand base + disp.
func At(base Reg, disp int32) Mem { return Mem{base, NoReg, 0, disp} }

// Indexed is the operand base + index + disp.
func Indexed(base, index Reg, disp int32) Mem { return Mem{base, index, 0, disp} }

// Label is a position in the code, known or not yet.
type Label int32

// Asm is a buffer of machine code.
type Asm struct {
	buf    []byte
	labels []int32 // offset of each label, -1 while unknown
	fixes  []fixup // rel32 fields that wait for their label
}

type fixup struct {
	at    int32 // offset of the rel32 field
	label Label
}

// Reset empties the buffer for the next code.
func (a *Asm) Reset() { a.buf, a.labels, a.fixes = a.buf[:0], a.labels[:0], a.fixes[:0] }

// Len is the offset of the next instruction.
func (a *Asm) Len() int { return len(a.buf) }

// NewLabel returns a label whose position is not known yet.
func (a *Asm) NewLabel() Label {
	a.labels = append(a.labels, -1)
	return Label(len(a.labels) - 1)
}

// Bind puts l at the current position.
func (a *Asm) Bind(l Label) {
	if a.labels[l] >= 0 {
		panic("BUG: amd64: label bound twice")
	}
	a.labels[l] = int32(len(a.buf))
}

// Offset returns the position of a bound label.
func (a *Asm) Offset(l Label) int {
	if a.labels[l] < 0 {
		panic("BUG: amd64: label is not bound")
	}
	return int(a.labels[l])
}

// Finish resolves all jumps and returns the code, which is valid until Reset.
func (a *Asm) Finish() []byte {
	for _, f := range a.fixes {
		binary.LittleEndian.PutUint32(a.buf[f.at:], uint32(int32(a.Offset(f.label))-(f.at+4)))
	}
	a.fixes = a.fixes[:0]
	return a.buf
}

// SetImm16 overwrites two bytes of an instruction emitted before, at offset at: a part of
// a constant that was not known then.
func (a *Asm) SetImm16(at int, v uint16) { binary.LittleEndian.PutUint16(a.buf[at:], v) }

// room returns the buffer with space for one more instruction behind it.
func (a *Asm) room() []byte {
	if cap(a.buf)-len(a.buf) < maxInsn {
		a.grow()
	}
	return a.buf[:len(a.buf)+maxInsn]
}

func (a *Asm) grow() { a.buf = slices.Grow(a.buf, 1024) }

// maxInsn is how many bytes are written for one instruction at most, and behind it.
const maxInsn = 16

// These write what belongs to an instruction that has begun. The room for it is there.

func (a *Asm) imm8(v byte) { a.buf = append(a.buf, v) }

func (a *Asm) imm16(v uint16) { a.buf = binary.LittleEndian.AppendUint16(a.buf, v) }

func (a *Asm) imm32(v int32) { a.buf = binary.LittleEndian.AppendUint32(a.buf, uint32(v)) }

// rel32 emits a field that will hold the distance to l.
func (a *Asm) rel32(l Label) {
	a.fixes = append(a.fixes, fixup{int32(len(a.buf)), l})
	a.imm32(0)
}

// Operand widths for the encoder: what REX.W and the byte-register rule need.
type width uint8

const (
	w32 width = iota
	w64
	w8     // the register operand is a byte register
	wholly // the opcode has all prefixes already
)

// opcode is an opcode of one to four bytes, prefixes included, the first one lowest.
type opcode uint32

func op2(b byte) opcode { return 0x0f | opcode(b)<<8 }
func op3(b byte) opcode { return 0x0f | 0x3a<<8 | opcode(b)<<16 }

// high is the bit of r that a prefix has.
func high(r Reg) byte { return byte(r>>3) & 1 }

// rexOf returns the bits of a REX prefix, 0 if none is needed.
func rexOf(w width, reg Reg, index Reg, base Reg, byteBase bool) uint64 {
	p := uint64(high(reg)<<2 | high(index)<<1 | high(base))
	if w == w64 {
		p |= 8
	}
	// SPL..DIL need a prefix to be told from AH..BH.
	if p != 0 || w == w8 && reg >= RSP || byteBase && base >= RSP {
		p |= 0x40
	}
	return p
}

// rex emits a REX prefix if one is needed.
func (a *Asm) rex(w width, reg Reg, index Reg, base Reg, byteBase bool) {
	if p := rexOf(w, reg, index, base, byteBase); p != 0 {
		a.imm8(byte(p))
	}
}

// The encoders put an instruction together in a word and write that, without branches that
// depend on the operands: a processor would mostly guess them wrong.

// begin returns the prefix and the opcode, and how many bits they have.
func (op opcode) begin(prefix uint64) (x uint64, n uint) {
	var shift uint
	if prefix != 0 {
		shift = 8
	}
	return uint64(op)<<(shift&63) | prefix, uint(bits.Len32(uint32(op))+7)&^7 + shift
}

// rr encodes op with a register in the reg field and a register in r/m.
func (a *Asm) rr(w width, op opcode, reg, rm Reg, byteRM bool) {
	var prefix uint64
	if w != wholly {
		prefix = rexOf(w, reg, NoReg, rm, byteRM)
	}
	x, n := op.begin(prefix)
	x |= (0xc0 | uint64(reg&7)<<3 | uint64(rm&7)) << (n & 63)
	buf, end := a.room(), len(a.buf)
	binary.LittleEndian.PutUint64(buf[end:], x)
	a.buf = buf[:end+int(n/8)+1]
}

// rm encodes op with a register in the reg field and memory in r/m.
func (a *Asm) rm(w width, op opcode, reg Reg, m Mem) {
	if m.Index == RSP || m.Shift > 3 {
		panic("BUG: amd64: RSP cannot be an index, and a scale is at most 8")
	}
	var prefix uint64
	if w != wholly {
		prefix = rexOf(w, reg, m.Index, m.Base, false)
	}
	x, n := op.begin(prefix)

	base := uint64(m.Base & 7)
	operand, length := base, uint(8)
	sib := uint64(RSP) | uint64(m.Shift)<<14 | uint64(m.Index&7)<<11 | base<<8
	if m.Index == NoReg {
		sib = uint64(RSP) | uint64(RSP)<<11 | base<<8
	}
	if m.Index != NoReg || base == uint64(RSP) {
		operand, length = sib, 16
	}
	mod, disp := uint64(2), 4
	if m.Disp == int32(int8(m.Disp)) {
		mod, disp = 1, 1
	}
	if m.Disp == 0 && base != uint64(RBP) {
		mod, disp = 0, 0
	}
	x |= (mod<<6 | uint64(reg&7)<<3 | operand) << (n & 63)

	buf, end := a.room(), len(a.buf)
	binary.LittleEndian.PutUint64(buf[end:], x)
	end += int(n+length) / 8
	binary.LittleEndian.PutUint32(buf[end:], uint32(m.Disp))
	a.buf = buf[:end+disp]
}
