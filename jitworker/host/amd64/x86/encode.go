package x86

import (
	"encoding/binary"
	"math/bits"
)

// Mem is a memory operand: base + index<<shift + disp.
type Mem struct {
	shape shape
	Disp  int32
}

// shape is an operand in memory without its displacement, as it is encoded: r/m in the
// lowest byte, the SIB byte in the next one, and the bits of shape* above.
type shape uint32

const (
	shapeSIB  shape = 1 << 16 // there is a SIB byte
	shapeDisp shape = 1 << 17 // there always is a displacement
	shapeREX        = 24      // the number of the lowest bit of B and X of a REX prefix
)

// At is the operand base + disp.
func At(base Reg, disp int32) Mem {
	s := shape(base&7) | shape(base>>3)<<shapeREX
	switch base & 7 {
	case RSP:
		s |= shapeSIB | shape(RSP)<<11 | shape(RSP)<<8
	case RBP:
		s |= shapeDisp
	}
	return Mem{s, disp}
}

// Indexed is the operand base + index + disp.
func Indexed(base, index Reg, disp int32) Mem { return Scaled(base, index, 0, disp) }

// Scaled is the operand base + index<<shift + disp, with a shift of 3 at most.
func Scaled(base, index Reg, shift uint8, disp int32) Mem {
	if index == RSP || shift > 3 {
		panic("BUG: x86: RSP cannot be an index, and a scale is 8 at most")
	}
	s := shape(RSP) | shapeSIB | shape(shift)<<14 | shape(index&7)<<11 | shape(base&7)<<8 | shape(index>>3<<1|base>>3)<<shapeREX
	if base&7 == RBP {
		s |= shapeDisp
	}
	return Mem{s, disp}
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

// rexOf returns a REX prefix, 0 if none is needed. low has its bits B and X.
func rexOf(w width, reg Reg, low uint8, byteBase bool) uint64 {
	p := uint64(reg>>3)<<2 | uint64(low)
	if w == w64 {
		p |= 8
	}
	// SPL..DIL need a prefix to be told from AH..BH.
	if p != 0 || w == w8 && reg >= RSP || byteBase {
		p |= 0x40
	}
	return p
}

// rex begins an instruction with a register in r/m, with a REX prefix if one is needed.
func (a *Asm) rex(w width, reg, rm Reg) {
	a.begin()
	if p := rexOf(w, reg, uint8(rm>>3), false); p != 0 {
		a.imm8(byte(p))
	}
}

// The encoders put an instruction together in a word and write that. They do with few
// branches: a processor would mostly guess them wrong.

// begin returns the prefix and the opcode, and how many bits they have.
func (op opcode) begin(prefix uint64) (x uint64, n uint) {
	var shift uint
	if prefix != 0 {
		shift = 8
	}
	return uint64(op)<<(shift&63) | prefix, uint(bits.Len32(uint32(op))+7)&^7 + shift
}

// rr encodes op with a register in the reg field and a register in r/m, a byte register if
// byteRM is set.
func (a *Asm) rr(w width, op opcode, reg, rm Reg, byteRM bool) {
	var prefix uint64
	if w != wholly {
		prefix = rexOf(w, reg, uint8(rm>>3), byteRM && rm >= RSP)
	}
	x, n := op.begin(prefix)
	x |= (0xc0 | uint64(reg&7)<<3 | uint64(rm&7)) << (n & 63)
	a.begin()
	binary.LittleEndian.PutUint64(a.buf[a.n:], x)
	a.n += int(n/8) + 1
}

// rm encodes op with a register in the reg field and memory in r/m.
func (a *Asm) rm(w width, op opcode, reg Reg, m Mem) {
	var prefix uint64
	if w != wholly {
		prefix = rexOf(w, reg, uint8(m.shape>>shapeREX), false)
	}
	x, n := op.begin(prefix)
	mod, disp := uint64(2), uint(4)
	if m.Disp == int32(int8(m.Disp)) {
		mod, disp = 1, 1
	}
	if m.Disp == 0 && m.shape&shapeDisp == 0 {
		mod, disp = 0, 0
	}
	x |= (mod<<6 | uint64(reg&7)<<3 | uint64(m.shape&0xffff)) << (n & 63)
	n = n/8 + 1 + uint(m.shape/shapeSIB&1)
	a.begin()
	binary.LittleEndian.PutUint64(a.buf[a.n:], x)
	binary.LittleEndian.PutUint32(a.buf[a.n+int(n):], uint32(m.Disp))
	a.n += int(n + disp)
}
