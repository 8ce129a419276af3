package isa

// rowsA is the A extension (unprivileged manual, "A"). Bits 26 and 25, aq and
// rl, are operands.
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
}
