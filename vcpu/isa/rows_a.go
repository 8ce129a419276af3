package isa

// rowsA is the A extension, Zabha and Zacas (unprivileged manual, "A", "Zabha"
// and "Zacas"). Bits 26 and 25, aq and rl, are operands.
var rowsA = []Row{
	// Words.
	{LR_W, "lr.w", 0x1000202f, 0xf9f0707f, FmtLR, ClassAtomic, ExtA},
	{SC_W, "sc.w", 0x1800202f, 0xf800707f, FmtAMO, ClassAtomic, ExtA},
	{AMOSWAP_W, "amoswap.w", 0x0800202f, 0xf800707f, FmtAMO, ClassAtomic, ExtA},
	{AMOADD_W, "amoadd.w", 0x0000202f, 0xf800707f, FmtAMO, ClassAtomic, ExtA},
	{AMOXOR_W, "amoxor.w", 0x2000202f, 0xf800707f, FmtAMO, ClassAtomic, ExtA},
	{AMOAND_W, "amoand.w", 0x6000202f, 0xf800707f, FmtAMO, ClassAtomic, ExtA},
	{AMOOR_W, "amoor.w", 0x4000202f, 0xf800707f, FmtAMO, ClassAtomic, ExtA},
	{AMOMIN_W, "amomin.w", 0x8000202f, 0xf800707f, FmtAMO, ClassAtomic, ExtA},
	{AMOMAX_W, "amomax.w", 0xa000202f, 0xf800707f, FmtAMO, ClassAtomic, ExtA},
	{AMOMINU_W, "amominu.w", 0xc000202f, 0xf800707f, FmtAMO, ClassAtomic, ExtA},
	{AMOMAXU_W, "amomaxu.w", 0xe000202f, 0xf800707f, FmtAMO, ClassAtomic, ExtA},

	// Doublewords.
	{LR_D, "lr.d", 0x1000302f, 0xf9f0707f, FmtLR, ClassAtomic, ExtA},
	{SC_D, "sc.d", 0x1800302f, 0xf800707f, FmtAMO, ClassAtomic, ExtA},
	{AMOSWAP_D, "amoswap.d", 0x0800302f, 0xf800707f, FmtAMO, ClassAtomic, ExtA},
	{AMOADD_D, "amoadd.d", 0x0000302f, 0xf800707f, FmtAMO, ClassAtomic, ExtA},
	{AMOXOR_D, "amoxor.d", 0x2000302f, 0xf800707f, FmtAMO, ClassAtomic, ExtA},
	{AMOAND_D, "amoand.d", 0x6000302f, 0xf800707f, FmtAMO, ClassAtomic, ExtA},
	{AMOOR_D, "amoor.d", 0x4000302f, 0xf800707f, FmtAMO, ClassAtomic, ExtA},
	{AMOMIN_D, "amomin.d", 0x8000302f, 0xf800707f, FmtAMO, ClassAtomic, ExtA},
	{AMOMAX_D, "amomax.d", 0xa000302f, 0xf800707f, FmtAMO, ClassAtomic, ExtA},
	{AMOMINU_D, "amominu.d", 0xc000302f, 0xf800707f, FmtAMO, ClassAtomic, ExtA},
	{AMOMAXU_D, "amomaxu.d", 0xe000302f, 0xf800707f, FmtAMO, ClassAtomic, ExtA},

	// Bytes.
	{AMOSWAP_B, "amoswap.b", 0x0800002f, 0xf800707f, FmtAMO, ClassAtomic, ExtZabha},
	{AMOADD_B, "amoadd.b", 0x0000002f, 0xf800707f, FmtAMO, ClassAtomic, ExtZabha},
	{AMOXOR_B, "amoxor.b", 0x2000002f, 0xf800707f, FmtAMO, ClassAtomic, ExtZabha},
	{AMOAND_B, "amoand.b", 0x6000002f, 0xf800707f, FmtAMO, ClassAtomic, ExtZabha},
	{AMOOR_B, "amoor.b", 0x4000002f, 0xf800707f, FmtAMO, ClassAtomic, ExtZabha},
	{AMOMIN_B, "amomin.b", 0x8000002f, 0xf800707f, FmtAMO, ClassAtomic, ExtZabha},
	{AMOMAX_B, "amomax.b", 0xa000002f, 0xf800707f, FmtAMO, ClassAtomic, ExtZabha},
	{AMOMINU_B, "amominu.b", 0xc000002f, 0xf800707f, FmtAMO, ClassAtomic, ExtZabha},
	{AMOMAXU_B, "amomaxu.b", 0xe000002f, 0xf800707f, FmtAMO, ClassAtomic, ExtZabha},

	// Halfwords.
	{AMOSWAP_H, "amoswap.h", 0x0800102f, 0xf800707f, FmtAMO, ClassAtomic, ExtZabha},
	{AMOADD_H, "amoadd.h", 0x0000102f, 0xf800707f, FmtAMO, ClassAtomic, ExtZabha},
	{AMOXOR_H, "amoxor.h", 0x2000102f, 0xf800707f, FmtAMO, ClassAtomic, ExtZabha},
	{AMOAND_H, "amoand.h", 0x6000102f, 0xf800707f, FmtAMO, ClassAtomic, ExtZabha},
	{AMOOR_H, "amoor.h", 0x4000102f, 0xf800707f, FmtAMO, ClassAtomic, ExtZabha},
	{AMOMIN_H, "amomin.h", 0x8000102f, 0xf800707f, FmtAMO, ClassAtomic, ExtZabha},
	{AMOMAX_H, "amomax.h", 0xa000102f, 0xf800707f, FmtAMO, ClassAtomic, ExtZabha},
	{AMOMINU_H, "amominu.h", 0xc000102f, 0xf800707f, FmtAMO, ClassAtomic, ExtZabha},
	{AMOMAXU_H, "amomaxu.h", 0xe000102f, 0xf800707f, FmtAMO, ClassAtomic, ExtZabha},

	// Compare and swap; rd is an operand too. Pairs of registers begin with an even one.
	{AMOCAS_B, "amocas.b", 0x2800002f, 0xf800707f, FmtAMO, ClassAtomic, ExtZabha},
	{AMOCAS_H, "amocas.h", 0x2800102f, 0xf800707f, FmtAMO, ClassAtomic, ExtZabha},
	{AMOCAS_W, "amocas.w", 0x2800202f, 0xf800707f, FmtAMO, ClassAtomic, ExtZacas},
	{AMOCAS_D, "amocas.d", 0x2800302f, 0xf800707f, FmtAMO, ClassAtomic, ExtZacas},
	{AMOCAS_Q, "amocas.q", 0x2800402f, 0xf81070ff, FmtAMO, ClassAtomic, ExtZacas},
}
