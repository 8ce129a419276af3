package isa

// compressedRow describes one 16-bit instruction: the bits that identify it
// and the base instruction it stands for. need names the operand values that
// the manual reserves; they are illegal rather than another instruction,
// since a narrower row that takes them over comes first in the index.
type compressedRow struct {
	name   string
	match  uint16
	mask   uint16
	format compressedFormat
	need   need
	op     Op
	ext    Extension
}

// need is a condition on a compressed instruction's operands.
type need uint8

const (
	needNothing need = iota
	needRd           // the register in bits 11..7 is not x0
	needRs2          // the register in bits 6..2 is not x0
	needImm          // the immediate is not zero
)

// compressedFormat says where a compressed instruction keeps its operands
// and how they become those of the base instruction. "small" registers are
// the three-bit ones, x8..x15 or f8..f15.
type compressedFormat uint8

const (
	cNone     compressedFormat = iota
	cAddi4spn                  // rd' = sp + scaled immediate
	cLoadW                     // rd', 4-byte scaled offset, rs1'
	cLoadD                     // rd', 8-byte scaled offset, rs1'
	cLoadB                     // rd', byte offset 0..3, rs1'
	cLoadH                     // rd', offset 0 or 2, rs1'
	cStoreW                    // rs2', 4-byte scaled offset, rs1'
	cStoreD                    // rs2', 8-byte scaled offset, rs1'
	cStoreB                    // rs2', byte offset 0..3, rs1'
	cStoreH                    // rs2', offset 0 or 2, rs1'
	cLoadSPW                   // rd, 4-byte scaled offset from sp
	cLoadSPD                   // rd, 8-byte scaled offset from sp
	cStoreSPW                  // rs2, 4-byte scaled offset from sp
	cStoreSPD                  // rs2, 8-byte scaled offset from sp
	cImm                       // rd = rd op imm
	cImmZero                   // rd = x0 op imm
	cUpper                     // rd = imm << 12
	cAddi16sp                  // sp = sp + scaled immediate
	cShift                     // rd = rd op shamt
	cShiftS                    // rd' = rd' op shamt
	cAndi                      // rd' = rd' op imm
	cArith                     // rd' = rd' op rs2'
	cUnary                     // rd' = op rd'
	cZextB                     // rd' = rd' & 255
	cNot                       // rd' = rd' ^ -1
	cZextW                     // rd' = zext32(rd') + x0
	cMove                      // rd = x0 + rs2
	cAdd                       // rd = rd + rs2
	cJump                      // j target
	cBranch                    // compare rs1' with x0
	cJumpReg                   // jalr x0, 0(rs1)
	cLinkReg                   // jalr ra, 0(rs1)
)

// compressedRows is RVC, Zcb and Zcmop for RV64 with D (unprivileged manual,
// "C", "Zc*" and "Zcmop"). Hints keep their row: they are the base instruction
// with x0. May-be-operations write nothing: they are ADDI to x0.
var compressedRows = []compressedRow{
	// Quadrant 0.
	{"c.addi4spn", 0x0000, 0xe003, cAddi4spn, needImm, ADDI, ExtC},
	{"c.fld", 0x2000, 0xe003, cLoadD, needNothing, FLD, ExtC},
	{"c.lw", 0x4000, 0xe003, cLoadW, needNothing, LW, ExtC},
	{"c.ld", 0x6000, 0xe003, cLoadD, needNothing, LD, ExtC},
	{"c.lbu", 0x8000, 0xfc03, cLoadB, needNothing, LBU, ExtZcb},
	{"c.lhu", 0x8400, 0xfc43, cLoadH, needNothing, LHU, ExtZcb},
	{"c.lh", 0x8440, 0xfc43, cLoadH, needNothing, LH, ExtZcb},
	{"c.sb", 0x8800, 0xfc03, cStoreB, needNothing, SB, ExtZcb},
	{"c.sh", 0x8c00, 0xfc43, cStoreH, needNothing, SH, ExtZcb},
	{"c.fsd", 0xa000, 0xe003, cStoreD, needNothing, FSD, ExtC},
	{"c.sw", 0xc000, 0xe003, cStoreW, needNothing, SW, ExtC},
	{"c.sd", 0xe000, 0xe003, cStoreD, needNothing, SD, ExtC},

	// Quadrant 1.
	{"c.nop", 0x0001, 0xef83, cImm, needNothing, ADDI, ExtC},
	{"c.addi", 0x0001, 0xe003, cImm, needNothing, ADDI, ExtC},
	{"c.addiw", 0x2001, 0xe003, cImm, needRd, ADDIW, ExtC},
	{"c.li", 0x4001, 0xe003, cImmZero, needNothing, ADDI, ExtC},
	{"c.addi16sp", 0x6101, 0xef83, cAddi16sp, needImm, ADDI, ExtC},
	{"c.mop.1", 0x6081, 0xffff, cNone, needNothing, ADDI, ExtZcmop},
	{"c.mop.3", 0x6181, 0xffff, cNone, needNothing, ADDI, ExtZcmop},
	{"c.mop.5", 0x6281, 0xffff, cNone, needNothing, ADDI, ExtZcmop},
	{"c.mop.7", 0x6381, 0xffff, cNone, needNothing, ADDI, ExtZcmop},
	{"c.mop.9", 0x6481, 0xffff, cNone, needNothing, ADDI, ExtZcmop},
	{"c.mop.11", 0x6581, 0xffff, cNone, needNothing, ADDI, ExtZcmop},
	{"c.mop.13", 0x6681, 0xffff, cNone, needNothing, ADDI, ExtZcmop},
	{"c.mop.15", 0x6781, 0xffff, cNone, needNothing, ADDI, ExtZcmop},
	{"c.lui", 0x6001, 0xe003, cUpper, needImm, LUI, ExtC},
	{"c.srli", 0x8001, 0xec03, cShiftS, needNothing, SRLI, ExtC},
	{"c.srai", 0x8401, 0xec03, cShiftS, needNothing, SRAI, ExtC},
	{"c.andi", 0x8801, 0xec03, cAndi, needNothing, ANDI, ExtC},
	{"c.sub", 0x8c01, 0xfc63, cArith, needNothing, SUB, ExtC},
	{"c.xor", 0x8c21, 0xfc63, cArith, needNothing, XOR, ExtC},
	{"c.or", 0x8c41, 0xfc63, cArith, needNothing, OR, ExtC},
	{"c.and", 0x8c61, 0xfc63, cArith, needNothing, AND, ExtC},
	{"c.subw", 0x9c01, 0xfc63, cArith, needNothing, SUBW, ExtC},
	{"c.addw", 0x9c21, 0xfc63, cArith, needNothing, ADDW, ExtC},
	{"c.mul", 0x9c41, 0xfc63, cArith, needNothing, MUL, ExtZcb},
	{"c.zext.b", 0x9c61, 0xfc7f, cZextB, needNothing, ANDI, ExtZcb},
	{"c.sext.b", 0x9c65, 0xfc7f, cUnary, needNothing, SEXT_B, ExtZcb},
	{"c.zext.h", 0x9c69, 0xfc7f, cUnary, needNothing, ZEXT_H, ExtZcb},
	{"c.sext.h", 0x9c6d, 0xfc7f, cUnary, needNothing, SEXT_H, ExtZcb},
	{"c.zext.w", 0x9c71, 0xfc7f, cZextW, needNothing, ADD_UW, ExtZcb},
	{"c.not", 0x9c75, 0xfc7f, cNot, needNothing, XORI, ExtZcb},
	{"c.j", 0xa001, 0xe003, cJump, needNothing, JAL, ExtC},
	{"c.beqz", 0xc001, 0xe003, cBranch, needNothing, BEQ, ExtC},
	{"c.bnez", 0xe001, 0xe003, cBranch, needNothing, BNE, ExtC},

	// Quadrant 2.
	{"c.slli", 0x0002, 0xe003, cShift, needNothing, SLLI, ExtC},
	{"c.fldsp", 0x2002, 0xe003, cLoadSPD, needNothing, FLD, ExtC},
	{"c.lwsp", 0x4002, 0xe003, cLoadSPW, needRd, LW, ExtC},
	{"c.ldsp", 0x6002, 0xe003, cLoadSPD, needRd, LD, ExtC},
	{"c.jr", 0x8002, 0xf07f, cJumpReg, needRd, JALR, ExtC},
	{"c.mv", 0x8002, 0xf003, cMove, needRs2, ADD, ExtC},
	{"c.ebreak", 0x9002, 0xffff, cNone, needNothing, EBREAK, ExtC},
	{"c.jalr", 0x9002, 0xf07f, cLinkReg, needRd, JALR, ExtC},
	{"c.add", 0x9002, 0xf003, cAdd, needRs2, ADD, ExtC},
	{"c.fsdsp", 0xa002, 0xe003, cStoreSPD, needNothing, FSD, ExtC},
	{"c.swsp", 0xc002, 0xe003, cStoreSPW, needNothing, SW, ExtC},
	{"c.sdsp", 0xe002, 0xe003, cStoreSPD, needNothing, SD, ExtC},
}
