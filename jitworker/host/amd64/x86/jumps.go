package x86

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

// Setcc sets the low byte of r to the condition; the rest of r stays.
func (a *Asm) Setcc(c Cond, r Reg) { a.rr(w32, op2(0x90|byte(c)), 0, r, true) }

// CmovRR32 is cmovcc dst32, src32.
func (a *Asm) CmovRR32(c Cond, dst, src Reg) {
	a.rr(w32, op2(0x40|byte(c)), dst, src, false)
}

// CmovRR is cmovcc dst, src.
func (a *Asm) CmovRR(c Cond, dst, src Reg) { a.rr(w64, op2(0x40|byte(c)), dst, src, false) }

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

// Ret returns.
func (a *Asm) Ret() { a.prefix(0xc3) }
