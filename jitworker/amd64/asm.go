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

// Mem is a memory operand: base + index*scale + disp. Index may be NoReg; scale is
// 1, 2, 4 or 8.
type Mem struct {
	Base, Index Reg
	Scale       uint8
	Disp        int32
}

// At is the operand base + disp.
func At(base Reg, disp int32) Mem { return Mem{base, NoReg, 1, disp} }

// Indexed is the operand base + index + disp.
func Indexed(base, index Reg, disp int32) Mem { return Mem{base, index, 1, disp} }

// Label is a position in the code, known or not yet.
type Label int

// Asm is a buffer of machine code.
type Asm struct {
	buf    []byte
	labels []int   // offset of each label, -1 while unknown
	fixes  []fixup // rel32 fields that wait for their label
}

type fixup struct {
	at    int // offset of the rel32 field
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
	a.labels[l] = len(a.buf)
}

// Offset returns the position of a bound label.
func (a *Asm) Offset(l Label) int {
	if a.labels[l] < 0 {
		panic("BUG: amd64: label is not bound")
	}
	return a.labels[l]
}

// Finish resolves all jumps and returns the code, which is valid until Reset.
func (a *Asm) Finish() []byte {
	for _, f := range a.fixes {
		binary.LittleEndian.PutUint32(a.buf[f.at:], uint32(int32(a.Offset(f.label)-(f.at+4))))
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
		a.buf = slices.Grow(a.buf, 1024)
	}
	return a.buf[:len(a.buf)+maxInsn]
}

// maxInsn is how many bytes are written for one instruction at most, and behind it.
const maxInsn = 16

func (a *Asm) byte(b ...byte) {
	//lint:ignore S1011 for so few bytes a loop is faster than a copy
	for _, x := range b {
		a.buf = append(a.buf, x)
	}
}

func (a *Asm) imm32(v int32) { a.buf = binary.LittleEndian.AppendUint32(a.buf, uint32(v)) }

// rel32 emits a field that will hold the distance to l.
func (a *Asm) rel32(l Label) {
	a.fixes = append(a.fixes, fixup{len(a.buf), l})
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
		a.byte(byte(p))
	}
}

// rr encodes op with a register in the reg field and a register in r/m.
func (a *Asm) rr(w width, op opcode, reg, rm Reg, byteRM bool) {
	x, n := uint64(op), op.bits()
	if p := rexOf(w, reg, NoReg, rm, byteRM); p != 0 && w != wholly {
		x, n = x<<8|p, n+8
	}
	x |= (0xc0 | uint64(reg&7)<<3 | uint64(rm&7)) << (n & 63)
	buf, end := a.room(), len(a.buf)
	binary.LittleEndian.PutUint64(buf[end:], x)
	a.buf = buf[:end+int(n/8)+1]
}

// bits is the length of op.
func (op opcode) bits() uint { return uint(bits.Len32(uint32(op))+7) &^ 7 }

// rm encodes op with a register in the reg field and memory in r/m.
func (a *Asm) rm(w width, op opcode, reg Reg, m Mem) {
	x, n := uint64(op), op.bits()
	if p := rexOf(w, reg, m.Index, m.Base, false); p != 0 && w != wholly {
		x, n = x<<8|p, n+8
	}
	mod, disp := uint64(2), uint(4)
	switch {
	case m.Disp == 0 && m.Base&7 != RBP:
		mod, disp = 0, 0
	case m.Disp == int32(int8(m.Disp)):
		mod, disp = 1, 1
	}
	x |= (mod<<6 | uint64(reg&7)<<3) << (n & 63)
	if m.Index == NoReg && m.Base&7 != RSP {
		x |= uint64(m.Base&7) << (n & 63)
		n += 8
	} else {
		index := uint64(4)
		if m.Index != NoReg {
			index = uint64(m.Index & 7)
		}
		if m.Index == RSP {
			panic("BUG: amd64: RSP cannot be an index")
		}
		x |= (4 | (scaleBits(m.Scale)<<6|index<<3|uint64(m.Base&7))<<8) << (n & 63)
		n += 16
	}
	buf, end := a.room(), len(a.buf)
	binary.LittleEndian.PutUint64(buf[end:], x)
	end += int(n / 8)
	binary.LittleEndian.PutUint32(buf[end:], uint32(m.Disp))
	a.buf = buf[:end+int(disp)]
}

// scaleBits is the logarithm of a scale.
func scaleBits(s uint8) uint64 {
	if s == 0 || s > 8 || s&(s-1) != 0 {
		panic("BUG: amd64: a scale that is not 1, 2, 4 or 8")
	}
	return uint64(bits.TrailingZeros8(s))
}
