package asm

import (
	"fmt"

	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// Encode returns the 32-bit encoding of in; Raw is not looked at. It is the
// inverse of isa.Decode and panics if an immediate does not fit.
func Encode(in isa.Insn) uint32 {
	row := in.Op.Row()
	raw := row.Match
	if row.Format.Rd() != isa.RegNone {
		raw |= uint32(in.Rd) << 7
	}
	if row.Format.Rs1() != isa.RegNone {
		raw |= uint32(in.Rs1) << 15
	}
	if row.Format.Rs2() != isa.RegNone {
		raw |= uint32(in.Rs2) << 20
	}
	if row.Format.Rs3() != isa.RegNone {
		raw |= uint32(in.Rs3) << 27
	}
	return raw | immediate(row.Format, in)
}

// immediate encodes what Insn.Imm holds in the given format.
func immediate(f isa.Format, in isa.Insn) uint32 {
	v, u := in.Imm, uint32(in.Imm)
	switch f {
	case isa.FmtI, isa.FmtLoad, isa.FmtFLoad, isa.FmtPrefetch:
		check(in, v >= -2048 && v < 2048)
		return u << 20
	case isa.FmtShift:
		check(in, v >= 0 && v < 64)
		return u << 20
	case isa.FmtStore, isa.FmtFStore:
		check(in, v >= -2048 && v < 2048)
		return u>>5<<25 | u&31<<7
	case isa.FmtBranch:
		check(in, v >= -4096 && v < 4096 && v&1 == 0)
		return u>>12&1<<31 | u>>5&0x3f<<25 | u>>1&0xf<<8 | u>>11&1<<7
	case isa.FmtU:
		check(in, v&0xfff == 0)
		return u
	case isa.FmtJ:
		check(in, v >= -1<<20 && v < 1<<20 && v&1 == 0)
		return u>>20&1<<31 | u>>1&0x3ff<<21 | u>>11&1<<20 | u>>12&0xff<<12
	case isa.FmtCSR:
		return u << 20
	case isa.FmtCSRI:
		return u<<20 | uint32(in.Rs1)<<15
	case isa.FmtFence:
		return u << 20
	case isa.FmtAMO, isa.FmtLR:
		return u << 25
	case isa.FmtFMA, isa.FmtFRm, isa.FmtF1Rm, isa.FmtXF1Rm, isa.FmtFX1Rm:
		return u << 12
	case isa.FmtFLI:
		return u << 15
	case isa.FmtRound:
		check(in, v >= 0 && v <= 10)
		return u << 20
	case isa.FmtByte:
		check(in, v >= 0 && v < 4)
		return u << 30
	case isa.FmtMopR:
		check(in, v >= 0 && v < 32)
		return u>>4<<30 | u>>2&3<<26 | u&3<<20
	case isa.FmtMopRR:
		check(in, v >= 0 && v < 8)
		return u>>2<<30 | u&3<<26
	}
	return 0
}

func check(in isa.Insn, ok bool) {
	if !ok {
		panic(fmt.Sprintf("asm: %s cannot hold %d", in.Op, in.Imm))
	}
}
