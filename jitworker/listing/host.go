package listing

import (
	"fmt"
	"strings"

	"golang.org/x/arch/x86/x86asm"
)

// hosts disassembles the host code from offset from to offset to.
func (b *Block) hosts(from, to int) (lines []Line) {
	for off := from; off < to; {
		pc := b.Entry + uint64(off)
		text, n := decode(b.Host[off:to], pc)
		lines = append(lines, Line{pc, text})
		off += n
	}
	return lines
}

// decode returns the text and the length of the instruction at the start of code.
func decode(code []byte, pc uint64) (string, int) {
	if n := vexLen(code); n > 0 && n <= len(code) {
		return hex(".vex", code[:n]), n
	}
	in, err := x86asm.Decode(code, 64)
	if err != nil || in.Len == 0 || in.Op == 0 {
		return hex(".byte", code[:1]), 1
	}
	return strings.ToLower(x86asm.IntelSyntax(in, pc, nil)), in.Len
}

func hex(what string, b []byte) string { return fmt.Sprintf("%s % x", what, b) }

// vexLen returns the length of an instruction with a VEX prefix, which the
// disassembler does not know, or 0. In 64-bit code c4 and c5 are always that prefix.
func vexLen(b []byte) int {
	at, space := 0, byte(1)
	switch {
	case len(b) > 3 && b[0] == 0xc5:
		at = 2
	case len(b) > 4 && b[0] == 0xc4:
		at, space = 3, b[1]&31
	default:
		return 0
	}
	op, n := b[at], at+1
	if space == 1 && op == 0x77 { // vzeroupper
		return n
	}
	if n >= len(b) {
		return 0
	}
	n += operandLen(b[n:])
	if space == 3 || space == 1 && (op >= 0x70 && op <= 0x73 || op == 0xc2 || op >= 0xc4 && op <= 0xc6) {
		n++ // an immediate byte
	}
	return n
}

// operandLen returns the length of a ModRM byte with what belongs to it.
func operandLen(b []byte) int {
	mod, rm, n := b[0]>>6, b[0]&7, 1
	if mod == 3 {
		return n
	}
	base := rm
	if rm == 4 && len(b) > 1 {
		base = b[1] & 7
		n++
	}
	switch {
	case mod == 1:
		n++
	case mod == 2, mod == 0 && base == 5:
		n += 4
	}
	return n
}
