package isa

// rowsSystem is ordering, hints, cache blocks, CSRs and the privileged
// instructions (unprivileged manual, "Zicsr", "Zifencei", "CMO"; privileged
// manual, "Machine-Level ISA", "Smrnmi", "Supervisor-Level ISA", "Svinval").
var rowsSystem = []Row{
	// Ordering. The fields of FENCE and FENCE.I that are reserved must be ignored.
	{FENCE, "fence", 0x0000000f, 0x0000707f, FmtFence, ClassFence, ExtI},
	{PAUSE, "pause", 0x0100000f, 0xffffffff, FmtNone, ClassHint, ExtZihintpause},
	{FENCE_I, "fence.i", 0x0000100f, 0x0000707f, FmtNone, ClassFence, ExtZifencei},

	// Prefetch hints, in the space of ORI to x0.
	{PREFETCH_I, "prefetch.i", 0x00006013, 0x01f07fff, FmtPrefetch, ClassHint, ExtZicbop},
	{PREFETCH_R, "prefetch.r", 0x00106013, 0x01f07fff, FmtPrefetch, ClassHint, ExtZicbop},
	{PREFETCH_W, "prefetch.w", 0x00306013, 0x01f07fff, FmtPrefetch, ClassHint, ExtZicbop},

	// Cache blocks.
	{CBO_CLEAN, "cbo.clean", 0x0010200f, 0xfff07fff, FmtCBO, ClassCache, ExtZicbom},
	{CBO_FLUSH, "cbo.flush", 0x0020200f, 0xfff07fff, FmtCBO, ClassCache, ExtZicbom},
	{CBO_INVAL, "cbo.inval", 0x0000200f, 0xfff07fff, FmtCBO, ClassCache, ExtZicbom},
	{CBO_ZERO, "cbo.zero", 0x0040200f, 0xfff07fff, FmtCBO, ClassCache, ExtZicboz},

	// Control and status registers.
	{CSRRW, "csrrw", 0x00001073, 0x0000707f, FmtCSR, ClassCSR, ExtZicsr},
	{CSRRS, "csrrs", 0x00002073, 0x0000707f, FmtCSR, ClassCSR, ExtZicsr},
	{CSRRC, "csrrc", 0x00003073, 0x0000707f, FmtCSR, ClassCSR, ExtZicsr},
	{CSRRWI, "csrrwi", 0x00005073, 0x0000707f, FmtCSRI, ClassCSR, ExtZicsr},
	{CSRRSI, "csrrsi", 0x00006073, 0x0000707f, FmtCSRI, ClassCSR, ExtZicsr},
	{CSRRCI, "csrrci", 0x00007073, 0x0000707f, FmtCSRI, ClassCSR, ExtZicsr},

	// Environment and privileged.
	{ECALL, "ecall", 0x00000073, 0xffffffff, FmtNone, ClassSystem, ExtI},
	{EBREAK, "ebreak", 0x00100073, 0xffffffff, FmtNone, ClassSystem, ExtI},
	{SRET, "sret", 0x10200073, 0xffffffff, FmtNone, ClassSystem, ExtS},
	{MRET, "mret", 0x30200073, 0xffffffff, FmtNone, ClassSystem, ExtS},
	{MNRET, "mnret", 0x70200073, 0xffffffff, FmtNone, ClassSystem, ExtSmrnmi},
	{WFI, "wfi", 0x10500073, 0xffffffff, FmtNone, ClassSystem, ExtS},
	{WRS_NTO, "wrs.nto", 0x00d00073, 0xffffffff, FmtNone, ClassSystem, ExtZawrs},
	{WRS_STO, "wrs.sto", 0x01d00073, 0xffffffff, FmtNone, ClassSystem, ExtZawrs},
	{SFENCE_VMA, "sfence.vma", 0x12000073, 0xfe007fff, FmtRS, ClassSystem, ExtS},
	{SINVAL_VMA, "sinval.vma", 0x16000073, 0xfe007fff, FmtRS, ClassSystem, ExtSvinval},
	{SFENCE_W_INVAL, "sfence.w.inval", 0x18000073, 0xffffffff, FmtNone, ClassSystem, ExtSvinval},
	{SFENCE_INVAL_IR, "sfence.inval.ir", 0x18100073, 0xffffffff, FmtNone, ClassSystem, ExtSvinval},
}
