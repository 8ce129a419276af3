package difftest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// instructions decodes the body of p.
func instructions(p *Program) (list []isa.Insn) {
	for code := p.Code; len(code) >= 2; {
		raw := uint32(binary.LittleEndian.Uint16(code))
		if raw&3 == 3 {
			raw = binary.LittleEndian.Uint32(code)
		}
		in := isa.Decode(raw)
		list = append(list, in)
		code = code[in.Len():]
	}
	return list
}

// rounds reports whether instructions of row r have a rounding mode to choose.
func rounds(r *isa.Row) bool {
	switch r.Format {
	case isa.FmtFMA, isa.FmtFRm, isa.FmtF1Rm, isa.FmtXF1Rm, isa.FmtFX1Rm:
		return r.Mask&maskRM == 0
	}
	return false
}

// features names what of the instruction set p uses: instructions, rounding modes
// of each, compressed forms.
func features(p *Program) (names []string) {
	for _, in := range instructions(p) {
		row := in.Op.Row()
		names = append(names, row.Name)
		if rounds(row) {
			names = append(names, fmt.Sprintf("%s,rm%d", row.Name, in.Imm))
		}
		if in.Len() == 2 {
			c, _ := isa.Compressed(in.Raw)
			names = append(names, c)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// userRows are the rows that programs should use.
func userRows() (rows []isa.Row) {
	absent := []isa.Op{isa.EBREAK, isa.ECALL, isa.CBO_CLEAN, isa.CBO_FLUSH, isa.CBO_INVAL}
	for _, r := range isa.Rows() {
		if !slices.Contains(absent, r.Op) && r.Ext != isa.ExtHeap && (r.Class != isa.ClassSystem || r.Ext == isa.ExtZawrs) {
			rows = append(rows, r)
		}
	}
	return rows
}

// userFeatures are the names of the instructions and compressed forms that
// programs should use.
func userFeatures() (names []string) {
	for _, r := range userRows() {
		names = append(names, r.Name)
	}
	for raw := range uint32(1 << 16) {
		if c, _ := isa.Compressed(raw); c != "" && c != "c.ebreak" && !slices.Contains(names, c) {
			names = append(names, c)
		}
	}
	return names
}

func TestEveryInstructionIsGenerated(t *testing.T) {
	seen := map[string]int{}
	for i := range uint64(4000) {
		for _, name := range features(Generate(1, i, int(i%Slots), false)) {
			seen[name]++
		}
	}
	wanted := userFeatures()
	for _, r := range userRows() {
		for _, rm := range []int{0, 1, 2, 3, 4, 7} {
			if rounds(&r) {
				wanted = append(wanted, fmt.Sprintf("%s,rm%d", r.Name, rm))
			}
		}
	}
	for _, name := range wanted {
		if seen[name] == 0 {
			t.Errorf("%s is never generated", name)
		}
	}
}

func TestNothingIllegalIsGenerated(t *testing.T) {
	for i := range uint64(500) {
		p := Generate(2, i, int(i%Slots), false)
		for _, in := range instructions(p) {
			if in.Op == isa.ILLEGAL {
				t.Fatalf("program %d:\n%s", i, p.Listing())
			}
			if in.Op.Row().Format.Rd() == isa.RegX && in.Rd == frames[p.Frame].record {
				t.Fatalf("program %d writes the register of its record:\n%s", i, p.Listing())
			}
		}
	}
}

// TestFaultsFault runs the encodings that are to raise exceptions in a program of
// their own each.
func TestFaultsFault(t *testing.T) {
	for _, raw := range slices.Concat(illegal16, illegal32) {
		p := Generate(6, 6, 0, false)
		p.units = []unit{{items: []item{plain(raw)}, pair: -1},
			{items: []item{{raw: 0x6f, patch: patchJump, addr: saveAddr(p.Frame)}}, pair: -1, keep: true}}
		p.end = 1
		p.assemble()
		img := NewImage([]*Program{p})
		m, err := NewMachine(img, Options{})
		if err != nil {
			t.Fatal(err)
		}
		var trap *Trap
		if err := m.Run(); !errors.As(err, &trap) || trap.PC != bodyAddr(0) {
			t.Errorf("%08x: %v", raw, err)
		}
		m.Close()
	}
}

// TestProgramsEnd runs many programs on our side alone.
func TestProgramsEnd(t *testing.T) {
	for i := range uint64(4) {
		m, err := NewMachine(NewImage(batch(3, i, Slots, false)), engines()[i%2])
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Run(); err != nil {
			t.Error(err)
		}
		m.Close()
	}
}

func TestSeedDecidesEverything(t *testing.T) {
	a, b := Generate(7, 9, 3, false), Generate(7, 9, 3, false)
	if !bytes.Equal(a.Code, b.Code) || a.X != b.X || a.F != b.F || a.Data != b.Data || a.FCSR != b.FCSR {
		t.Error("the same seed gives different programs")
	}
	if c := Generate(7, 10, 3, false); bytes.Equal(a.Code, c.Code) {
		t.Error("different seeds give the same program")
	}
}

func TestEncodeIsDecodedBack(t *testing.T) {
	d := seededDice(1, 1)
	for _, r := range isa.Rows() {
		for range 50 {
			in := isa.Decode(r.Match | d.u32()&^r.Mask)
			// Those that the harness never encodes by operands are left out.
			if in.Op != r.Op || r.Op == isa.FCVTMOD_W_D || rounds(&r) || r.Class == isa.ClassFence || r.Class == isa.ClassHint || r.Format == isa.FmtFLI {
				continue
			}
			if raw := encode(r.Op, in.Rd, in.Rs1, in.Rs2, in.Imm); raw != in.Raw {
				t.Errorf("%s: %08x is encoded as %08x", r.Name, in.Raw, raw)
			}
		}
	}
}

func TestDisplacements(t *testing.T) {
	for d := int32(-256); d < 256; d += 2 {
		if got := isa.Decode(rawCBeqz | immCB(d)).Imm; got != d {
			t.Errorf("c.beqz by %d goes by %d", d, got)
		}
	}
	for d := int32(-2048); d < 2048; d += 2 {
		if got := isa.Decode(rawCJ | immCJ(d)).Imm; got != d {
			t.Errorf("c.j by %d goes by %d", d, got)
		}
	}
	for _, v := range []int32{-496, -16, 16, 256, 496} {
		if in := isa.Decode(addi16sp(v)); in.Op != isa.ADDI || in.Rd != 2 || in.Imm != v {
			t.Errorf("c.addi16sp %d is %s", v, isa.Disassemble(0, in))
		}
	}
}

// TestShrinkLeavesTheCulprit shrinks a program that fails because it multiplies.
func TestShrinkLeavesTheCulprit(t *testing.T) {
	culprit := func(p *Program) bool {
		return slices.ContainsFunc(instructions(p), func(in isa.Insn) bool { return in.Op.Row().Class == isa.ClassMul })
	}
	shrunk := 0
	for i := range uint64(20) {
		p := Generate(4, i, int(i), false)
		if !culprit(p) {
			continue
		}
		q := Shrink(p, culprit)
		shrunk++
		left := 0
		for _, in := range instructions(q) {
			if in.Op != isa.ADDI || in.Rd != 0 {
				left++
			}
		}
		if !culprit(q) || left > 2 || q.Data != 0 || q.F != [32]uint64{} {
			t.Errorf("program %d: %d instructions left:\n%s", i, left, q.Listing())
		}
	}
	if shrunk == 0 {
		t.Error("no program multiplies")
	}
}
