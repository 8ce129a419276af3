package isa

// rowsI is the RV64I base without its system instructions (unprivileged manual,
// "RV32I" and "RV64I").
var rowsI = []Row{
	// Arithmetic with an immediate.
	{LUI, "lui", 0x00000037, 0x0000007f, FmtU, ClassALU, ExtI},
	{AUIPC, "auipc", 0x00000017, 0x0000007f, FmtU, ClassALU, ExtI},
	{ADDI, "addi", 0x00000013, 0x0000707f, FmtI, ClassALU, ExtI},
	{SLTI, "slti", 0x00002013, 0x0000707f, FmtI, ClassALU, ExtI},
	{SLTIU, "sltiu", 0x00003013, 0x0000707f, FmtI, ClassALU, ExtI},
	{XORI, "xori", 0x00004013, 0x0000707f, FmtI, ClassALU, ExtI},
	{ORI, "ori", 0x00006013, 0x0000707f, FmtI, ClassALU, ExtI},
	{ANDI, "andi", 0x00007013, 0x0000707f, FmtI, ClassALU, ExtI},
	{SLLI, "slli", 0x00001013, 0xfc00707f, FmtShift, ClassALU, ExtI},
	{SRLI, "srli", 0x00005013, 0xfc00707f, FmtShift, ClassALU, ExtI},
	{SRAI, "srai", 0x40005013, 0xfc00707f, FmtShift, ClassALU, ExtI},

	// Arithmetic with registers.
	{ADD, "add", 0x00000033, 0xfe00707f, FmtR, ClassALU, ExtI},
	{SUB, "sub", 0x40000033, 0xfe00707f, FmtR, ClassALU, ExtI},
	{SLL, "sll", 0x00001033, 0xfe00707f, FmtR, ClassALU, ExtI},
	{SLT, "slt", 0x00002033, 0xfe00707f, FmtR, ClassALU, ExtI},
	{SLTU, "sltu", 0x00003033, 0xfe00707f, FmtR, ClassALU, ExtI},
	{XOR, "xor", 0x00004033, 0xfe00707f, FmtR, ClassALU, ExtI},
	{SRL, "srl", 0x00005033, 0xfe00707f, FmtR, ClassALU, ExtI},
	{SRA, "sra", 0x40005033, 0xfe00707f, FmtR, ClassALU, ExtI},
	{OR, "or", 0x00006033, 0xfe00707f, FmtR, ClassALU, ExtI},
	{AND, "and", 0x00007033, 0xfe00707f, FmtR, ClassALU, ExtI},

	// 32-bit arithmetic.
	{ADDIW, "addiw", 0x0000001b, 0x0000707f, FmtI, ClassALU, ExtI},
	{SLLIW, "slliw", 0x0000101b, 0xfe00707f, FmtShift, ClassALU, ExtI},
	{SRLIW, "srliw", 0x0000501b, 0xfe00707f, FmtShift, ClassALU, ExtI},
	{SRAIW, "sraiw", 0x4000501b, 0xfe00707f, FmtShift, ClassALU, ExtI},
	{ADDW, "addw", 0x0000003b, 0xfe00707f, FmtR, ClassALU, ExtI},
	{SUBW, "subw", 0x4000003b, 0xfe00707f, FmtR, ClassALU, ExtI},
	{SLLW, "sllw", 0x0000103b, 0xfe00707f, FmtR, ClassALU, ExtI},
	{SRLW, "srlw", 0x0000503b, 0xfe00707f, FmtR, ClassALU, ExtI},
	{SRAW, "sraw", 0x4000503b, 0xfe00707f, FmtR, ClassALU, ExtI},

	// Loads and stores.
	{LB, "lb", 0x00000003, 0x0000707f, FmtLoad, ClassLoad, ExtI},
	{LH, "lh", 0x00001003, 0x0000707f, FmtLoad, ClassLoad, ExtI},
	{LW, "lw", 0x00002003, 0x0000707f, FmtLoad, ClassLoad, ExtI},
	{LD, "ld", 0x00003003, 0x0000707f, FmtLoad, ClassLoad, ExtI},
	{LBU, "lbu", 0x00004003, 0x0000707f, FmtLoad, ClassLoad, ExtI},
	{LHU, "lhu", 0x00005003, 0x0000707f, FmtLoad, ClassLoad, ExtI},
	{LWU, "lwu", 0x00006003, 0x0000707f, FmtLoad, ClassLoad, ExtI},
	{SB, "sb", 0x00000023, 0x0000707f, FmtStore, ClassStore, ExtI},
	{SH, "sh", 0x00001023, 0x0000707f, FmtStore, ClassStore, ExtI},
	{SW, "sw", 0x00002023, 0x0000707f, FmtStore, ClassStore, ExtI},
	{SD, "sd", 0x00003023, 0x0000707f, FmtStore, ClassStore, ExtI},

	// Branches and jumps.
	{BEQ, "beq", 0x00000063, 0x0000707f, FmtBranch, ClassBranch, ExtI},
	{BNE, "bne", 0x00001063, 0x0000707f, FmtBranch, ClassBranch, ExtI},
	{BLT, "blt", 0x00004063, 0x0000707f, FmtBranch, ClassBranch, ExtI},
	{BGE, "bge", 0x00005063, 0x0000707f, FmtBranch, ClassBranch, ExtI},
	{BLTU, "bltu", 0x00006063, 0x0000707f, FmtBranch, ClassBranch, ExtI},
	{BGEU, "bgeu", 0x00007063, 0x0000707f, FmtBranch, ClassBranch, ExtI},
	{JAL, "jal", 0x0000006f, 0x0000007f, FmtJ, ClassJump, ExtI},
	{JALR, "jalr", 0x00000067, 0x0000707f, FmtLoad, ClassJump, ExtI},
}
