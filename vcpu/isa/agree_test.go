package isa

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

//go:generate sh testdata/rebuild.sh

// line is one line of testdata/*.txt: an encoding as GNU as made it and what
// GNU objdump makes of it.
type line struct {
	pc       uint64
	raw      uint32
	mnemonic string
	operands string
	label    string // the label above
}

func readObjdump(t testing.TB, name string) []line {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	var lines []line
	label := ""
	for text := range strings.Lines(string(data)) {
		text = strings.TrimSuffix(text, "\n")
		if strings.HasSuffix(text, ":") {
			label = strings.TrimSuffix(text, ":")
			continue
		}
		f := strings.SplitN(text, "\t", 4)
		pc, err1 := strconv.ParseUint(f[0], 16, 64)
		raw, err2 := strconv.ParseUint(f[1], 16, 32)
		if err1 != nil || err2 != nil {
			t.Fatalf("%s: cannot read %q", name, text)
		}
		l := line{pc: pc, raw: uint32(raw), mnemonic: f[2], label: label}
		if len(f) == 4 {
			l.operands, _, _ = strings.Cut(f[3], " ") // without comment or symbol
		}
		lines = append(lines, l)
	}
	return lines
}

// TestAgreesWithObjdump compares mnemonics and operands, for every
// instruction in the table.
func TestAgreesWithObjdump(t *testing.T) {
	missing := make(map[Op]bool)
	for _, r := range Rows() {
		missing[r.Op] = r.Ext != ExtHeap && r.Ext != ExtSmrnmi // the assembler does not know them
	}
	for _, l := range readObjdump(t, "base.txt") {
		in := Decode(l.raw)
		delete(missing, in.Op)
		mnemonic, operands, _ := strings.Cut(Disassemble(l.pc, in), " ")
		want := l.operands
		last := strings.LastIndexByte(want, ',') + 1
		switch in.Op.Row().Format {
		case FmtBranch, FmtJ: // objdump writes addresses without 0x
			want = want[:last] + "0x" + want[last:]
		case FmtShift, FmtRound, FmtByte: // and such numbers in hexadecimal
			n, err := strconv.ParseUint(want[last:], 0, 6)
			if err != nil {
				t.Fatal(err)
			}
			want = want[:last] + strconv.FormatUint(n, 10)
		}
		switch in.Op {
		case FCVT_D_S, FCVT_D_W, FCVT_D_WU, FCVT_S_H, FCVT_D_H:
			// Exact whatever the mode; objdump does not write it.
			operands = strings.TrimSuffix(operands, ",rne")
		case FLI_S, FLI_D, FLI_H:
			operands, want = decimal(t, operands), decimal(t, want)
		}
		if mnemonic != l.mnemonic || operands != want {
			t.Errorf("%08x: %s %s, objdump says %s %s", l.raw, mnemonic, operands, l.mnemonic, want)
		}
	}
	for op, want := range missing {
		if !want {
			continue
		}
		t.Errorf("no instance of %s in testdata/base.s", op)
	}
}

// decimal rewrites the constant of an FLI, which objdump writes in
// hexadecimal.
func decimal(t *testing.T, operands string) string {
	reg, constant, _ := strings.Cut(operands, ",")
	if constant == "min" {
		return operands
	}
	v, err := strconv.ParseFloat(constant, 64)
	if err != nil {
		t.Fatal(err)
	}
	return reg + "," + strconv.FormatFloat(v, 'g', -1, 64)
}

// TestCompressedIsItsBase takes pairs of lines: a compressed instruction and
// the base instruction it stands for, both as the assembler encoded them.
func TestCompressedIsItsBase(t *testing.T) {
	missing := make(map[string]bool)
	for _, r := range compressedRows {
		missing[r.name] = true
	}
	lines := readObjdump(t, "compressed.txt")
	for i := 0; i+1 < len(lines); i += 2 {
		c, b := lines[i], lines[i+1]
		got, want := Decode(c.raw), Decode(b.raw)
		if got.Raw != c.raw || got.Len() != 2 || want.Len() != 4 || want.Op == ILLEGAL {
			t.Errorf("%s %s: decodes to %+v", c.mnemonic, c.operands, got)
		}
		got.Raw = want.Raw
		if got != want {
			t.Errorf("%s %s decodes to %+v, %s %s to %+v",
				c.mnemonic, c.operands, got, b.mnemonic, b.operands, want)
		}
		if c.raw == 1 {
			c.mnemonic = "c.nop" // objdump calls it c.addi zero,0
		}
		if name, _ := Compressed(c.raw); name != c.mnemonic {
			t.Errorf("%s %s: called %q", c.mnemonic, c.operands, name)
		}
		delete(missing, c.mnemonic)
	}
	for name := range missing {
		t.Errorf("no instance of %s in testdata/compressed.s", name)
	}
}
