package x86

import (
	"bytes"
	"testing"
)

// The disassembler of the other tests reads no 256-bit instructions: these are as GNU's assembler encodes them.
func TestLanes(t *testing.T) {
	for _, test := range []struct {
		text string
		emit func(a *Asm)
		want []byte
	}{
		{"vpaddb ymm0, ymm1, ymm2", func(a *Asm) { a.LanesXXX(VPADDB, 0, 1, 2) }, []byte{0xc4, 0xe1, 0x75, 0xfc, 0xc2}},
		{"vpsubw ymm9, ymm10, ymm11", func(a *Asm) { a.LanesXXX(VPSUBW, 9, 10, 11) }, []byte{0xc4, 0x41, 0x2d, 0xf9, 0xcb}},
		{"vpmulld ymm0, ymm0, [rax+rdx]", func(a *Asm) { a.LanesXXM(VPMULLD, 0, 0, Indexed(RAX, RDX, 0)) }, []byte{0xc4, 0xe2, 0x7d, 0x40, 0x04, 0x10}},
		{"vpmullw ymm2, ymm1, [r15+rdx-8]", func(a *Asm) { a.LanesXXM(VPMULLW, 2, 1, Indexed(R15, RDX, -8)) }, []byte{0xc4, 0xc1, 0x75, 0xd5, 0x54, 0x17, 0xf8}},
		{"vpxor ymm15, ymm15, [rbx+1000]", func(a *Asm) { a.LanesXXM(VPXOR, 15, 15, At(RBX, 1000)) }, []byte{0xc4, 0x61, 0x05, 0xef, 0xbb, 0xe8, 0x03, 0x00, 0x00}},
		{"vmovdqu ymm8, [rcx+r9]", func(a *Asm) { a.LanesXM(8, Indexed(RCX, R9, 0)) }, []byte{0xc4, 0x21, 0x7e, 0x6f, 0x04, 0x09}},
		{"vmovdqu [rcx+rdx+32], ymm1", func(a *Asm) { a.LanesMX(Indexed(RCX, RDX, 32), 1) }, []byte{0xc4, 0xe1, 0x7e, 0x7f, 0x4c, 0x11, 0x20}},
		{"vpbroadcastb ymm0, xmm0", func(a *Asm) { a.Broadcast(0, 0, 1) }, []byte{0xc4, 0xe2, 0x7d, 0x78, 0xc0}},
		{"vpbroadcastw ymm1, xmm9", func(a *Asm) { a.Broadcast(1, 9, 2) }, []byte{0xc4, 0xc2, 0x7d, 0x79, 0xc9}},
		{"vpbroadcastd ymm8, xmm2", func(a *Asm) { a.Broadcast(8, 2, 4) }, []byte{0xc4, 0x62, 0x7d, 0x58, 0xc2}},
		{"vpbroadcastq ymm0, xmm1", func(a *Asm) { a.Broadcast(0, 1, 8) }, []byte{0xc4, 0xe2, 0x7d, 0x59, 0xc1}},
		{"vzeroupper", func(a *Asm) { a.ZeroUppers() }, []byte{0xc5, 0xf8, 0x77}},
	} {
		var a Asm
		if test.emit(&a); !bytes.Equal(a.Finish(), test.want) {
			t.Errorf("%s is % x, want % x", test.text, a.Finish(), test.want)
		}
	}
	for op, code := range map[Lanes]byte{VPADDW: 0xfd, VPADDD: 0xfe, VPADDQ: 0xd4, VPSUBB: 0xf8, VPSUBD: 0xfa, VPSUBQ: 0xfb, VPAND: 0xdb, VPOR: 0xeb} {
		var a Asm
		if a.LanesXXX(op, 0, 0, 0); a.Finish()[3] != code || a.Finish()[1]&31 != 1 {
			t.Errorf("operation %#x is % x", uint16(op), a.Finish())
		}
	}
}
