package x86

// Shift is a shift or rotation.
type Shift uint8

// The shifts, by their number in the encoding.
const (
	ROL Shift = 0
	ROR Shift = 1
	SHL Shift = 4
	SHR Shift = 5
	SAR Shift = 7
)

// ShiftRI is op dst, imm.
func (a *Asm) ShiftRI(op Shift, dst Reg, imm uint8) {
	a.rr(w64, 0xc1, Reg(op), dst, false)
	a.imm8(imm)
}

// ShiftRI32 is op dst32, imm.
func (a *Asm) ShiftRI32(op Shift, dst Reg, imm uint8) {
	a.rr(w32, 0xc1, Reg(op), dst, false)
	a.imm8(imm)
}

// ShiftCL is op dst, cl.
func (a *Asm) ShiftCL(op Shift, dst Reg) { a.rr(w64, 0xd3, Reg(op), dst, false) }

// ShiftCL32 is op dst32, cl.
func (a *Asm) ShiftCL32(op Shift, dst Reg) { a.rr(w32, 0xd3, Reg(op), dst, false) }

// ShldRRI shifts dst left by imm, and the highest bits of src in.
func (a *Asm) ShldRRI(dst, src Reg, imm uint8) {
	a.rr(w64, op2(0xa4), src, dst, false)
	a.imm8(imm)
}

// Popcnt, Lzcnt and Tzcnt count bits of src; CPUID tells whether the host has them.
func (a *Asm) Popcnt(dst, src Reg) { a.counted(w64, 0xb8, dst, src) }

// Popcnt32 is Popcnt of the low half.
func (a *Asm) Popcnt32(dst, src Reg) { a.counted(w32, 0xb8, dst, src) }

// Lzcnt counts leading zeros.
func (a *Asm) Lzcnt(dst, src Reg) { a.counted(w64, 0xbd, dst, src) }

// Lzcnt32 is Lzcnt of the low half.
func (a *Asm) Lzcnt32(dst, src Reg) { a.counted(w32, 0xbd, dst, src) }

// Tzcnt counts trailing zeros.
func (a *Asm) Tzcnt(dst, src Reg) { a.counted(w64, 0xbc, dst, src) }

// Tzcnt32 is Tzcnt of the low half.
func (a *Asm) Tzcnt32(dst, src Reg) { a.counted(w32, 0xbc, dst, src) }

func (a *Asm) counted(w width, op byte, dst, src Reg) {
	a.prefix(0xf3)
	a.rr(w, op2(op), dst, src, false)
}

// Bit is a bit-test instruction.
type Bit uint8

// The bit-test instructions, by their number in the encoding.
const (
	BT  Bit = 4
	BTS Bit = 5
	BTR Bit = 6
	BTC Bit = 7
)

// BitRR is op r, n: the bit number is taken modulo 64.
func (a *Asm) BitRR(op Bit, r, n Reg) { a.rr(w64, op2(0x83|byte(op)<<3), n, r, false) }

// BitRI is op r, imm.
func (a *Asm) BitRI(op Bit, r Reg, imm uint8) {
	a.rr(w64, op2(0xba), Reg(op), r, false)
	a.imm8(imm)
}
