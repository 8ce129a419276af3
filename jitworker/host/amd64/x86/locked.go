package x86

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

// Pause tells the processor that code is waiting in a loop.
func (a *Asm) Pause() {
	a.begin()
	a.imm16(0x90f3)
}
