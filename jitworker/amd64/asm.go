package amd64

import (
	"encoding/binary"
	"fmt"
	"math"
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
	NoReg Reg = 0xff
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
	w8 // the register operand is a byte register
)

func high(r Reg) byte {
	if r == NoReg {
		return 0
	}
	return byte(r>>3) & 1
}

// rex emits a REX prefix if one is needed.
func (a *Asm) rex(w width, reg Reg, index Reg, base Reg, byteBase bool) {
	p := high(reg)<<2 | high(index)<<1 | high(base)
	if w == w64 {
		p |= 8
	}
	// SPL..DIL need a prefix to be told from AH..BH.
	if p != 0 || w == w8 && reg >= RSP && reg != NoReg || byteBase && base >= RSP {
		a.byte(0x40 | p)
	}
}

// rr encodes op with a register in the reg field and a register in r/m.
func (a *Asm) rr(w width, op []byte, reg, rm Reg, byteRM bool) {
	a.rex(w, reg, NoReg, rm, byteRM)
	a.byte(op...)
	a.byte(0xc0 | byte(reg&7)<<3 | byte(rm&7))
}

// rm encodes op with a register in the reg field and memory in r/m.
func (a *Asm) rm(w width, op []byte, reg Reg, m Mem) {
	a.rex(w, reg, m.Index, m.Base, false)
	a.byte(op...)
	a.modrm(byte(reg&7), m)
}

// modrm encodes a memory operand behind the opcode.
func (a *Asm) modrm(reg byte, m Mem) {
	if m.Index == RSP {
		panic("BUG: amd64: RSP cannot be an index")
	}
	small := m.Disp >= math.MinInt8 && m.Disp <= math.MaxInt8
	mod := byte(2)
	switch {
	case m.Disp == 0 && m.Base&7 != RBP:
		mod = 0
	case small:
		mod = 1
	}
	if m.Index == NoReg && m.Base&7 != RSP {
		a.byte(mod<<6 | reg<<3 | byte(m.Base&7))
	} else {
		index := byte(4)
		if m.Index != NoReg {
			index = byte(m.Index & 7)
		}
		a.byte(mod<<6|reg<<3|4, scaleBits(m.Scale)<<6|index<<3|byte(m.Base&7))
	}
	switch mod {
	case 1:
		a.byte(byte(m.Disp))
	case 2:
		a.imm32(m.Disp)
	}
}

func scaleBits(s uint8) byte {
	switch s {
	case 1:
		return 0
	case 2:
		return 1
	case 4:
		return 2
	case 8:
		return 3
	}
	panic(fmt.Sprintf("BUG: amd64: scale %d", s))
}
