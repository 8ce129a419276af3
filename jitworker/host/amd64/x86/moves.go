package x86

import "math"

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

// MovMI is mov qword [m], imm, sign-extended.
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
