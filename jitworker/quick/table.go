package quick

import (
	. "github.com/hartwood-vm/hartwood/jitworker/amd64"
	"github.com/hartwood-vm/hartwood/vcpu/crypt"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// lowering makes native code of a micro-operation.
type lowering func(c *Compiler, u *interp.Uop)

// lowerings has the micro-operations with native code; the others are the interpreter's. A
// worker spends a good part of its time finding out what it has before it: the table says it
// with one jump.
var lowerings = allLowerings()

func allLowerings() (t [interp.NumOps]lowering) {
	t = integerLowerings
	for op := isa.FMADD_S; op <= isa.FSD; op++ {
		t[op] = (*Compiler).float
	}
	for op := isa.CSRRW; op <= isa.CSRRCI; op++ {
		t[op] = (*Compiler).floatCSR // others end their block
	}
	for op := isa.AMOSWAP_D; op <= isa.AMOMAXU_D; op++ {
		t[op] = amo(op, 8)
		t[op-isa.AMOSWAP_D+isa.AMOSWAP_W] = amo(op, 4)
		t[op-isa.AMOSWAP_D+isa.AMOSWAP_H] = amo(op, 2)
		t[op-isa.AMOSWAP_D+isa.AMOSWAP_B] = amo(op, 1)
	}
	return t
}

var integerLowerings = [interp.NumOps]lowering{
	interp.OpConst: (*Compiler).constant, interp.OpPCConst: (*Compiler).pcConstant,
	interp.OpMove: (*Compiler).move, interp.OpZextW: (*Compiler).zextW,

	isa.LB: (*Compiler).load, isa.LH: (*Compiler).load, isa.LW: (*Compiler).load, isa.LD: (*Compiler).load,
	isa.LBU: (*Compiler).load, isa.LHU: (*Compiler).load, isa.LWU: (*Compiler).load,
	isa.SB: (*Compiler).store, isa.SH: (*Compiler).store, isa.SW: (*Compiler).store, isa.SD: (*Compiler).store,
	isa.CBO_ZERO: (*Compiler).zeroBlock,

	isa.ADD: binary(ADD), isa.SUB: binary(SUB), isa.XOR: binary(XOR), isa.OR: binary(OR), isa.AND: binary(AND),
	isa.ADDI: (*Compiler).addImm, isa.XORI: binaryImm(XOR), isa.ORI: binaryImm(OR), isa.ANDI: binaryImm(AND),
	isa.ANDN: binaryNot(AND), isa.ORN: binaryNot(OR), isa.XNOR: binaryNot(XOR),
	isa.SH1ADD: shiftAdd(1), isa.SH2ADD: shiftAdd(2), isa.SH3ADD: shiftAdd(3), isa.ADD_UW: shiftAddWord(0),
	isa.SH1ADD_UW: shiftAddWord(1), isa.SH2ADD_UW: shiftAddWord(2), isa.SH3ADD_UW: shiftAddWord(3),

	isa.ADDW: binaryWord(ADD), isa.SUBW: binaryWord(SUB), isa.ADDIW: (*Compiler).addImmWord,
	isa.SEXT_B: signExtend(1), isa.SEXT_H: signExtend(2), isa.ZEXT_H: (*Compiler).zextH,

	isa.SLT: set(L), isa.SLTU: set(B), isa.SLTI: setImm(L), isa.SLTIU: setImm(B),
	isa.MIN: choose(G), isa.MINU: choose(A), isa.MAX: choose(L), isa.MAXU: choose(B),
	isa.CZERO_EQZ: zeroIf(E), isa.CZERO_NEZ: zeroIf(NE),

	isa.SLL: shift(SHL), isa.SRL: shift(SHR), isa.SRA: shift(SAR), isa.ROL: shift(ROL), isa.ROR: shift(ROR),
	isa.SLLI: shiftImm(SHL), isa.SRLI: shiftImm(SHR), isa.SRAI: shiftImm(SAR), isa.RORI: shiftImm(ROR),
	isa.SLLW: shiftWord(SHL), isa.SRLW: shiftWord(SHR), isa.SRAW: shiftWord(SAR), isa.ROLW: shiftWord(ROL), isa.RORW: shiftWord(ROR),
	isa.SLLIW: shiftImmWord(SHL), isa.SRLIW: shiftImmWord(SHR), isa.SRAIW: (*Compiler).sraImmWord, isa.RORIW: shiftImmWord(ROR),
	isa.SLLI_UW: (*Compiler).shiftImmUnsigned,

	isa.MUL: (*Compiler).mul, isa.MULW: (*Compiler).mulWord,
	isa.MULH: mulHigh(IMUL), isa.MULHU: mulHigh(MUL), isa.MULHSU: mulHigh(MUL),
	isa.DIV: divide(IDIV, false, RAX), isa.DIVU: divide(DIV, false, RAX),
	isa.REM: divide(IDIV, false, RDX), isa.REMU: divide(DIV, false, RDX),
	isa.DIVW: divide(IDIV, true, RAX), isa.DIVUW: divide(DIV, true, RAX),
	isa.REMW: divide(IDIV, true, RDX), isa.REMUW: divide(DIV, true, RDX),
	isa.CLMUL: (*Compiler).carryless, isa.CLMULH: (*Compiler).carryless, isa.CLMULR: (*Compiler).carryless,

	isa.PACK: (*Compiler).pack, isa.PACKH: (*Compiler).packBytes, isa.PACKW: (*Compiler).packHalves,
	isa.BREV8: (*Compiler).reverseBits, isa.XPERM4: (*Compiler).permuteNibbles, isa.XPERM8: (*Compiler).permuteBytes,
	isa.AES64ES: aesRound(AESENCLAST), isa.AES64ESM: aesRound(AESENC), isa.AES64DS: aesRound(AESDECLAST), isa.AES64DSM: aesRound(AESDEC),
	isa.AES64IM: (*Compiler).aesUnmix, isa.AES64KS1I: (*Compiler).aesSchedule, isa.AES64KS2: (*Compiler).aesChain,
	isa.SHA256SUM0: linear(&crypt.SHA256Sum0), isa.SHA256SUM1: linear(&crypt.SHA256Sum1),
	isa.SHA256SIG0: linear(&crypt.SHA256Sig0), isa.SHA256SIG1: linear(&crypt.SHA256Sig1),
	isa.SHA512SUM0: linear(&crypt.SHA512Sum0), isa.SHA512SUM1: linear(&crypt.SHA512Sum1),
	isa.SHA512SIG0: linear(&crypt.SHA512Sig0), isa.SHA512SIG1: linear(&crypt.SHA512Sig1),
	isa.SM4ED: sm4(2, 10, 18, 24), isa.SM4KS: sm4(13, 23), isa.SM3P0: linear(&crypt.SM3P0), isa.SM3P1: linear(&crypt.SM3P1),

	isa.CLZ: count((*Asm).Lzcnt), isa.CTZ: count((*Asm).Tzcnt), isa.CPOP: count((*Asm).Popcnt),
	isa.CLZW: count((*Asm).Lzcnt32), isa.CTZW: count((*Asm).Tzcnt32), isa.CPOPW: count((*Asm).Popcnt32),
	isa.ORC_B: (*Compiler).orcB, isa.REV8: (*Compiler).rev8,
	isa.BSET: bit(BTS), isa.BCLR: bit(BTR), isa.BINV: bit(BTC), isa.BEXT: (*Compiler).bext,
	isa.BSETI: bitImm(BTS), isa.BCLRI: bitImm(BTR), isa.BINVI: bitImm(BTC), isa.BEXTI: (*Compiler).bextImm,

	isa.BEQ: branch(E), isa.BNE: branch(NE), isa.BLT: branch(L), isa.BGE: branch(GE), isa.BLTU: branch(B), isa.BGEU: branch(AE),
	interp.OpJump: (*Compiler).jump, isa.JALR: (*Compiler).jalr, interp.OpEnd: (*Compiler).exit,
	interp.OpCount: func(*Compiler, *interp.Uop) {}, // native code counts by samples

	isa.FENCE:         (*Compiler).fence,
	interp.OpPairedLR: (*Compiler).loadReserved, interp.OpLoneLR: (*Compiler).loadReserved,
	interp.OpPairedSC: (*Compiler).storeConditional, isa.SC_W: (*Compiler).failedStore, isa.SC_D: (*Compiler).failedStore,
	interp.OpWait: (*Compiler).wait,

	isa.AMOCAS_B: compareAndSwap(1), isa.AMOCAS_H: compareAndSwap(2), isa.AMOCAS_W: compareAndSwap(4), isa.AMOCAS_D: compareAndSwap(8),
	isa.AMOCAS_Q: (*Compiler).compareAndSwapPair,

	interp.OpBarrier: (*Compiler).barrier, isa.GC_CAS: compareAndSwap(8), isa.GC_NEW: (*Compiler).allocate,
}
