package isa

import "testing"

// TestDisassemble has what objdump does not write, or writes otherwise.
func TestDisassemble(t *testing.T) {
	tests := []struct {
		raw  uint32
		want string
	}{
		{0xffffffff, ".word 0xffffffff"},
		{0x0000700b, ".word 0x0000700b"},
		{0x0000000f, "fence 0,0"},
		{0x8330000f, "fence.tso"},
		{0x3330000f, "fence rw,rw"}, // an unknown fm is ignored
		{0xfe000ee3, "beq zero,zero,0xffc"},
		{0xf01e8553, "fli.s fa0,65536.0"},
		{0xf0108553, "fli.s fa0,min"},
		{0x00c5d553, "fadd.s fa0,fa1,fa2,rm5"},
		{0x00c5f553, "fadd.s fa0,fa1,fa2"},
		{0x0074f513, "andi a0,s1,7"}, // an immediate of 7 is no rounding mode
		{0xc0502573, "csrrs a0,hpmcounter5,zero"},
		{0x80002573, "csrrs a0,0x800,zero"},
		{0x70200073, "mnret"}, // which GNU as does not know
	}
	for _, tt := range tests {
		if got := Disassemble(0x1000, Decode(tt.raw)); got != tt.want {
			t.Errorf("%#08x is %q, want %q", tt.raw, got, tt.want)
		}
	}
	// An address below 0 wraps, as the hart's pc does.
	if got := Disassemble(0, Decode(0xfe000ee3)); got != "beq zero,zero,0xfffffffffffffffc" {
		t.Errorf("a branch below 0 is %q", got)
	}
}

func TestEverySyntaxWordIsKnown(t *testing.T) {
	for _, r := range Rows() {
		in := Insn{Op: r.Op, Imm: -1, Raw: 3} // panics if a word is not known
		if Disassemble(0, in) == "" {
			t.Errorf("%s: empty", r.Name)
		}
	}
}
