package isa

import (
	"go/ast"
	"go/parser"
	"go/token"
	"math/rand/v2"
	"strings"
	"testing"
	"unsafe"
)

func TestInsnIs16Bytes(t *testing.T) {
	if n := unsafe.Sizeof(Insn{}); n != 16 {
		t.Fatalf("an Insn has %d bytes; four must fit a cache line", n)
	}
}

// opNames returns the names of the Op constants in source order.
func opNames(t *testing.T) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "op.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			names = append(names, spec.Names[0].Name)
		}
		return true
	})
	return names
}

func TestOpConstantsAreTheirMnemonics(t *testing.T) {
	names := opNames(t)
	if len(names) != int(NumOps)+1 || names[NumOps] != "NumOps" {
		t.Fatalf("%d constants in op.go, NumOps is %d", len(names), NumOps)
	}
	for op, name := range names[:NumOps] {
		want := strings.ToUpper(strings.ReplaceAll(Op(op).String(), ".", "_"))
		if name != want {
			t.Errorf("the constant %s has the mnemonic %q", name, Op(op))
		}
	}
}

func TestRowsAreComplete(t *testing.T) {
	if len(Rows()) != int(NumOps)-1 {
		t.Fatalf("%d rows for %d instructions", len(Rows()), NumOps-1)
	}
	seen := make(map[string]bool)
	for i, r := range Rows() {
		switch {
		case int(r.Op) != i+1:
			t.Errorf("%s: row %d has op %d", r.Name, i+1, r.Op)
		case r.Op.Row().Name != r.Name:
			t.Errorf("%s: Row of the op is %s", r.Name, r.Op.Row().Name)
		case r.Match&^r.Mask != 0:
			t.Errorf("%s: match %#x has bits outside its mask %#x", r.Name, r.Match, r.Mask)
		case r.Mask&r.Match&3 != 3:
			t.Errorf("%s: not a 32-bit encoding", r.Name)
		case r.Class == ClassIllegal || r.Ext == ExtNone || r.Ext.String() == "":
			t.Errorf("%s: class or extension missing", r.Name)
		case r.Format >= numFormats:
			t.Errorf("%s: format out of range", r.Name)
		case seen[r.Name]:
			t.Errorf("%s: two rows of that name", r.Name)
		}
		seen[r.Name] = true
	}
}

func TestOutOfRangeValuesHaveNames(t *testing.T) {
	if s := NumOps.String(); s != "illegal" {
		t.Errorf("NumOps is %q", s)
	}
	if s := Op(0xffff).Row().Name; s != "illegal" {
		t.Errorf("Op(0xffff) is %q", s)
	}
	if s := NumExtensions.String(); s != "" {
		t.Errorf("NumExtensions is %q", s)
	}
}

// TestRowsDoNotOverlap accepts two rows for one encoding only where one is a
// special case of the other, and these are known.
func TestRowsDoNotOverlap(t *testing.T) {
	special := map[[2]Op]bool{
		{PAUSE, FENCE}:    true,
		{ZEXT_H, PACKW}:   true,
		{PREFETCH_I, ORI}: true, {PREFETCH_R, ORI}: true, {PREFETCH_W, ORI}: true,
	}
	for i, a := range Rows() {
		for _, b := range Rows()[:i] {
			if (a.Match^b.Match)&a.Mask&b.Mask != 0 {
				continue
			}
			narrow, wide := a, b
			if a.Mask&b.Mask == a.Mask {
				narrow, wide = b, a
			}
			pair := [2]Op{narrow.Op, wide.Op}
			if narrow.Mask&wide.Mask != wide.Mask || !special[pair] {
				t.Errorf("%s and %s accept the same encoding", a.Name, b.Name)
			}
			delete(special, pair)
		}
	}
	for pair := range special {
		t.Errorf("%s does not overlap %s", pair[0], pair[1])
	}
}

// TestCompressedRowsOverlapOnlyBySpecialising: where two compressed rows
// accept one encoding, the narrower must be a special case of the wider.
func TestCompressedRowsOverlapOnlyBySpecialising(t *testing.T) {
	for i, a := range compressedRows {
		if a.match&^a.mask != 0 || a.match&3 == 3 {
			t.Errorf("%s: match %#x is impossible", a.name, a.match)
		}
		for _, b := range compressedRows[:i] {
			if (a.match^b.match)&a.mask&b.mask != 0 {
				continue
			}
			if m := a.mask & b.mask; a.mask == b.mask || m != a.mask && m != b.mask {
				t.Errorf("%s and %s accept the same encoding", a.name, b.name)
			}
		}
	}
}

// encode is the inverse of Decode for one row: it puts the operands of in
// back into their fields. It is written apart from the decoder's extractors
// so that an error would have to be made twice.
func encode(r *Row, in Insn) uint32 {
	imm := uint32(in.Imm)
	rd, rs1, rs2 := uint32(in.Rd)<<7, uint32(in.Rs1)<<15, uint32(in.Rs2)<<20
	switch r.Format {
	case FmtNone:
		return r.Match
	case FmtI, FmtLoad, FmtFLoad, FmtCSR, FmtCSRI, FmtShift, FmtFence:
		return r.Match | rd | rs1 | imm<<20
	case FmtPrefetch:
		return r.Match | rs1 | imm>>5<<25
	case FmtStore, FmtFStore:
		return r.Match | rs1 | rs2 | imm&31<<7 | imm>>5<<25
	case FmtBranch:
		return r.Match | rs1 | rs2 | imm>>12<<31 | imm>>5&63<<25 | imm>>1&15<<8 | imm>>11&1<<7
	case FmtU:
		return r.Match | rd | imm
	case FmtJ:
		return r.Match | rd | imm>>20<<31 | imm>>1&1023<<21 | imm>>11&1<<20 | imm>>12&255<<12
	case FmtAMO, FmtLR:
		return r.Match | rd | rs1 | rs2 | imm<<25
	case FmtFMA:
		return r.Match | rd | rs1 | rs2 | uint32(in.Rs3)<<27 | imm<<12
	case FmtFRm, FmtF1Rm, FmtXF1Rm, FmtFX1Rm:
		return r.Match | rd | rs1 | rs2 | imm<<12
	case FmtFLI:
		return r.Match | rd | imm<<15
	case FmtRound:
		return r.Match | rd | rs1 | imm<<20
	case FmtByte:
		return r.Match | rd | rs1 | rs2 | imm<<30
	case FmtMopR:
		return r.Match | rd | rs1 | imm>>4<<30 | imm>>2&3<<26 | imm&3<<20
	case FmtMopRR:
		return r.Match | rd | rs1 | rs2 | imm>>2<<30 | imm&3<<26
	}
	return r.Match | rd | rs1 | rs2
}

// mayBeIgnored are the fields that the manual tells implementations to
// ignore: encode cannot bring them back.
func mayBeIgnored(r *Row) uint32 {
	switch r.Op {
	case FENCE:
		return 0x000f8f80
	case FENCE_I:
		return 0xffff8f80
	}
	return 0
}

func TestRoundTrip(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, r := range Rows() {
		special := 0
		for range 400 {
			raw := r.Match | rng.Uint32()&^r.Mask
			in := Decode(raw)
			if reserved(&r, raw) {
				if in != (Insn{Raw: raw}) {
					t.Fatalf("%s: %#08x is reserved and decodes to %+v", r.Name, raw, in)
				}
				continue
			}
			if in.Op != r.Op {
				if in.Op.Row().Mask&r.Mask != r.Mask {
					t.Fatalf("%s: %#08x decodes to %s", r.Name, raw, in.Op)
				}
				special++ // a narrower row takes it, as it should
				continue
			}
			if in.Raw != raw || in.Off != 0 || in.Len() != 4 {
				t.Fatalf("%s: %#08x decodes to %+v", r.Name, raw, in)
			}
			if got := encode(&r, in); (got^raw)&^mayBeIgnored(&r) != 0 {
				t.Fatalf("%s: %#08x decodes to %+v, which encodes to %#08x", r.Name, raw, in, got)
			}
			checkOperands(t, &r, in)
		}
		if special > 100 {
			t.Errorf("%s: %d of 400 encodings are another instruction", r.Name, special)
		}
	}
}

// checkOperands checks that registers which the format does not have are 0,
// and that the disassembly starts with the mnemonic.
func checkOperands(t *testing.T, r *Row, in Insn) {
	t.Helper()
	f := r.Format
	if f.Rd() == RegNone && in.Rd != 0 || f.Rs2() == RegNone && in.Rs2 != 0 ||
		f.Rs3() == RegNone && in.Rs3 != 0 ||
		f.Rs1() == RegNone && in.Rs1 != 0 && f != FmtCSRI {
		t.Fatalf("%s: an operand that it does not have: %+v", r.Name, in)
	}
	text := Disassemble(0x80000000, in)
	if !strings.HasPrefix(text, r.Name) {
		t.Fatalf("%s: disassembles to %q", r.Name, text)
	}
}
