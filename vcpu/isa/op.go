package isa

// Op identifies an implemented instruction. The constants are dense and
// grouped by kind, and what the interpreter's hot loop executes stands at the
// end, from the floating-point loads on: its switch compiles to a jump table
// only if it has a case for every fourth value that it spans, and neighbours
// share cache lines in tables indexed by Op. Each is the mnemonic in upper case
// with '.' written as '_'.
type Op uint16

// The instructions. Compressed forms have no constant: they decode to the
// base instruction that they abbreviate.
const (
	// Not an implemented instruction; the zero value, so that a zeroed Insn traps.
	ILLEGAL Op = iota

	// Managed heap.
	GC_ATTACH
	GC_DETACH
	GC_WAIT
	GC_NEW
	GC_LD
	GC_SD
	GC_SWAP
	GC_CAS

	// Environment and privileged: base, Smrnmi, Zawrs, Svinval.
	ECALL
	EBREAK
	SRET
	MRET
	MNRET
	WFI
	WRS_NTO
	WRS_STO
	SFENCE_VMA
	SINVAL_VMA
	SFENCE_W_INVAL
	SFENCE_INVAL_IR

	// Zicsr.
	CSRRW
	CSRRS
	CSRRC
	CSRRWI
	CSRRSI
	CSRRCI

	// Cache-block operations: Zicbom, Zicboz.
	CBO_CLEAN
	CBO_FLUSH
	CBO_INVAL
	CBO_ZERO

	// A: words.
	LR_W
	SC_W
	AMOSWAP_W
	AMOADD_W
	AMOXOR_W
	AMOAND_W
	AMOOR_W
	AMOMIN_W
	AMOMAX_W
	AMOMINU_W
	AMOMAXU_W

	// A: doublewords.
	LR_D
	SC_D
	AMOSWAP_D
	AMOADD_D
	AMOXOR_D
	AMOAND_D
	AMOOR_D
	AMOMIN_D
	AMOMAX_D
	AMOMINU_D
	AMOMAXU_D

	// Zabha: bytes.
	AMOSWAP_B
	AMOADD_B
	AMOXOR_B
	AMOAND_B
	AMOOR_B
	AMOMIN_B
	AMOMAX_B
	AMOMINU_B
	AMOMAXU_B

	// Zabha: halfwords.
	AMOSWAP_H
	AMOADD_H
	AMOXOR_H
	AMOAND_H
	AMOOR_H
	AMOMIN_H
	AMOMAX_H
	AMOMINU_H
	AMOMAXU_H

	// Zacas, with Zabha's.
	AMOCAS_B
	AMOCAS_H
	AMOCAS_W
	AMOCAS_D
	AMOCAS_Q

	// Zbc.
	CLMUL
	CLMULH
	CLMULR

	// Zbkb.
	PACK
	PACKH
	PACKW
	BREV8

	// Zbkx.
	XPERM4
	XPERM8

	// Zknd, Zkne.
	AES64DS
	AES64DSM
	AES64ES
	AES64ESM
	AES64IM
	AES64KS1I
	AES64KS2

	// Zknh.
	SHA256SUM0
	SHA256SUM1
	SHA256SIG0
	SHA256SIG1
	SHA512SUM0
	SHA512SUM1
	SHA512SIG0
	SHA512SIG1

	// Zksed, Zksh.
	SM4ED
	SM4KS
	SM3P0
	SM3P1

	// Zicond.
	CZERO_EQZ
	CZERO_NEZ

	// Zimop.
	MOP_R
	MOP_RR

	// F.
	FMADD_S
	FMSUB_S
	FNMSUB_S
	FNMADD_S
	FADD_S
	FSUB_S
	FMUL_S
	FDIV_S
	FSQRT_S
	FSGNJ_S
	FSGNJN_S
	FSGNJX_S
	FMIN_S
	FMAX_S
	FEQ_S
	FLT_S
	FLE_S
	FCLASS_S
	FCVT_W_S
	FCVT_WU_S
	FCVT_L_S
	FCVT_LU_S
	FCVT_S_W
	FCVT_S_WU
	FCVT_S_L
	FCVT_S_LU
	FMV_X_W
	FMV_W_X

	// D.
	FMADD_D
	FMSUB_D
	FNMSUB_D
	FNMADD_D
	FADD_D
	FSUB_D
	FMUL_D
	FDIV_D
	FSQRT_D
	FSGNJ_D
	FSGNJN_D
	FSGNJX_D
	FMIN_D
	FMAX_D
	FEQ_D
	FLT_D
	FLE_D
	FCLASS_D
	FCVT_W_D
	FCVT_WU_D
	FCVT_L_D
	FCVT_LU_D
	FCVT_D_W
	FCVT_D_WU
	FCVT_D_L
	FCVT_D_LU
	FCVT_S_D
	FCVT_D_S
	FMV_X_D
	FMV_D_X

	// Zfhmin.
	FMV_X_H
	FMV_H_X
	FCVT_S_H
	FCVT_H_S
	FCVT_D_H
	FCVT_H_D

	// Zfh.
	FMADD_H
	FMSUB_H
	FNMSUB_H
	FNMADD_H
	FADD_H
	FSUB_H
	FMUL_H
	FDIV_H
	FSQRT_H
	FSGNJ_H
	FSGNJN_H
	FSGNJX_H
	FMIN_H
	FMAX_H
	FEQ_H
	FLT_H
	FLE_H
	FCLASS_H
	FCVT_W_H
	FCVT_WU_H
	FCVT_L_H
	FCVT_LU_H
	FCVT_H_W
	FCVT_H_WU
	FCVT_H_L
	FCVT_H_LU

	// Zfa.
	FLI_S
	FMINM_S
	FMAXM_S
	FROUND_S
	FROUNDNX_S
	FLEQ_S
	FLTQ_S
	FLI_D
	FMINM_D
	FMAXM_D
	FROUND_D
	FROUNDNX_D
	FLEQ_D
	FLTQ_D
	FLI_H
	FMINM_H
	FMAXM_H
	FROUND_H
	FROUNDNX_H
	FLEQ_H
	FLTQ_H
	FCVTMOD_W_D

	// F, D, Zfhmin: loads and stores.
	FLH
	FLW
	FLD
	FSH
	FSW
	FSD

	// RV64I: arithmetic with an immediate.
	LUI
	AUIPC
	ADDI
	SLTI
	SLTIU
	XORI
	ORI
	ANDI
	SLLI
	SRLI
	SRAI

	// RV64I: arithmetic with registers.
	ADD
	SUB
	SLL
	SLT
	SLTU
	XOR
	SRL
	SRA
	OR
	AND

	// RV64I: 32-bit arithmetic.
	ADDIW
	SLLIW
	SRLIW
	SRAIW
	ADDW
	SUBW
	SLLW
	SRLW
	SRAW

	// RV64I: loads.
	LB
	LH
	LW
	LD
	LBU
	LHU
	LWU

	// RV64I: stores.
	SB
	SH
	SW
	SD

	// RV64I: branches.
	BEQ
	BNE
	BLT
	BGE
	BLTU
	BGEU

	// RV64I: jumps.
	JAL
	JALR

	// M.
	MUL
	MULH
	MULHSU
	MULHU
	DIV
	DIVU
	REM
	REMU
	MULW
	DIVW
	DIVUW
	REMW
	REMUW

	// Zba.
	ADD_UW
	SH1ADD
	SH2ADD
	SH3ADD
	SH1ADD_UW
	SH2ADD_UW
	SH3ADD_UW
	SLLI_UW

	// Zbb.
	ANDN
	ORN
	XNOR
	CLZ
	CTZ
	CPOP
	CLZW
	CTZW
	CPOPW
	MAX
	MAXU
	MIN
	MINU
	SEXT_B
	SEXT_H
	ZEXT_H
	ROL
	ROR
	RORI
	ROLW
	RORW
	RORIW
	ORC_B
	REV8

	// Zbs.
	BCLR
	BEXT
	BINV
	BSET
	BCLRI
	BEXTI
	BINVI
	BSETI

	// Ordering and hints.
	FENCE
	PAUSE
	FENCE_I
	PREFETCH_I
	PREFETCH_R
	PREFETCH_W

	// NumOps is the number of constants above, for tables indexed by Op.
	NumOps
)

// String returns the mnemonic, such as "fadd.d", or "illegal".
func (o Op) String() string { return o.Row().Name }

// Row returns the table row of o; ILLEGAL and values out of range have a row
// named "illegal" that matches nothing. The row is shared and read-only.
func (o Op) Row() *Row {
	if o >= NumOps {
		o = ILLEGAL
	}
	return &table[o]
}
