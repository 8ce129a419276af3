package isa

import "testing"

// compressedOp says what the manual makes of a 16-bit encoding on RV64 with D
// and Zcb: tables "RVC, Quadrant 0" to "Quadrant 2" written as a switch, with
// their reserved entries. It shares nothing with the decoder.
func compressedOp(c uint32) Op {
	rd, rs2 := c>>7&31, c>>2&31
	imm := c&0x1000 != 0 || rs2 != 0 // the CI immediate is not zero
	pick := func(ok bool, op Op) Op {
		if ok {
			return op
		}
		return ILLEGAL
	}
	switch c>>13 | c&3<<3 {
	case 0<<3 | 0:
		return pick(c>>5&0xff != 0, ADDI)
	case 0<<3 | 1:
		return FLD
	case 0<<3 | 2:
		return LW
	case 0<<3 | 3:
		return LD
	case 0<<3 | 4:
		switch c >> 10 & 7 {
		case 0:
			return LBU
		case 1:
			return pick(true, [2]Op{LHU, LH}[c>>6&1])
		case 2:
			return SB
		case 3:
			return pick(c&0x40 == 0, SH)
		}
		return ILLEGAL
	case 0<<3 | 5:
		return FSD
	case 0<<3 | 6:
		return SW
	case 0<<3 | 7:
		return SD
	case 1<<3 | 0, 1<<3 | 2:
		return ADDI
	case 1<<3 | 1:
		return pick(rd != 0, ADDIW)
	case 1<<3 | 3:
		if !imm && rd < 16 && rd%2 == 1 {
			return ADDI // c.mop
		}
		return pick(imm, [2]Op{LUI, ADDI}[b2i(rd == 2)])
	case 1<<3 | 4:
		return compressedArith(c)
	case 1<<3 | 5:
		return JAL
	case 1<<3 | 6:
		return BEQ
	case 1<<3 | 7:
		return BNE
	case 2<<3 | 0:
		return SLLI
	case 2<<3 | 1:
		return FLD
	case 2<<3 | 2:
		return pick(rd != 0, LW)
	case 2<<3 | 3:
		return pick(rd != 0, LD)
	case 2<<3 | 4:
		switch {
		case rs2 != 0:
			return ADD
		case rd != 0:
			return JALR
		case c&0x1000 != 0:
			return EBREAK
		}
		return ILLEGAL
	case 2<<3 | 5:
		return FSD
	case 2<<3 | 6:
		return SW
	case 2<<3 | 7:
		return SD
	}
	panic("not compressed")
}

// compressedArith is the funct3=4 row of quadrant 1.
func compressedArith(c uint32) Op {
	switch c >> 10 & 3 {
	case 0:
		return SRLI
	case 1:
		return SRAI
	case 2:
		return ANDI
	}
	switch c>>5&3 | c>>10&4 {
	case 0:
		return SUB
	case 1:
		return XOR
	case 2:
		return OR
	case 3:
		return AND
	case 4:
		return SUBW
	case 5:
		return ADDW
	case 6:
		return MUL
	}
	return [8]Op{ANDI, SEXT_B, ZEXT_H, SEXT_H, ADD_UW, XORI, ILLEGAL, ILLEGAL}[c>>2&7]
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// TestEveryCompressedEncoding walks through all of them. The upper half of
// the word must not matter.
func TestEveryCompressedEncoding(t *testing.T) {
	for c := uint32(0); c < 1<<16; c++ {
		if c&3 == 3 {
			continue
		}
		in := Decode(c | 0xa5a50000)
		if want := compressedOp(c); in.Op != want {
			t.Errorf("%#04x decodes to %s, the manual says %s", c, in.Op, want)
		}
		if in.Op == ILLEGAL && in != (Insn{Raw: c}) {
			t.Errorf("%#04x is illegal, but has operands: %+v", c, in)
		}
		if in.Raw != c || in.Len() != 2 {
			t.Errorf("%#04x: Raw %#x, length %d", c, in.Raw, in.Len())
		}
		if in.Rd|in.Rs1|in.Rs2 > 31 || in.Rs3 != 0 || in.Off != 0 {
			t.Errorf("%#04x: impossible operands %+v", c, in)
		}
		Disassemble(0x80000000, in)
	}
}

// TestCompressedHints: hints are the base instruction with x0 as destination
// or an operand that changes nothing; they must not trap.
func TestCompressedHints(t *testing.T) {
	tests := []struct {
		raw  uint32
		want string
	}{
		{0x0001, "addi zero,zero,0"},  // c.nop
		{0x007d, "addi zero,zero,31"}, // c.nop 31
		{0x0501, "addi a0,a0,0"},      // c.addi a0, 0
		{0x4005, "addi zero,zero,1"},  // c.li x0, 1
		{0x6005, "lui zero,0x1"},      // c.lui x0, 1
		{0x8006, "add zero,zero,ra"},  // c.mv x0, ra
		{0x9006, "add zero,zero,ra"},  // c.add x0, ra
		{0x900a, "add zero,zero,sp"},  // c.ntl.p1
		{0x0006, "slli zero,zero,1"},  // c.slli x0, 1
		{0x0502, "slli a0,a0,0"},      // c.slli64 a0
		{0x8101, "srli a0,a0,0"},      // c.srli64 a0
		{0x8501, "srai a0,a0,0"},      // c.srai64 a0
		{0x1082, "slli ra,ra,32"},     // shift amounts have six bits
		{0x9101, "srli a0,a0,32"},
		{0x2501, "addiw a0,a0,0"},     // c.sext.w
		{0xa001, "jal zero,0x1000"},   // c.j to itself
		{0x6109, "addi sp,sp,128"},    // c.addi16sp, not c.lui
		{0x8522, "add a0,zero,s0"},    // c.mv is ADD, not ADDI
		{0x9c75, "xori s0,s0,-1"},     // c.not
		{0x9c61, "andi s0,s0,255"},    // c.zext.b
		{0x9c71, "add.uw s0,s0,zero"}, // c.zext.w
		{0x8062, "add zero,zero,s8"},
		{0x2002, "fld ft0,0(sp)"}, // f0 is a register like any
		{0x9002, "ebreak"},
		{0x8082, "jalr zero,0(ra)"}, // ret
		{0x9082, "jalr ra,0(ra)"},
		{0xbffd, "jal zero,0xffe"}, // c.j .-2
		{0x717d, "addi sp,sp,-16"},
		{0x0000, ".half 0x0000"},     // defined illegal
		{0x2001, ".half 0x2001"},     // c.addiw x0
		{0x6101, ".half 0x6101"},     // c.addi16sp 0
		{0x6501, ".half 0x6501"},     // c.lui a0, 0
		{0x6081, "addi zero,zero,0"}, // c.mop.1
		{0x6781, "addi zero,zero,0"}, // c.mop.15
		{0x6001, ".half 0x6001"},     // c.lui zero, 0
		{0x6881, ".half 0x6881"},     // c.lui a7, 0
		{0x4002, ".half 0x4002"},     // c.lwsp x0
		{0x6002, ".half 0x6002"},     // c.ldsp x0
		{0x8002, ".half 0x8002"},     // c.jr x0
		{0x0004, ".half 0x0004"},     // c.addi4spn s1, 0
		{0x9c79, ".half 0x9c79"},     // after c.not
		{0x9c7d, ".half 0x9c7d"},
		{0x8c40, ".half 0x8c40"}, // after c.sh
		{0x9000, ".half 0x9000"}, // after c.sh
	}
	for _, tt := range tests {
		if got := Disassemble(0x1000, Decode(tt.raw)); got != tt.want {
			t.Errorf("%#04x is %q, want %q", tt.raw, got, tt.want)
		}
	}
}
