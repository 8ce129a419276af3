package isa

import "testing"

// TestHeapRows decodes what the .insn directive makes of the managed heap's instructions (docs/MANAGED_HEAP.md).
func TestHeapRows(t *testing.T) {
	for _, c := range []struct {
		raw  uint32
		text string
	}{
		{0x00c5850b, "gc.attach a0,a1,a2"}, // .insn r 0x0b, 0, 0, a0, a1, a2
		{0x0200050b, "gc.detach a0"},       // .insn r 0x0b, 0, 1, a0, x0, x0
		{0x0405850b, "gc.wait a0,a1"},      // .insn r 0x0b, 0, 2, a0, a1, x0
		{0x00c5950b, "gc.new a0,a1,a2"},    // .insn r 0x0b, 1, 0, a0, a1, a2
		{0x0105a50b, "gc.ld a0,16(a1)"},    // .insn i 0x0b, 2, a0, 16(a1)
		{0x00a5b80b, "gc.sd a0,16(a1)"},    // .insn s 0x0b, 3, a0, 16(a1)
		{0xfea5bc0b, "gc.sd a0,-8(a1)"},    // .insn s 0x0b, 3, a0, -8(a1)
		{0x00c5c50b, "gc.swap a0,a2,(a1)"}, // .insn r 0x0b, 4, 0, a0, a1, a2
		{0x02c5c50b, "gc.cas a0,a2,(a1)"},  // .insn r 0x0b, 4, 1, a0, a1, a2
	} {
		if got := Disassemble(0, Decode(c.raw)); got != c.text {
			t.Errorf("%#08x is %q, want %q", c.raw, got, c.text)
		}
	}
}

// What the space has no instruction for is reserved.
func TestReservedHeapEncodings(t *testing.T) {
	for _, raw := range []uint32{
		0x0600050b, 0xfe00050b, // funct7 of attach and its kin
		0x0210050b, 0x0200850b, // gc.detach with sources
		0x0415850b,             // gc.wait with a second source
		0x02c5950b,             // gc.new
		0x04c5c50b, 0xfec5c50b, // gc.swap and gc.cas
		0x0000500b, 0x0000600b, 0x0000700b,
	} {
		if in := Decode(raw); in.Op != ILLEGAL {
			t.Errorf("%#08x is %s", raw, Disassemble(0, in))
		}
	}
}
