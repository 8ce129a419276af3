package x86

// HalfToSingle sets the four singles of dst to the halves in the lower 64 bits of src; CPUID tells whether the host has it
// (F16C). SingleToHalf goes the other way, clears the upper half of dst, and rounds by a mode of RoundXX, of which
// RoundQuiet is none. Both raise what they have to for all four.
func (a *Asm) HalfToSingle(dst, src Xmm) {
	const map0F38 = 2
	a.rr(wholly, halfOpcode(map0F38, 0x13, dst, src), Reg(dst), Reg(src), false)
}

// SingleToHalf is the inverse of HalfToSingle.
func (a *Asm) SingleToHalf(dst, src Xmm, mode uint8) {
	const map0F3A = 3
	a.rr(wholly, halfOpcode(map0F3A, 0x1d, src, dst), Reg(src), Reg(dst), false)
	a.imm8(mode)
}

// halfOpcode is an opcode with the VEX prefix of a 128-bit instruction with prefix 66 and two operands.
func halfOpcode(space, op byte, reg, rm Xmm) opcode {
	const third = 15<<3 | 1
	second := (byte(reg>>3)<<2|byte(rm>>3))<<5 ^ 7<<5 | space // inverted
	return 0xc4 | opcode(second)<<8 | opcode(third)<<16 | opcode(op)<<24
}
