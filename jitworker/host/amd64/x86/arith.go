package x86

import "math"

// Alu is an arithmetic instruction with two operands.
type Alu uint8

// The arithmetic instructions, by their number in the encoding.
const (
	ADD Alu = 0
	OR  Alu = 1
	ADC Alu = 2
	SBB Alu = 3
	AND Alu = 4
	SUB Alu = 5
	XOR Alu = 6
	CMP Alu = 7
)

// AluRR is op dst, src.
func (a *Asm) AluRR(op Alu, dst, src Reg) { a.rr(w64, opcode(op)<<3|3, dst, src, false) }

// AluRR32 is op dst32, src32.
func (a *Asm) AluRR32(op Alu, dst, src Reg) { a.rr(w32, opcode(op)<<3|3, dst, src, false) }

// AluRM is op dst, [m].
func (a *Asm) AluRM(op Alu, dst Reg, m Mem) { a.rm(w64, opcode(op)<<3|3, dst, m) }

// AluRM32 is op dst32, [m].
func (a *Asm) AluRM32(op Alu, dst Reg, m Mem) { a.rm(w32, opcode(op)<<3|3, dst, m) }

// AluMR is op [m], src.
func (a *Asm) AluMR(op Alu, m Mem, src Reg) { a.rm(w64, opcode(op)<<3|1, src, m) }

// AluRI is op dst, imm.
func (a *Asm) AluRI(op Alu, dst Reg, imm int32) { a.aluRI(w64, op, dst, imm) }

// AluRI32 is op dst32, imm.
func (a *Asm) AluRI32(op Alu, dst Reg, imm int32) { a.aluRI(w32, op, dst, imm) }

func (a *Asm) aluRI(w width, op Alu, dst Reg, imm int32) {
	if imm >= math.MinInt8 && imm <= math.MaxInt8 {
		a.rr(w, 0x83, Reg(op), dst, false)
		a.imm8(byte(imm))
		return
	}
	a.rr(w, 0x81, Reg(op), dst, false)
	a.imm32(imm)
}

// AluMI is op qword [m], imm.
func (a *Asm) AluMI(op Alu, m Mem, imm int32) {
	if imm >= math.MinInt8 && imm <= math.MaxInt8 {
		a.rm(w64, 0x83, Reg(op), m)
		a.imm8(byte(imm))
		return
	}
	a.rm(w64, 0x81, Reg(op), m)
	a.imm32(imm)
}

// TestRR is test x, y.
func (a *Asm) TestRR(x, y Reg) { a.rr(w64, 0x85, y, x, false) }

// TestRI32 sets the flags of the lower half of r & imm.
func (a *Asm) TestRI32(r Reg, imm int32) {
	a.rr(w32, 0xf7, 0, r, false)
	a.imm32(imm)
}

// TestAL is test al, imm.
func (a *Asm) TestAL(imm uint8) {
	a.begin()
	a.imm16(0xa8 | uint16(imm)<<8)
}

// ImulRR is imul dst, src.
func (a *Asm) ImulRR(dst, src Reg) { a.rr(w64, op2(0xaf), dst, src, false) }

// ImulRRI is imul dst, src, imm.
func (a *Asm) ImulRRI(dst, src Reg, imm int32) {
	a.rr(w64, 0x69, dst, src, false)
	a.imm32(imm)
}

// ImulRM is imul dst, [m].
func (a *Asm) ImulRM(dst Reg, m Mem) { a.rm(w64, op2(0xaf), dst, m) }

// Unary is a one-operand instruction of group 3.
type Unary uint8

// The one-operand instructions, by their number in the encoding. MUL, IMUL, DIV
// and IDIV work on RDX:RAX.
const (
	NOT  Unary = 2
	NEG  Unary = 3
	MUL  Unary = 4
	IMUL Unary = 5
	DIV  Unary = 6
	IDIV Unary = 7
)

// UnaryR is op r.
func (a *Asm) UnaryR(op Unary, r Reg) { a.rr(w64, 0xf7, Reg(op), r, false) }

// UnaryR32 is op r32.
func (a *Asm) UnaryR32(op Unary, r Reg) { a.rr(w32, 0xf7, Reg(op), r, false) }

// Cqo sign-extends RAX into RDX:RAX.
func (a *Asm) Cqo() {
	a.begin()
	a.imm16(0x9948)
}

// Cdq sign-extends EAX into EDX:EAX.
func (a *Asm) Cdq() { a.prefix(0x99) }
