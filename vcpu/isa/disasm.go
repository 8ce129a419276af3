package isa

import (
	"fmt"
	"strconv"
	"strings"
)

var xNames = [32]string{
	"zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2",
	"s0", "s1", "a0", "a1", "a2", "a3", "a4", "a5",
	"a6", "a7", "s2", "s3", "s4", "s5", "s6", "s7",
	"s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6",
}

var fNames = [32]string{
	"ft0", "ft1", "ft2", "ft3", "ft4", "ft5", "ft6", "ft7",
	"fs0", "fs1", "fa0", "fa1", "fa2", "fa3", "fa4", "fa5",
	"fa6", "fa7", "fs2", "fs3", "fs4", "fs5", "fs6", "fs7",
	"fs8", "fs9", "fs10", "fs11", "ft8", "ft9", "ft10", "ft11",
}

var rmNames = [8]string{"rne", "rtz", "rdn", "rup", "rmm", "rm5", "rm6", "dyn"}

// fliNames are the constants of FLI (unprivileged manual, "Zfa", table of
// immediate values).
var fliNames = [32]string{
	"-1.0", "min", "1.52587890625e-05", "3.0517578125e-05",
	"0.00390625", "0.0078125", "0.0625", "0.125",
	"0.25", "0.3125", "0.375", "0.4375", "0.5", "0.625", "0.75", "0.875",
	"1.0", "1.25", "1.5", "1.75", "2.0", "2.5", "3.0", "4.0",
	"8.0", "16.0", "128.0", "256.0", "32768.0", "65536.0", "inf", "nan",
}

// XName returns the ABI name of integer register n, 0..31.
func XName(n uint8) string { return xNames[n&31] }

// FName returns the ABI name of floating-point register n, 0..31.
func FName(n uint8) string { return fNames[n&31] }

const (
	rmDynamic = 7
	// fenceTSO is FENCE.TSO as an Imm: fm=8, pred=succ=rw.
	fenceTSO = 8<<8 | 3<<4 | 3
)

// Disassemble returns the instruction in assembly language: mnemonic, a
// space, operands; without aliases, and a compressed instruction as the base
// instruction that it is. Branch targets are absolute addresses, taken from
// pc. The dynamic rounding mode is not written. ILLEGAL gives the encoding as
// data.
func Disassemble(pc uint64, in Insn) string {
	row := in.Op.Row()
	switch {
	case row.Op == ILLEGAL && in.Len() == 2:
		return fmt.Sprintf(".half 0x%04x", in.Raw&0xffff)
	case row.Op == ILLEGAL:
		return fmt.Sprintf(".word 0x%08x", in.Raw)
	case row.Op == FENCE && in.Imm == fenceTSO:
		return "fence.tso"
	}
	b := append(make([]byte, 0, 48), row.Name...)
	switch {
	case row.Class == ClassAtomic:
		b = append(b, [4]string{"", ".rl", ".aq", ".aqrl"}[in.Imm&3]...)
	case row.Format == FmtMopR || row.Format == FmtMopRR:
		b = strconv.AppendInt(append(b, '.'), int64(in.Imm), 10)
	}
	f := &formats[row.Format]
	syntax := f.syntax
	if in.Imm == rmDynamic {
		syntax = strings.TrimSuffix(syntax, ",rm")
	}
	if syntax != "" {
		b = append(b, ' ')
	}
	return string(appendSyntax(b, syntax, f, pc, in))
}

// appendSyntax copies syntax to b with every word replaced by the operand
// that it names.
func appendSyntax(b []byte, syntax string, f *formatInfo, pc uint64, in Insn) []byte {
	for syntax != "" {
		n := strings.IndexAny(syntax, ",()")
		switch n {
		case 0:
			b = append(b, syntax[0])
			n = 1
		case -1:
			n = len(syntax)
			fallthrough
		default:
			b = appendOperand(b, syntax[:n], f, pc, in)
		}
		syntax = syntax[n:]
	}
	return b
}

// appendOperand appends the operand that word, from a format's syntax, names.
func appendOperand(b []byte, word string, f *formatInfo, pc uint64, in Insn) []byte {
	switch word {
	case "rd":
		return append(b, regName(f.rd, in.Rd)...)
	case "rs1":
		return append(b, regName(f.rs1, in.Rs1)...)
	case "rs2":
		return append(b, regName(f.rs2, in.Rs2)...)
	case "rs3":
		return append(b, regName(f.rs3, in.Rs3)...)
	case "imm", "shamt":
		return strconv.AppendInt(b, int64(in.Imm), 10)
	case "zimm":
		return strconv.AppendUint(b, uint64(in.Rs1), 10)
	case "upper":
		return appendHex(b, uint64(uint32(in.Imm)>>12))
	case "target":
		return appendHex(b, pc+uint64(int64(in.Imm)))
	case "csr":
		return append(b, CSRName(uint16(in.Imm&0xfff))...)
	case "rm":
		return append(b, rmNames[in.Imm&7]...)
	case "fli":
		return append(b, fliNames[in.Imm&31]...)
	case "pred":
		return append(b, fenceSet(in.Imm>>4)...)
	case "succ":
		return append(b, fenceSet(in.Imm)...)
	}
	panic("BUG: isa: unknown operand in a format's syntax: " + word)
}

func regName(file RegFile, n uint8) string {
	if file == RegF {
		return FName(n)
	}
	return XName(n)
}

func appendHex(b []byte, v uint64) []byte {
	return strconv.AppendUint(append(b, "0x"...), v, 16)
}

// fenceSet writes the four bits of a FENCE's predecessor or successor set.
func fenceSet(v int32) string {
	if v&15 == 0 {
		return "0"
	}
	s := ""
	for i, c := range "iorw" {
		if v>>(3-i)&1 != 0 {
			s += string(c)
		}
	}
	return s
}
