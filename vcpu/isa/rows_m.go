package isa

// rowsM is the M extension (unprivileged manual, "M").
var rowsM = []Row{
	{MUL, "mul", 0x02000033, 0xfe00707f, FmtR, ClassMul, ExtM},
	{MULH, "mulh", 0x02001033, 0xfe00707f, FmtR, ClassMul, ExtM},
	{MULHSU, "mulhsu", 0x02002033, 0xfe00707f, FmtR, ClassMul, ExtM},
	{MULHU, "mulhu", 0x02003033, 0xfe00707f, FmtR, ClassMul, ExtM},
	{DIV, "div", 0x02004033, 0xfe00707f, FmtR, ClassDiv, ExtM},
	{DIVU, "divu", 0x02005033, 0xfe00707f, FmtR, ClassDiv, ExtM},
	{REM, "rem", 0x02006033, 0xfe00707f, FmtR, ClassDiv, ExtM},
	{REMU, "remu", 0x02007033, 0xfe00707f, FmtR, ClassDiv, ExtM},
	{MULW, "mulw", 0x0200003b, 0xfe00707f, FmtR, ClassMul, ExtM},
	{DIVW, "divw", 0x0200403b, 0xfe00707f, FmtR, ClassDiv, ExtM},
	{DIVUW, "divuw", 0x0200503b, 0xfe00707f, FmtR, ClassDiv, ExtM},
	{REMW, "remw", 0x0200603b, 0xfe00707f, FmtR, ClassDiv, ExtM},
	{REMUW, "remuw", 0x0200703b, 0xfe00707f, FmtR, ClassDiv, ExtM},
}
