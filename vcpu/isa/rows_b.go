package isa

// rowsB is bit manipulation, also for cryptography, conditional zero and
// may-be-operations (unprivileged manual, "B", "Zbkb", "Zbkx", "Zicond" and
// "Zimop"). What Zbkb and Zbkc share with B is there.
var rowsB = []Row{
	// Address generation.
	{ADD_UW, "add.uw", 0x0800003b, 0xfe00707f, FmtR, ClassALU, ExtZba},
	{SH1ADD, "sh1add", 0x20002033, 0xfe00707f, FmtR, ClassALU, ExtZba},
	{SH2ADD, "sh2add", 0x20004033, 0xfe00707f, FmtR, ClassALU, ExtZba},
	{SH3ADD, "sh3add", 0x20006033, 0xfe00707f, FmtR, ClassALU, ExtZba},
	{SH1ADD_UW, "sh1add.uw", 0x2000203b, 0xfe00707f, FmtR, ClassALU, ExtZba},
	{SH2ADD_UW, "sh2add.uw", 0x2000403b, 0xfe00707f, FmtR, ClassALU, ExtZba},
	{SH3ADD_UW, "sh3add.uw", 0x2000603b, 0xfe00707f, FmtR, ClassALU, ExtZba},
	{SLLI_UW, "slli.uw", 0x0800101b, 0xfc00707f, FmtShift, ClassALU, ExtZba},

	// Basic bit manipulation.
	{ANDN, "andn", 0x40007033, 0xfe00707f, FmtR, ClassALU, ExtZbb},
	{ORN, "orn", 0x40006033, 0xfe00707f, FmtR, ClassALU, ExtZbb},
	{XNOR, "xnor", 0x40004033, 0xfe00707f, FmtR, ClassALU, ExtZbb},
	{MAX, "max", 0x0a006033, 0xfe00707f, FmtR, ClassALU, ExtZbb},
	{MAXU, "maxu", 0x0a007033, 0xfe00707f, FmtR, ClassALU, ExtZbb},
	{MIN, "min", 0x0a004033, 0xfe00707f, FmtR, ClassALU, ExtZbb},
	{MINU, "minu", 0x0a005033, 0xfe00707f, FmtR, ClassALU, ExtZbb},
	{ROL, "rol", 0x60001033, 0xfe00707f, FmtR, ClassALU, ExtZbb},
	{ROR, "ror", 0x60005033, 0xfe00707f, FmtR, ClassALU, ExtZbb},
	{ROLW, "rolw", 0x6000103b, 0xfe00707f, FmtR, ClassALU, ExtZbb},
	{RORW, "rorw", 0x6000503b, 0xfe00707f, FmtR, ClassALU, ExtZbb},
	{RORI, "rori", 0x60005013, 0xfc00707f, FmtShift, ClassALU, ExtZbb},
	{RORIW, "roriw", 0x6000501b, 0xfe00707f, FmtShift, ClassALU, ExtZbb},
	{CLZ, "clz", 0x60001013, 0xfff0707f, FmtR1, ClassALU, ExtZbb},
	{CTZ, "ctz", 0x60101013, 0xfff0707f, FmtR1, ClassALU, ExtZbb},
	{CPOP, "cpop", 0x60201013, 0xfff0707f, FmtR1, ClassALU, ExtZbb},
	{CLZW, "clzw", 0x6000101b, 0xfff0707f, FmtR1, ClassALU, ExtZbb},
	{CTZW, "ctzw", 0x6010101b, 0xfff0707f, FmtR1, ClassALU, ExtZbb},
	{CPOPW, "cpopw", 0x6020101b, 0xfff0707f, FmtR1, ClassALU, ExtZbb},
	{SEXT_B, "sext.b", 0x60401013, 0xfff0707f, FmtR1, ClassALU, ExtZbb},
	{SEXT_H, "sext.h", 0x60501013, 0xfff0707f, FmtR1, ClassALU, ExtZbb},
	{ZEXT_H, "zext.h", 0x0800403b, 0xfff0707f, FmtR1, ClassALU, ExtZbb},
	{ORC_B, "orc.b", 0x28705013, 0xfff0707f, FmtR1, ClassALU, ExtZbb},
	{REV8, "rev8", 0x6b805013, 0xfff0707f, FmtR1, ClassALU, ExtZbb},

	// Single bits.
	{BCLR, "bclr", 0x48001033, 0xfe00707f, FmtR, ClassALU, ExtZbs},
	{BEXT, "bext", 0x48005033, 0xfe00707f, FmtR, ClassALU, ExtZbs},
	{BINV, "binv", 0x68001033, 0xfe00707f, FmtR, ClassALU, ExtZbs},
	{BSET, "bset", 0x28001033, 0xfe00707f, FmtR, ClassALU, ExtZbs},
	{BCLRI, "bclri", 0x48001013, 0xfc00707f, FmtShift, ClassALU, ExtZbs},
	{BEXTI, "bexti", 0x48005013, 0xfc00707f, FmtShift, ClassALU, ExtZbs},
	{BINVI, "binvi", 0x68001013, 0xfc00707f, FmtShift, ClassALU, ExtZbs},
	{BSETI, "bseti", 0x28001013, 0xfc00707f, FmtShift, ClassALU, ExtZbs},

	// Carry-less multiplication.
	{CLMUL, "clmul", 0x0a001033, 0xfe00707f, FmtR, ClassMul, ExtZbc},
	{CLMULR, "clmulr", 0x0a002033, 0xfe00707f, FmtR, ClassMul, ExtZbc},
	{CLMULH, "clmulh", 0x0a003033, 0xfe00707f, FmtR, ClassMul, ExtZbc},

	// Bit manipulation for cryptography. ZEXT.H is PACKW with x0.
	{PACK, "pack", 0x08004033, 0xfe00707f, FmtR, ClassALU, ExtZbkb},
	{PACKH, "packh", 0x08007033, 0xfe00707f, FmtR, ClassALU, ExtZbkb},
	{PACKW, "packw", 0x0800403b, 0xfe00707f, FmtR, ClassALU, ExtZbkb},
	{BREV8, "brev8", 0x68705013, 0xfff0707f, FmtR1, ClassALU, ExtZbkb},
	{XPERM4, "xperm4", 0x28002033, 0xfe00707f, FmtR, ClassALU, ExtZbkx},
	{XPERM8, "xperm8", 0x28004033, 0xfe00707f, FmtR, ClassALU, ExtZbkx},

	// Conditional zero.
	{CZERO_EQZ, "czero.eqz", 0x0e005033, 0xfe00707f, FmtR, ClassALU, ExtZicond},
	{CZERO_NEZ, "czero.nez", 0x0e007033, 0xfe00707f, FmtR, ClassALU, ExtZicond},

	// May-be-operations, whose numbers are operands.
	{MOP_R, "mop.r", 0x81c04073, 0xb3c0707f, FmtMopR, ClassALU, ExtZimop},
	{MOP_RR, "mop.rr", 0x82004073, 0xb200707f, FmtMopRR, ClassALU, ExtZimop},
}
