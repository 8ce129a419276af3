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

// Cond is a condition.
type Cond uint8

// The conditions, by their number in the encoding.
const (
	O  Cond = 0 // signed overflow
	B  Cond = 2 // unsigned <
	AE Cond = 3
	E  Cond = 4
	NE Cond = 5
	BE Cond = 6
	A  Cond = 7
	S  Cond = 8  // negative
	P  Cond = 10 // parity: unordered
	NP Cond = 11
	L  Cond = 12 // signed <
	GE Cond = 13
	LE Cond = 14
	G  Cond = 15
)

// Not is the opposite condition.
func (c Cond) Not() Cond { return c ^ 1 }

// MovRR is mov dst, src.
func (a *Asm) MovRR(dst, src Reg) {
	if dst != src {
		a.rr(w64, 0x8b, dst, src, false)
	}
}

// MovRR32 is mov dst32, src32, which clears the upper half.
func (a *Asm) MovRR32(dst, src Reg) { a.rr(w32, 0x8b, dst, src, false) }

// MovRM is mov dst, [m].
func (a *Asm) MovRM(dst Reg, m Mem) { a.rm(w64, 0x8b, dst, m) }

// MovRM32 is mov dst32, [m].
func (a *Asm) MovRM32(dst Reg, m Mem) { a.rm(w32, 0x8b, dst, m) }

// MovMR is mov [m], src.
func (a *Asm) MovMR(m Mem, src Reg) { a.rm(w64, 0x89, src, m) }

// MovMR32 is mov [m], src32.
func (a *Asm) MovMR32(m Mem, src Reg) { a.rm(w32, 0x89, src, m) }

// MovMR16 is mov [m], src16.
func (a *Asm) MovMR16(m Mem, src Reg) {
	a.prefix(0x66)
	a.rm(w32, 0x89, src, m)
}

// MovMR8 is mov [m], src8.
func (a *Asm) MovMR8(m Mem, src Reg) { a.rm(w8, 0x88, src, m) }

// MovMI32 is mov qword [m], imm, sign-extended.
func (a *Asm) MovMI(m Mem, imm int32) {
	a.rm(w64, 0xc7, 0, m)
	a.imm32(imm)
}

// MovMI32 is mov dword [m], imm.
func (a *Asm) MovMI32(m Mem, imm int32) {
	a.rm(w32, 0xc7, 0, m)
	a.imm32(imm)
}

// MovRI sets dst to v in the shortest way; flags may change if v is 0.
func (a *Asm) MovRI(dst Reg, v int64) {
	switch {
	case v == 0:
		a.rr(w32, 0x33, dst, dst, false)
	case v > 0 && v <= math.MaxUint32:
		a.rex(w32, 0, dst)
		a.imm8(0xb8 | byte(dst&7))
		a.imm32(int32(uint32(v)))
	case v >= math.MinInt32 && v < 0:
		a.rr(w64, 0xc7, 0, dst, false)
		a.imm32(int32(v))
	default:
		a.rex(w64, 0, dst)
		a.imm8(0xb8 | byte(dst&7))
		a.imm32(int32(v))
		a.imm32(int32(v >> 32))
	}
}

// MovsxRM loads size bytes sign-extended; MovzxRM zero-extended.
func (a *Asm) MovsxRM(dst Reg, m Mem, size int) {
	switch size {
	case 1:
		a.rm(w64, op2(0xbe), dst, m)
	case 2:
		a.rm(w64, op2(0xbf), dst, m)
	case 4:
		a.rm(w64, 0x63, dst, m)
	default:
		a.MovRM(dst, m)
	}
}

// MovzxRM loads size bytes zero-extended.
func (a *Asm) MovzxRM(dst Reg, m Mem, size int) {
	switch size {
	case 1:
		a.rm(w32, op2(0xb6), dst, m)
	case 2:
		a.rm(w32, op2(0xb7), dst, m)
	case 4:
		a.MovRM32(dst, m)
	default:
		a.MovRM(dst, m)
	}
}

// MovsxRR sign-extends the low size bytes of src.
func (a *Asm) MovsxRR(dst, src Reg, size int) {
	switch size {
	case 1:
		a.rr(w64, op2(0xbe), dst, src, true)
	case 2:
		a.rr(w64, op2(0xbf), dst, src, false)
	default:
		a.rr(w64, 0x63, dst, src, false)
	}
}

// MovzxRR zero-extends the low size bytes of src.
func (a *Asm) MovzxRR(dst, src Reg, size int) {
	switch size {
	case 1:
		a.rr(w32, op2(0xb6), dst, src, true)
	case 2:
		a.rr(w32, op2(0xb7), dst, src, false)
	default:
		a.MovRR32(dst, src)
	}
}

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

// Lea is lea dst, [m].
func (a *Asm) Lea(dst Reg, m Mem) { a.rm(w64, 0x8d, dst, m) }

// LeaLabel sets dst to the address of l.
func (a *Asm) LeaLabel(dst Reg, l Label) {
	a.rex(w64, dst, 0)
	a.imm16(0x8d | uint16(dst&7)<<11 | 5<<8)
	a.rel32(l)
}

// LeaPatchable is LeaLabel as JmpPatchable is Jmp.
func (a *Asm) LeaPatchable(dst Reg, l Label) (field int) {
	a.alignField(3)
	a.LeaLabel(dst, l)
	return a.n - 4
}

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

// Setcc sets the low byte of r to the condition; the rest of r stays.
func (a *Asm) Setcc(c Cond, r Reg) { a.rr(w32, op2(0x90|byte(c)), 0, r, true) }

// CmovRR32 is cmovcc dst32, src32.
func (a *Asm) CmovRR32(c Cond, dst, src Reg) {
	a.rr(w32, op2(0x40|byte(c)), dst, src, false)
}

// CmovRR is cmovcc dst, src.
func (a *Asm) CmovRR(c Cond, dst, src Reg) { a.rr(w64, op2(0x40|byte(c)), dst, src, false) }

// Bswap reverses the bytes of r.
func (a *Asm) Bswap(r Reg) {
	a.rex(w64, 0, r)
	a.imm16(0xc80f | uint16(r&7)<<8)
}

// Bswap32 reverses the bytes of the lower half of r, and clears the upper one.
func (a *Asm) Bswap32(r Reg) {
	a.rex(w32, 0, r)
	a.imm16(0xc80f | uint16(r&7)<<8)
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

// Xchg is xchg [m], r, which is locked; size is 1, 2, 4 or 8.
func (a *Asm) Xchg(m Mem, r Reg, size int) { a.sizedRM(0x87, r, m, size) }

// LockXadd is lock xadd [m], r.
func (a *Asm) LockXadd(m Mem, r Reg, size int) {
	a.prefix(0xf0)
	a.sizedRM(op2(0xc1), r, m, size)
}

// LockCmpxchg is lock cmpxchg [m], r: if [m] is RAX it becomes r and ZF is set,
// otherwise RAX becomes [m], as far as the operands go.
func (a *Asm) LockCmpxchg(m Mem, r Reg, size int) {
	a.prefix(0xf0)
	a.sizedRM(op2(0xb1), r, m, size)
}

// LockCmpxchg16 is lock cmpxchg16b [m]: if [m] is RDX:RAX it becomes RCX:RBX and ZF is
// set, otherwise RDX:RAX becomes [m]. CPUID tells whether the host has it.
func (a *Asm) LockCmpxchg16(m Mem) {
	a.prefix(0xf0)
	a.rm(w64, op2(0xc7), 1, m)
}

// sizedRM encodes an instruction whose opcode is one less for bytes.
func (a *Asm) sizedRM(op opcode, r Reg, m Mem, size int) {
	switch size {
	case 1:
		low := opcode(1)
		if op > 0xff {
			low = 1 << 8
		}
		a.rm(w8, op-low, r, m)
	case 2:
		a.prefix(0x66)
		a.rm(w32, op, r, m)
	default:
		a.rm(sized(size), op, r, m)
	}
}

// LockAddMI is lock add qword [m], imm8, the cheapest full barrier.
func (a *Asm) LockAddMI(m Mem, imm int8) {
	a.prefix(0xf0)
	a.AluMI(ADD, m, int32(imm))
}

func sized(size int) width {
	if size == 8 {
		return w64
	}
	return w32
}

// Jcc jumps to l if c holds.
func (a *Asm) Jcc(c Cond, l Label) {
	a.begin()
	a.imm16(0x800f | uint16(c)<<8)
	a.rel32(l)
}

// Jmp jumps to l.
func (a *Asm) Jmp(l Label) {
	a.prefix(0xe9)
	a.rel32(l)
}

// JmpPatchable is Jmp with its rel32 field on a multiple of 4, and returns the
// field's offset: code that runs can be made to jump elsewhere by one store.
func (a *Asm) JmpPatchable(l Label) (field int) {
	a.alignField(1)
	a.Jmp(l)
	return a.n - 4
}

// alignField has the rel32 field of the instruction that follows, which has opcode bytes
// in front of it, lie on a multiple of 4.
func (a *Asm) alignField(opcode int) {
	a.begin()
	for (a.n+opcode)%4 != 0 {
		a.imm8(0x90)
	}
}

// Call calls l.
func (a *Asm) Call(l Label) {
	a.prefix(0xe8)
	a.rel32(l)
}

// CallPatchable is Call as JmpPatchable is Jmp.
func (a *Asm) CallPatchable(l Label) (field int) {
	a.alignField(1)
	a.Call(l)
	return a.n - 4
}

// CallAnywhere calls code that is not known yet, and returns the offset of the rel32 field.
func (a *Asm) CallAnywhere() (field int) {
	a.prefix(0xe8)
	a.imm32(0)
	return a.n - 4
}

// JmpAnywhere is CallAnywhere for a jump.
func (a *Asm) JmpAnywhere() (field int) {
	a.prefix(0xe9)
	a.imm32(0)
	return a.n - 4
}

// JccAnywhere is CallAnywhere for a conditional jump.
func (a *Asm) JccAnywhere(c Cond) (field int) {
	a.begin()
	a.imm16(0x800f | uint16(c)<<8)
	a.imm32(0)
	return a.n - 4
}

// CallM calls the address in [m].
func (a *Asm) CallM(m Mem) { a.rm(w32, 0xff, 2, m) }

// Push pushes r.
func (a *Asm) Push(r Reg) {
	a.rex(w32, 0, r)
	a.imm8(0x50 | byte(r&7))
}

// PushM pushes [m].
func (a *Asm) PushM(m Mem) { a.rm(w32, 0xff, 6, m) }

// Pop pops r.
func (a *Asm) Pop(r Reg) {
	a.rex(w32, 0, r)
	a.imm8(0x58 | byte(r&7))
}

// JmpM jumps to the address in [m].
func (a *Asm) JmpM(m Mem) { a.rm(w32, 0xff, 4, m) }

// JmpR jumps to the address in r.
func (a *Asm) JmpR(r Reg) { a.rr(w32, 0xff, 4, r, false) }

// Pause tells the processor that code is waiting in a loop.
func (a *Asm) Pause() {
	a.begin()
	a.imm16(0x90f3)
}

// Ret returns.
func (a *Asm) Ret() { a.prefix(0xc3) }
