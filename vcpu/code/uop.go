package code

import (
	"unsafe"

	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// Uop is one micro-operation, of 16 bytes. What an operation has no use for is zero.
type Uop struct {
	Op isa.Op
	// Rd is the slot of the register that is written, hart.Sink if none is.
	Rd uint8
	// Rs1 and Rs2 are the slots of registers that are read. Of Rs1 of the CSR instructions with
	// an immediate see Zimm.
	Rs1, Rs2 uint8
	// extra is for Rs3, Link, Return, LowerHalf and Checked to read.
	extra uint8
	// N is the number of the body's instructions retired when it is left here: those before this
	// one, and this one too if it leaves the body by itself.
	N uint8
	// Off is the instruction's distance from the body's start in halfwords.
	Off uint8
	// Imm is the immediate operand of a computation or an access; what else an operation keeps there
	// Target, Rounding, CSR and Constant read.
	Imm int64
}

// UopSize is the distance between two micro-operations in memory, bytes.
const UopSize = unsafe.Sizeof(Uop{})

// Rs3 returns the slot of the third register that is read, if Info says that there is one. Of a
// compare-and-swap that is rd as an operand, with the value to compare with.
func (u *Uop) Rs3() uint8 { return u.extra }

// Link returns the number of the exit that u is.
func (u *Uop) Link() uint8 { return u.extra & (MaxLinks - 1) }

// Target returns the distance of the exit's target from the body's start, bytes.
func (u *Uop) Target() int64 { return u.Imm }

// Rounding returns the rm field of a floating-point instruction.
func (u *Uop) Rounding() int64 { return u.Imm }

// Constant returns the number of the constant that FLI loads.
func (u *Uop) Constant() int64 { return u.Imm }

// CSR returns the register that a CSR instruction accesses.
func (u *Uop) CSR() isa.CSR { return isa.CSR(u.Imm & 0xfff) }

// Zimm returns the immediate of a CSR instruction that has one.
func (u *Uop) Zimm() uint64 { return uint64(u.Rs1) }

// Return returns the link to the instruction behind the jump u, where what u calls
// returns to; false if u is no call (Unprivileged Manual, return-address stacks: rd is x1
// or x5).
func (u *Uop) Return() (link uint8, ok bool) {
	switch {
	case !linkRegister(u.Rd):
	case u.Op == OpJump:
		return u.extra + 1, true
	case u.Op == isa.JALR:
		return u.extra, true
	}
	return 0, false
}

// Returns reports whether the jump u returns from a call.
func (u *Uop) Returns() bool { return u.Op == isa.JALR && linkRegister(u.Rs1) && !linkRegister(u.Rd) }

func linkRegister(slot uint8) bool { return slot == hart.X+1 || slot == hart.X+5 }

// LowerHalf reports whether the upper half of the result of a rotation does not matter.
func (u *Uop) LowerHalf() bool { return u.extra != 0 }

// Alignment is what an OpStrict checks of the access that follows.
type Alignment struct {
	Size  uint64 // the address is to be a multiple of it
	Store bool   // which exception there is if it is not
	Float bool   // floating point must be on, whose absence is the more urgent cause
}

const (
	checkStore = 1 << 0
	checkFloat = 1 << 1
	checkSize  = 2 // shift: of the logarithm
)

// Checked returns what the OpStrict u checks.
func (u *Uop) Checked() Alignment {
	return Alignment{Size: 1 << (u.extra >> checkSize), Store: u.extra&checkStore != 0, Float: u.extra&checkFloat != 0}
}

// WritesTo reports whether u writes a slot.
func (u *Uop) WritesTo(slot uint8) bool {
	return u.Rd == slot || u.Op == isa.AMOCAS_Q && Pair(u.Rd) == slot
}

// Pair returns the slot of the upper half of a 16-byte operand: the next register's, and for x0 its own.
func Pair(slot uint8) uint8 {
	if slot == hart.X || slot == hart.Sink {
		return slot
	}
	return slot + 1
}

// FloatCSR reports whether imm, a CSR instruction's immediate, names fcsr or one of its fields.
// They are the only CSRs that need no privileged architecture but mstatus.FS, so that
// their accesses are micro-operations like any other.
func FloatCSR(imm int64) bool {
	n := isa.CSR(imm & 0xfff)
	return n >= isa.CSR_FFLAGS && n <= isa.CSR_FCSR
}

// WritesCSR reports whether the CSR instruction u writes: setting or clearing the
// bits of x0, or none, does not.
func (u *Uop) WritesCSR() bool { return u.Op == isa.CSRRW || u.Op == isa.CSRRWI || u.Rs1 != 0 }
