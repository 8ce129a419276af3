package amd64

import (
	"github.com/hartwood-vm/hartwood/jitworker/host/amd64/x86"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/crypt"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// lowering makes native code of a micro-operation.
type lowering func(c *Compiler, u *code.Uop)

// lowerings has the micro-operations with native code; the others are the interpreter's. A
// worker spends a good part of its time finding out what it has before it: the table says it
// with one jump.
var lowerings = allLowerings()

func allLowerings() (t [code.NumOps]lowering) {
	t = integerLowerings
	for _, row := range isa.Rows() {
		switch {
		case isFloat(row.Op):
			t[row.Op] = (*Compiler).float
		case row.Class == isa.ClassCSR:
			t[row.Op] = (*Compiler).floatCSR // others end their block
		}
	}
	for _, forms := range amos {
		for i, op := range forms {
			t[op] = amo(forms[3], 1<<i)
		}
	}
	return t
}

var integerLowerings = [code.NumOps]lowering{
	code.OpConst: (*Compiler).constant, code.OpPCConst: (*Compiler).pcConstant,
	code.OpMove: (*Compiler).move, code.OpZextW: (*Compiler).zextW,

	isa.LB: (*Compiler).load, isa.LH: (*Compiler).load, isa.LW: (*Compiler).load, isa.LD: (*Compiler).load,
	isa.LBU: (*Compiler).load, isa.LHU: (*Compiler).load, isa.LWU: (*Compiler).load,
	isa.SB: (*Compiler).store, isa.SH: (*Compiler).store, isa.SW: (*Compiler).store, isa.SD: (*Compiler).store,
	isa.CBO_ZERO: (*Compiler).zeroBlock,

	isa.ADD: binary(x86.ADD), isa.SUB: binary(x86.SUB), isa.XOR: binary(x86.XOR),
	isa.OR: binary(x86.OR), isa.AND: binary(x86.AND),
	isa.ADDI: (*Compiler).addImm, isa.XORI: binaryImm(x86.XOR), isa.ORI: binaryImm(x86.OR), isa.ANDI: binaryImm(x86.AND),
	isa.ANDN: binaryNot(x86.AND), isa.ORN: binaryNot(x86.OR), isa.XNOR: binaryNot(x86.XOR),
	isa.SH1ADD: shiftAdd(1), isa.SH2ADD: shiftAdd(2), isa.SH3ADD: shiftAdd(3), isa.ADD_UW: shiftAddWord(0),
	isa.SH1ADD_UW: shiftAddWord(1), isa.SH2ADD_UW: shiftAddWord(2), isa.SH3ADD_UW: shiftAddWord(3),

	isa.ADDW: binaryWord(x86.ADD), isa.SUBW: binaryWord(x86.SUB), isa.ADDIW: (*Compiler).addImmWord,
	isa.SEXT_B: signExtend(1), isa.SEXT_H: signExtend(2), isa.ZEXT_H: (*Compiler).zextH,

	isa.SLT: set(x86.L), isa.SLTU: set(x86.B), isa.SLTI: setImm(x86.L), isa.SLTIU: setImm(x86.B),
	isa.MIN: choose(x86.G), isa.MINU: choose(x86.A), isa.MAX: choose(x86.L), isa.MAXU: choose(x86.B),
	isa.CZERO_EQZ: zeroIf(x86.E), isa.CZERO_NEZ: zeroIf(x86.NE),

	isa.SLL: shift(x86.SHL), isa.SRL: shift(x86.SHR), isa.SRA: shift(x86.SAR),
	isa.ROL: shift(x86.ROL), isa.ROR: shift(x86.ROR),
	isa.SLLI: shiftImm(x86.SHL), isa.SRLI: shiftImm(x86.SHR), isa.SRAI: shiftImm(x86.SAR), isa.RORI: shiftImm(x86.ROR),
	isa.SLLW: shiftWord(x86.SHL), isa.SRLW: shiftWord(x86.SHR), isa.SRAW: shiftWord(x86.SAR),
	isa.ROLW: shiftWord(x86.ROL), isa.RORW: shiftWord(x86.ROR),
	isa.SLLIW: shiftImmWord(x86.SHL), isa.SRLIW: shiftImmWord(x86.SHR),
	isa.SRAIW: (*Compiler).sraImmWord, isa.RORIW: shiftImmWord(x86.ROR),
	isa.SLLI_UW: (*Compiler).shiftImmUnsigned,

	isa.MUL: (*Compiler).mul, isa.MULW: (*Compiler).mulWord,
	isa.MULH: mulHigh(x86.IMUL), isa.MULHU: mulHigh(x86.MUL), isa.MULHSU: mulHigh(x86.MUL),
	isa.DIV: divide(x86.IDIV, false, x86.RAX), isa.DIVU: divide(x86.DIV, false, x86.RAX),
	isa.REM: divide(x86.IDIV, false, x86.RDX), isa.REMU: divide(x86.DIV, false, x86.RDX),
	isa.DIVW: divide(x86.IDIV, true, x86.RAX), isa.DIVUW: divide(x86.DIV, true, x86.RAX),
	isa.REMW: divide(x86.IDIV, true, x86.RDX), isa.REMUW: divide(x86.DIV, true, x86.RDX),
	isa.CLMUL: (*Compiler).carryless, isa.CLMULH: (*Compiler).carryless, isa.CLMULR: (*Compiler).carryless,

	isa.PACK: (*Compiler).pack, isa.PACKH: (*Compiler).packBytes, isa.PACKW: (*Compiler).packHalves,
	isa.BREV8: (*Compiler).reverseBits, isa.XPERM4: (*Compiler).permuteNibbles, isa.XPERM8: (*Compiler).permuteBytes,
	isa.AES64ES: aesRound(x86.AESENCLAST), isa.AES64ESM: aesRound(x86.AESENC),
	isa.AES64DS: aesRound(x86.AESDECLAST), isa.AES64DSM: aesRound(x86.AESDEC),
	isa.AES64IM: (*Compiler).aesUnmix, isa.AES64KS1I: (*Compiler).aesSchedule, isa.AES64KS2: (*Compiler).aesChain,
	isa.SHA256SUM0: linear(&crypt.SHA256Sum0), isa.SHA256SUM1: linear(&crypt.SHA256Sum1),
	isa.SHA256SIG0: linear(&crypt.SHA256Sig0), isa.SHA256SIG1: linear(&crypt.SHA256Sig1),
	isa.SHA512SUM0: linear(&crypt.SHA512Sum0), isa.SHA512SUM1: linear(&crypt.SHA512Sum1),
	isa.SHA512SIG0: linear(&crypt.SHA512Sig0), isa.SHA512SIG1: linear(&crypt.SHA512Sig1),
	isa.SM4ED: sm4(2, 10, 18, 24), isa.SM4KS: sm4(13, 23), isa.SM3P0: linear(&crypt.SM3P0), isa.SM3P1: linear(&crypt.SM3P1),

	isa.CLZ: count((*x86.Asm).Lzcnt), isa.CTZ: count((*x86.Asm).Tzcnt), isa.CPOP: count((*x86.Asm).Popcnt),
	isa.CLZW: count((*x86.Asm).Lzcnt32), isa.CTZW: count((*x86.Asm).Tzcnt32), isa.CPOPW: count((*x86.Asm).Popcnt32),
	isa.ORC_B: (*Compiler).orcB, isa.REV8: (*Compiler).rev8,
	isa.BSET: bit(x86.BTS), isa.BCLR: bit(x86.BTR), isa.BINV: bit(x86.BTC), isa.BEXT: (*Compiler).bext,
	isa.BSETI: bitImm(x86.BTS), isa.BCLRI: bitImm(x86.BTR), isa.BINVI: bitImm(x86.BTC), isa.BEXTI: (*Compiler).bextImm,

	isa.BEQ: branch(x86.E), isa.BNE: branch(x86.NE), isa.BLT: branch(x86.L),
	isa.BGE: branch(x86.GE), isa.BLTU: branch(x86.B), isa.BGEU: branch(x86.AE),
	code.OpJump: (*Compiler).jump, isa.JALR: (*Compiler).jalr, code.OpEnd: (*Compiler).exit,
	code.OpCount: func(*Compiler, *code.Uop) {}, // native code counts by samples

	code.OpSystem: (*Compiler).system,

	isa.FENCE:         (*Compiler).fence,
	code.OpPairedLR_W: (*Compiler).loadReserved, code.OpPairedLR_D: (*Compiler).loadReserved,
	code.OpLoneLR_W: (*Compiler).loadReserved, code.OpLoneLR_D: (*Compiler).loadReserved,
	code.OpPairedSC_W: (*Compiler).storeConditional, code.OpPairedSC_D: (*Compiler).storeConditional,
	isa.SC_W: (*Compiler).failedStore, isa.SC_D: (*Compiler).failedStore,
	code.OpWait_W: (*Compiler).wait, code.OpWait_D: (*Compiler).wait,

	isa.AMOCAS_B: compareAndSwap(1), isa.AMOCAS_H: compareAndSwap(2),
	isa.AMOCAS_W: compareAndSwap(4), isa.AMOCAS_D: compareAndSwap(8),
	isa.AMOCAS_Q: (*Compiler).compareAndSwapPair,

	isa.GC_SD: (*Compiler).store, isa.GC_SWAP: amo(isa.AMOSWAP_D, 8), isa.GC_CAS: compareAndSwap(8),
	isa.GC_NEW: (*Compiler).allocate,
}
