package x86

import (
	"encoding/binary"
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
	NoReg // is none
)

// Label is a position in the code, known or not yet.
type Label int32

// Asm is a buffer of machine code.
type Asm struct {
	buf    []byte  // as long as its capacity
	n      int     // bytes of code
	labels []int32 // offset of each label, -1 while unknown
	fixes  []fixup // rel32 fields that wait for their label
}

type fixup struct {
	at    int32 // offset of the rel32 field
	label Label
}

// Reset empties the buffer for the next code.
func (a *Asm) Reset() { a.n, a.labels, a.fixes = 0, a.labels[:0], a.fixes[:0] }

// Len is the offset of the next instruction.
func (a *Asm) Len() int { return a.n }

// NewLabel returns a label whose position is not known yet.
func (a *Asm) NewLabel() Label {
	a.labels = append(a.labels, -1)
	return Label(len(a.labels) - 1)
}

// Bind puts l at the current position.
func (a *Asm) Bind(l Label) {
	if a.labels[l] >= 0 {
		panic("BUG: x86: label bound twice")
	}
	a.labels[l] = int32(a.n)
}

// Offset returns the position of a bound label.
func (a *Asm) Offset(l Label) int {
	if a.labels[l] < 0 {
		panic("BUG: x86: label is not bound")
	}
	return int(a.labels[l])
}

// Finish resolves all jumps and returns the code, which is valid until Reset.
func (a *Asm) Finish() []byte {
	for _, f := range a.fixes {
		binary.LittleEndian.PutUint32(a.buf[f.at:], uint32(int32(a.Offset(f.label))-(f.at+4)))
	}
	a.fixes = a.fixes[:0]
	return a.buf[:a.n]
}

// SetImm32 overwrites four bytes of an instruction emitted before, at offset at: a constant that
// was not known then.
func (a *Asm) SetImm32(at int, v int32) { binary.LittleEndian.PutUint32(a.buf[at:], uint32(v)) }

// Word16 emits two bytes of data.
func (a *Asm) Word16(v uint16) {
	a.begin()
	a.imm16(v)
}

// maxInsn is how many bytes are written for one instruction at most, and behind it.
const maxInsn = 32

// begin makes room for an instruction. Each begins with it, so that what writes the parts
// needs to know no more.
func (a *Asm) begin() {
	if len(a.buf)-a.n < maxInsn {
		a.grow(maxInsn)
	}
}

// grow makes room for n more bytes at least.
func (a *Asm) grow(n int) {
	a.buf = slices.Grow(a.buf[:a.n], n+1024)
	a.buf = a.buf[:cap(a.buf)]
}

// prefix begins an instruction with a byte.
func (a *Asm) prefix(v byte) {
	a.begin()
	a.imm8(v)
}

func (a *Asm) imm8(v byte) {
	a.buf[a.n] = v
	a.n++
}

func (a *Asm) imm16(v uint16) {
	binary.LittleEndian.PutUint16(a.buf[a.n:], v)
	a.n += 2
}

func (a *Asm) imm32(v int32) {
	binary.LittleEndian.PutUint32(a.buf[a.n:], uint32(v))
	a.n += 4
}

// rel32 emits a field that holds the distance to l, or will do so.
func (a *Asm) rel32(l Label) {
	if to := a.labels[l]; to >= 0 {
		a.imm32(to - int32(a.n+4))
		return
	}
	a.fixes = append(a.fixes, fixup{int32(a.n), l})
	a.imm32(0)
}
