package isa

import "testing"

// TestExtensionOf takes every instruction of testdata/foreign.s: it must not
// decode, unless it is a CSR access, and the label above it is the extension.
func TestExtensionOf(t *testing.T) {
	lines := readObjdump(t, "foreign.txt")
	if len(lines) < 60 {
		t.Fatalf("only %d instructions", len(lines))
	}
	for _, l := range lines {
		in := Decode(l.raw)
		if in.Op != ILLEGAL && in.Op.Row().Class != ClassCSR {
			t.Errorf("%s %s decodes to %s", l.mnemonic, l.operands, in.Op)
		}
		if got := ExtensionOf(l.raw); got != l.label {
			t.Errorf("%08x %s %s is of %q, want %q", l.raw, l.mnemonic, l.operands, got, l.label)
		}
	}
}

// TestExtensionOfTheRest has what the assembler does not know, and what no
// extension claims.
func TestExtensionOfTheRest(t *testing.T) {
	tests := []struct {
		raw  uint32
		want string
	}{
		{0x48c5a52f, "Zicfiss"}, // ssamoswap.w a0,a2,(a1)
		{0x70200073, "Smrnmi"},  // mnret
		{0x10400073, "Ssctr"},   // sctrclr
		{0x3605252f, "Zalasr"},  // lw.aqrl a0,(a0)
		{0x3ac5302f, "Zalasr"},  // sd.rl a2,(a0)
		{0x74102573, "Smrnmi"},  // csrr a0,mnepc
		{0x00000000, ""},
		{0xffffffff, ""},
		{0x0000000b, ""}, // custom-0
		{0x00c58533, ""}, // add: covered
		{0x30002573, ""}, // csrr a0,mstatus: covered
		{0x00002001, ""}, // c.addiw x0: reserved
		{0x00006081, ""}, // c.mop.1, which is c.sspush with Zicfiss: covered
		{0xce104073, ""}, // mop.rr.7, which is sspush: covered
	}
	for _, tt := range tests {
		if got := ExtensionOf(tt.raw); got != tt.want {
			t.Errorf("%#08x is of %q, want %q", tt.raw, got, tt.want)
		}
	}
}

func TestForeignRowsAreNotCovered(t *testing.T) {
	for _, r := range foreignRows {
		if r.match&^r.mask != 0 {
			t.Errorf("%s: match %#x has bits outside its mask %#x", r.ext, r.match, r.mask)
		}
		if ExtensionOf(r.match) == "" && Decode(r.match).Op == ILLEGAL {
			t.Errorf("%s: %#x is of no extension", r.ext, r.match)
		}
	}
}
