package isa

import (
	"math/rand/v2"
	"testing"
)

// TestReservedEncodings: each differs from a legal instruction in the field
// that the comment names, and must be illegal.
func TestReservedEncodings(t *testing.T) {
	tests := []struct {
		raw uint32
		why string
	}{
		{0x00000000, "defined illegal"},
		{0xffffffff, "defined illegal"},
		{0x0000001f, "48-bit instruction"},
		{0x0000007f, "80-bit instruction or longer"},
		{0x0000700b, "custom-0"},
		{0x0000002b, "custom-1"},
		{0x0000005b, "custom-2"},
		{0x0000007b, "custom-3"},
		{0x00007003, "load width 7"},
		{0x00004023, "store width 4"},
		{0x00002063, "branch funct3 2"},
		{0x00003063, "branch funct3 3"},
		{0x00001067, "jalr funct3 1"},
		{0x04051513, "slli funct6 1"},
		{0x04055513, "srli funct6 1"},
		{0x0205151b, "slliw shamt[5]"},
		{0x0205551b, "srliw shamt[5]"},
		{0x4205551b, "sraiw shamt[5]"},
		{0x6205551b, "roriw shamt[5]"},
		{0x40001033, "sll with funct7 of sub"},
		{0x04000033, "funct7 2"},
		{0x0000203b, "OP-32 funct3 2"},
		{0x0200103b, "mulhw does not exist"},
		{0x69855513, "the RV32 rev8"},
		{0x28605513, "orc.b has one immediate"},
		{0x60351513, "unary funct 3"},
		{0x0000208f, "cbo with rd"},
		{0x0030200f, "cbo function 3"},
		{0x0000300f, "misc-mem funct3 3"},
		{0x1015252f, "lr with rs2"},
		{0x1000002f, "lr of a byte"},
		{0x1800102f, "sc of a halfword"},
		{0x0000402f, "amo width 4"},
		{0x2800502f, "amocas width 5"},
		{0x280040af, "amocas.q with odd rd"},
		{0x2810402f, "amocas.q with odd rs2"},
		{0x31b51513, "aes64ks1i round 11"},
		{0x31f51513, "aes64ks1i round 15"},
		{0x32001013, "after aes64ks1i"},
		{0x10a01013, "after sm3p1"},
		{0x38000033, "after sm4ks"},
		{0x81c04053, "not even mop.r"},
		{0x00004007, "flq"},
		{0x06000053, "fadd.q"},
		{0x06000043, "fmadd.q"},
		{0x58100053, "fsqrt with rs2"},
		{0x20003053, "fsgnj funct3 3"},
		{0x28004053, "fmin funct3 4"},
		{0xa0003053, "feq funct3 3"},
		{0xa0006053, "feq funct3 6"},
		{0xc0400053, "fcvt.w.s with rs2=4"},
		{0xd0400053, "fcvt.s.w with rs2=4"},
		{0x40000053, "fcvt.s.s"},
		{0x42100053, "fcvt.d.d"},
		{0x44200053, "fcvt.h.h"},
		{0xc2800053, "fcvtmod.w.d must say rtz"},
		{0xc2807053, "fcvtmod.w.d must say rtz"},
		{0xc0801053, "fcvtmod.w.s does not exist"},
		{0xe0002053, "fmv.x.w funct3 2"},
		{0xe0101053, "fclass with rs2"},
		{0xf0001053, "fmv.w.x funct3 1"},
		{0xf0200053, "fli.s with rs2=2"},
		{0xf4200053, "fli.h with rs2=2"},
		{0xe4101053, "fclass.h with rs2"},
		{0xc4400053, "fcvt.w.h with rs2=4"},
		{0xc4801053, "fcvtmod.w.h does not exist"},
		{0x00004073, "system funct3 4"},
		{0x00200073, "uret"},
		{0x00000173, "ecall with rd"},
		{0x00008073, "ecall with rs1"},
		{0x00300073, "system function 3"},
		{0x10000073, "function 0x100"},
		{0x10500173, "wfi with rd"},
		{0x120000f3, "sfence.vma with rd"},
		{0x18200073, "after sfence.inval.ir"},
		{0x7b200073, "dret"},
		{0x02d00073, "after wrs.sto"},
	}
	for _, tt := range tests {
		in := Decode(tt.raw)
		if in != (Insn{Raw: tt.raw}) {
			t.Errorf("%#08x (%s) decodes to %s %+v", tt.raw, tt.why, in.Op, in)
		}
	}
}

// TestOddButLegal: encodings whose fields are reserved for the future, but
// must execute, and narrow cases beside their general ones.
func TestOddButLegal(t *testing.T) {
	tests := []struct {
		raw  uint32
		want Insn
	}{
		{0x0ff5058f, Insn{Op: FENCE, Imm: 0x0ff}}, // rd and rs1 are ignored
		{0x7330000f, Insn{Op: FENCE, Imm: 0x733}}, // unknown fm
		{0x8330000f, Insn{Op: FENCE, Imm: 0x833}}, // fence.tso
		{0x0100000f, Insn{Op: PAUSE}},
		{0x0100008f, Insn{Op: FENCE, Imm: 0x010}}, // pause but for rd
		{0xfff5958f, Insn{Op: FENCE_I}},
		{0x02056013, Insn{Op: PREFETCH_I, Rs1: 10, Imm: 32}},
		{0x02156013, Insn{Op: PREFETCH_R, Rs1: 10, Imm: 32}},
		{0xfe356013, Insn{Op: PREFETCH_W, Rs1: 10, Imm: -32}},
		{0x02256013, Insn{Op: ORI, Rs1: 10, Imm: 34}}, // a hint of no name
		{0x02056093, Insn{Op: ORI, Rd: 1, Rs1: 10, Imm: 32}},
		{0x0805453b, Insn{Op: ZEXT_H, Rd: 10, Rs1: 10}},
		{0x00c5d553, Insn{Op: FADD_S, Rd: 10, Rs1: 11, Rs2: 12, Imm: 5}}, // reserved rm
		{0x1605a52f, Insn{Op: LR_W, Rd: 10, Rs1: 11, Imm: 3}},
		{0x1ac5b52f, Insn{Op: SC_D, Rd: 10, Rs1: 11, Rs2: 12, Imm: 1}},
		{0xf01f8553, Insn{Op: FLI_S, Rd: 10, Imm: 31}},
		{0xc2859553, Insn{Op: FCVTMOD_W_D, Rd: 10, Rs1: 11, Imm: 1}},
		{0xfff0d573, Insn{Op: CSRRWI, Rd: 10, Rs1: 1, Imm: 0xfff}},
		{0x800000b7, Insn{Op: LUI, Rd: 1, Imm: -0x80000000}},
		{0x43f55513, Insn{Op: SRAI, Rd: 10, Rs1: 10, Imm: 63}},
		{0x6bf55513, Insn{Op: ILLEGAL}}, // grev but rev8
		{0x6b855513, Insn{Op: REV8, Rd: 10, Rs1: 10}},
		{0x00000013, Insn{Op: ADDI}},
		{0x68c5f543, Insn{Op: FMADD_S, Rd: 10, Rs1: 11, Rs2: 12, Rs3: 13, Imm: 7}},
	}
	for _, tt := range tests {
		tt.want.Raw = tt.raw
		if got := Decode(tt.raw); got != tt.want {
			t.Errorf("%#08x decodes to %+v, want %+v", tt.raw, got, tt.want)
		}
	}
}

// reserved reports whether r's operands in raw are reserved.
func reserved(r *Row, raw uint32) bool { return r.Format == FmtRound && raw>>20&15 > 10 }

// byScan is Decode's contract without its index: of the rows that match, the
// one with the narrowest mask.
func byScan(raw uint32) Op {
	best := ILLEGAL
	for _, r := range Rows() {
		if raw&r.Mask == r.Match && !reserved(&r, raw) && (best == ILLEGAL || r.Mask&best.Row().Mask == best.Row().Mask) {
			best = r.Op
		}
	}
	return best
}

// TestIndexAgreesWithScan tries words at random, and words one bit away from
// an instruction, where a wrong index would show.
func TestIndexAgreesWithScan(t *testing.T) {
	check := func(raw uint32) {
		if got, want := Decode(raw).Op, byScan(raw); got != want {
			t.Fatalf("%#08x decodes to %s, the rows say %s", raw, got, want)
		}
	}
	rng := rand.New(rand.NewPCG(3, 4))
	for range 20000 {
		check(rng.Uint32() | 3)
	}
	for _, r := range Rows() {
		raw := r.Match | rng.Uint32()&^r.Mask
		for bit := 2; bit < 32; bit++ {
			check(raw ^ 1<<bit)
		}
	}
}

func TestDecodeDoesNotAllocate(t *testing.T) {
	n := testing.AllocsPerRun(100, func() {
		for _, raw := range []uint32{0x00c58533, 0x4505, 0xffffffff, 0x68c5f543} {
			sink = Decode(raw)
		}
	})
	if n != 0 {
		t.Errorf("Decode allocates %v times", n)
	}
}

var sink Insn

// FuzzDecode checks what must hold for every word: totality, and that the
// result encodes to the word that it came from.
func FuzzDecode(f *testing.F) {
	for _, name := range []string{"base.txt", "compressed.txt", "foreign.txt"} {
		for i, l := range readObjdump(f, name) {
			if i%8 == 0 {
				f.Add(l.raw)
			}
		}
	}
	f.Add(uint32(0))
	f.Add(^uint32(0))
	f.Fuzz(func(t *testing.T, raw uint32) {
		in := Decode(raw)
		Disassemble(0x80000000, in)
		ExtensionOf(raw)
		Compressed(raw)
		if in.Rd|in.Rs1|in.Rs2|in.Rs3 > 31 || in.Off != 0 || in.Op >= NumOps {
			t.Fatalf("%#08x decodes to %+v", raw, in)
		}
		if raw&3 != 3 {
			if want := compressedOp(raw & 0xffff); in.Op != want || in.Raw != raw&0xffff {
				t.Fatalf("%#04x decodes to %+v, want %s", raw, in, want)
			}
			return
		}
		if in.Op == ILLEGAL {
			if in != (Insn{Raw: raw}) || byScan(raw) != ILLEGAL {
				t.Fatalf("%#08x decodes to %+v", raw, in)
			}
			return
		}
		r := in.Op.Row()
		if got := encode(r, in); (got^raw)&^mayBeIgnored(r) != 0 || in.Raw != raw {
			t.Fatalf("%#08x decodes to %+v, which encodes to %#08x", raw, in, got)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	// The mix of an integer loop: two thirds compressed.
	words := [8]uint32{0x00c58533, 0x4505, 0x0045b503, 0x852e, 0x6602, 0x00b50463, 0x0521, 0xbffd}
	for i := 0; b.Loop(); i++ {
		sink = Decode(words[i&7])
	}
}
