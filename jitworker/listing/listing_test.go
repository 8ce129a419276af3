package listing

import (
	"strings"
	"testing"
)

// block has three guest instructions, of which the first has been merged with the
// second.
var block = Block{
	PC:    0x80000000,
	Guest: []byte{0x37, 0x15, 0x00, 0x00, 0x05, 0x05, 0x82, 0x80}, // lui a0,1; c.addi a0,1; ret
	Entry: 0x1000,
	Host: []byte{
		0x90,                   // nop
		0xb8, 0x01, 0x10, 0, 0, // mov eax, 0x1001
		0x0f, 0xbd, 0xc1, // bsr eax, ecx
		0xc5, 0xf8, 0x77, // vzeroupper
		0xc3, // ret
		0xcc, // int3
		0x06, // no instruction
	},
	Marks: []Mark{{0, None}, {1, 0}, {1, 4}, {6, 4}, {9, 6}, {13, None}, {14, 4}},
}

func TestGroups(t *testing.T) {
	type group struct {
		guest     string
		host      int
		outOfLine bool
	}
	want := []group{
		{"", 1, false}, {"lui a0,0x1", 0, false}, {"addi a0,a0,1", 2, false}, {"jalr zero,0(ra)", 2, false},
		{"", 1, true}, {"addi a0,a0,1", 1, true},
	}
	got := block.Groups()
	if len(got) != len(want) {
		t.Fatalf("%d groups:\n%s", len(got), block.Text())
	}
	for i, g := range got {
		text := ""
		if g.Guest != nil {
			text = g.Guest.Text
		}
		if text != want[i].guest || len(g.Host) != want[i].host || g.OutOfLine != want[i].outOfLine {
			t.Errorf("group %d is %q with %d host instructions, out of line %v; want %v", i, text, len(g.Host), g.OutOfLine, want[i])
		}
	}
}

func TestText(t *testing.T) {
	text := block.Text()
	for _, want := range []string{
		"80000000  lui a0,0x1\n", "|     1001  mov eax, 0x1001\n", "|     1009  .vex c5 f8 77\n", "|     100c  ret", "out of line:\n", "|     100e  .byte 06\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	// Every byte of host code is listed once.
	if n := strings.Count(text, "|"); n != 7 {
		t.Errorf("%d host instructions in\n%s", n, text)
	}
}

// Lengths of VEX instructions, as the manuals' examples encode them.
func TestVEXLengths(t *testing.T) {
	for _, code := range [][]byte{
		{0xc4, 0xe2, 0xf1, 0xb8, 0xc2},                               // vfmadd231sd xmm0, xmm1, xmm2
		{0xc4, 0xe2, 0xf1, 0xb9, 0x40, 0x08},                         // vfmadd231sd xmm0, xmm1, [rax+8]
		{0xc5, 0xfb, 0x10, 0x04, 0x25, 0x00, 0x10, 0x00, 0x00},       // vmovsd xmm0, [0x1000]
		{0xc5, 0xfb, 0x10, 0x05, 0x00, 0x00, 0x00, 0x00},             // vmovsd xmm0, [rip+0]
		{0xc4, 0xe3, 0x71, 0x0b, 0xc2, 0x04},                         // vroundsd xmm0, xmm1, xmm2, 4
		{0xc4, 0xe2, 0xe8, 0xf2, 0xc1},                               // andn rax, rdx, rcx
		{0xc4, 0xe3, 0xfb, 0xf0, 0xc1, 0x07},                         // rorx rax, rcx, 7
		{0xc5, 0xf8, 0x77},                                           // vzeroupper
		{0xc5, 0xf1, 0x73, 0xd2, 0x01},                               // vpsrlq xmm1, xmm2, 1
		{0xc4, 0xe2, 0xf9, 0xf7, 0x84, 0x08, 0x00, 0x01, 0x00, 0x00}, // shlx rax, [rax+rcx+0x100], rax
	} {
		if n := vexLen(append(code, 0x90, 0x90, 0x90, 0x90)); n != len(code) {
			t.Errorf("% x has %d bytes, got %d", code, len(code), n)
		}
	}
	for _, code := range [][]byte{{0xc5}, {0xc4, 0xe2, 0xf1}, {0x90, 0x90}} {
		if n := vexLen(code); n != 0 {
			t.Errorf("% x has a length of %d", code, n)
		}
	}
}

// FuzzGroups makes listings of whatever there is: none ends in a panic or leaves
// host bytes out.
func FuzzGroups(f *testing.F) {
	f.Add(block.Guest, block.Host)
	f.Fuzz(func(t *testing.T, guest, host []byte) {
		b := Block{PC: 0xfffffffffffffffc, Guest: guest, Host: host, Marks: []Mark{{0, None}, {len(host) / 2, 2}}}
		_ = b.Text()
	})
}
