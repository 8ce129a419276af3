package isa

// Insn is one decoded instruction. Fields that the instruction does not use
// are zero, so that a compressed instruction and its base form decode to
// values that differ in Raw only. Blocks are built from it; what interpreters and compilers read are
// their micro-operations (package code).
type Insn struct {
	Op Op
	// Rd, Rs1, Rs2 and Rs3 are register numbers 0..31; the row's Format says
	// of which file. For CSRRWI, CSRRSI and CSRRCI Rs1 is the 5-bit immediate.
	Rd, Rs1, Rs2, Rs3 uint8
	// Off is zero here; whoever arranges instructions in blocks may use it.
	Off uint16
	// Imm depends on the format: the sign-extended immediate (U formats:
	// shifted to bit 12 already); a shift amount; a CSR number; the rounding
	// mode field 0..7 where there is one; fm<<8|pred<<4|succ for FENCE;
	// aq<<1|rl for LR, SC and AMOs; the constant's index for FLI; the number of a
	// may-be-operation, of an AES round, or of a byte for SM4.
	Imm int32
	// Raw is the encoding; of a compressed instruction, its 16 bits.
	Raw uint32
}

// Len returns the instruction's length in bytes, 2 or 4.
func (i Insn) Len() uint64 {
	if i.Raw&3 == 3 {
		return 4
	}
	return 2
}
