package difftest

import "github.com/hartwood-vm/hartwood/vcpu/isa"

// Fields of the base formats, all others zero.

func fieldRd(r uint8) uint32  { return uint32(r) << 7 }
func fieldRs1(r uint8) uint32 { return uint32(r) << 15 }
func fieldRs2(r uint8) uint32 { return uint32(r) << 20 }

func immS(v int32) uint32 { return uint32(v)>>5&0x7f<<25 | uint32(v)&0x1f<<7 }

func immB(v int32) uint32 {
	u := uint32(v)
	return u>>12&1<<31 | u>>5&0x3f<<25 | u>>1&0xf<<8 | u>>11&1<<7
}

func immJ(v int32) uint32 {
	u := uint32(v)
	return u>>20&1<<31 | u>>1&0x3ff<<21 | u>>11&1<<20 | u>>12&0xff<<12
}

// Displacements of the compressed jumps (unprivileged manual, "C").

func immCB(v int32) uint32 {
	u := uint32(v)
	return u>>8&1<<12 | u>>3&3<<10 | u>>6&3<<5 | u>>1&3<<3 | u>>5&1<<2
}

func immCJ(v int32) uint32 {
	u := uint32(v)
	return u>>11&1<<12 | u>>4&1<<11 | u>>8&3<<9 | u>>10&1<<8 | u>>6&1<<7 | u>>7&1<<6 | u>>1&7<<3 | u>>5&1<<2
}

// encode returns op with register operands and an immediate as isa.Insn has it.
// Bits that are neither are zero.
func encode(op isa.Op, rd, rs1, rs2 uint8, imm int32) uint32 {
	row := op.Row()
	raw := row.Match
	if row.Format.Rd() != isa.RegNone {
		raw |= fieldRd(rd)
	}
	if row.Format.Rs1() != isa.RegNone {
		raw |= fieldRs1(rs1)
	}
	if row.Format.Rs2() != isa.RegNone {
		raw |= fieldRs2(rs2)
	}
	switch row.Format {
	case isa.FmtStore, isa.FmtFStore:
		raw |= immS(imm)
	case isa.FmtBranch:
		raw |= immB(imm)
	case isa.FmtU:
		raw |= uint32(imm) &^ 0xfff
	case isa.FmtJ:
		raw |= immJ(imm)
	case isa.FmtAMO, isa.FmtLR:
		raw |= uint32(imm) << 25
	case isa.FmtByte:
		raw |= uint32(imm) << 30
	case isa.FmtMopR:
		raw |= uint32(imm)>>4<<30 | uint32(imm)>>2&3<<26 | uint32(imm)&3<<20
	case isa.FmtMopRR:
		raw |= uint32(imm)>>2<<30 | uint32(imm)&3<<26
	case isa.FmtCSRI:
		raw |= uint32(imm)<<20 | fieldRs1(rs1)
	case isa.FmtR, isa.FmtR1, isa.FmtRS, isa.FmtCBO, isa.FmtNone:
	default:
		raw |= uint32(imm) << 20
	}
	return raw
}

// split divides a displacement between an instruction that adds the upper part,
// shifted, and one that adds the signed lower 12 bits.
func split(v int64) (hi, lo int32) {
	lo = int32(v << 52 >> 52)
	return int32(v - int64(lo)), lo
}
