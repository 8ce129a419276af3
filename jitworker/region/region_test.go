package region_test

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/hartwood-vm/hartwood/jitworker/region"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

var update = flag.Bool("update", false, "write the regions of testdata anew")

const base = 0x8000_0000

// guest is code in memory, with what has been counted (region.Source).
type guest struct {
	at     uint64
	text   []byte
	counts map[uint64]code.Counts
	leads  map[uint64]uint64
	ways   map[uint64][]code.Way
	stay   map[uint64]uint64 // of accesses, by the block's address
	stray  map[uint64]uint64
}

func newGuest(build func(p *asm.Program)) *guest {
	p := asm.New(base)
	build(p)
	return &guest{at: base, text: p.Bytes(), counts: map[uint64]code.Counts{}, leads: map[uint64]uint64{}, ways: map[uint64][]code.Way{},
		stay: map[uint64]uint64{}, stray: map[uint64]uint64{}}
}

func (g *guest) Block(pa uint64) (code.Part, bool) {
	counts, ok := g.counts[pa]
	if !ok {
		return code.Part{}, false
	}
	var b code.Builder
	end := min((pa/4096+1)*4096-g.at, uint64(len(g.text)))
	body, ok := b.Build(g.text[pa-g.at:end], 0, true, code.MaxInsns)
	return code.Part{Body: &body, PA: pa, Counts: counts, Ways: slices.Clone(g.ways[pa]), Stay: g.stay[pa], Stray: g.stray[pa]}, ok
}

func (g *guest) Leads(pa uint64, link uint8) uint64 { return g.leads[pa+uint64(link)] }

// count says how often the block at an offset was executed, and its exits taken.
func (g *guest) count(offset, executions uint64, taken ...uint64) {
	c := code.Counts{Executions: executions}
	copy(c.Taken[:], taken)
	g.counts[base+offset] = c
}

// loopOfTwo is a loop of two blocks, with a rare way out and a rare way through a third.
func loopOfTwo() *guest {
	g := newGuest(func(p *asm.Program) {
		p.Label("loop").I(isa.LD, asm.T3, asm.A0, 0).I(isa.ADDI, asm.A0, asm.A0, 8).Branch(isa.BEQ, asm.T3, asm.Zero, "rare")
		p.R(isa.ADD, asm.S5, asm.S5, asm.T3).Jump(asm.Zero, "second").Align(64)
		p.Label("second").I(isa.LD, asm.T4, asm.T3, 8).S(isa.SD, asm.T4, asm.A1, 0).I(isa.ADDI, asm.A1, asm.A1, 8)
		p.Branch(isa.BNE, asm.A0, asm.A2, "loop").Op(isa.EBREAK).Align(64)
		p.Label("rare").I(isa.ADDI, asm.S6, asm.S6, 1).Jump(asm.Zero, "second")
	})
	g.count(0, 1000, 10, 990)
	g.count(64, 1000, 995)
	g.count(128, 10, 10)
	return g
}

// loopOfTwoPages is loopOfTwo as samples have found its accesses: the load from a wild base in one page, the store in many.
func loopOfTwoPages() *guest {
	g := loopOfTwo()
	g.stay[base+64], g.stray[base+64] = 1, 2
	return g
}

// nest is a loop in a loop, the inner of one block.
func nest(inner uint64) *guest {
	g := newGuest(func(p *asm.Program) {
		p.Label("outer").I(isa.ADDI, asm.T0, asm.Zero, 5).I(isa.ADDI, asm.T2, asm.T2, 1).Jump(asm.Zero, "inner").Align(64)
		p.Label("inner").R(isa.ADD, asm.S7, asm.S7, asm.T0).I(isa.ADDI, asm.T0, asm.T0, -1).Branch(isa.BNE, asm.T0, asm.Zero, "inner")
		p.Branch(isa.BNE, asm.T2, asm.T1, "outer").Op(isa.EBREAK)
	})
	g.count(0, 1000, 1000)
	g.count(64, 1000*inner, 1000*(inner-1), 999)
	return g
}

// doubles is a loop of two blocks of floating point: fa0 is a sum, which is stored by a rare third; fa2 is loaded the one
// way and computed the other.
func doubles() *guest {
	g := newGuest(func(p *asm.Program) {
		p.Label("loop").I(isa.FLD, 11, asm.A0, 0).R(isa.FMUL_D, 13, 11, 11).Branch(isa.BNE, asm.A1, asm.A2, "over")
		p.I(isa.FLD, 12, asm.A0, 8).Jump(asm.Zero, "over").Align(64)
		p.Label("over").R(isa.FADD_D, 10, 10, 13).Branch(isa.BEQ, asm.A3, asm.A4, "out")
		p.I(isa.ADDI, asm.A0, asm.A0, 16).R(isa.FSUB_D, 12, 12, 10).Branch(isa.BNE, asm.A0, asm.A5, "loop").Op(isa.EBREAK).Align(64)
		p.Label("out").S(isa.FSD, 10, asm.A0, 0).Jump(asm.Zero, "loop")
	})
	g.count(0, 1000, 500, 500)
	g.count(64, 1000, 100, 890)
	g.count(128, 100, 100)
	return g
}

// twoPages is a loop that goes to another page and back.
func twoPages() *guest {
	g := newGuest(func(p *asm.Program) {
		p.Label("loop").I(isa.ADDI, asm.S3, asm.S3, 1).Jump(asm.Zero, "far").Align(4096)
		p.Label("far").I(isa.ADDI, asm.S4, asm.S4, 2).Branch(isa.BEQ, asm.S4, asm.S5, "out").Jump(asm.Zero, "loop")
		p.Label("out").Op(isa.EBREAK)
	})
	g.count(0, 500, 500)
	g.count(4096, 500, 2, 498)
	g.leads[base] = base + 4096
	g.leads[base+4096+1] = base
	return g
}

// went says how often the jump at the end of the block at an offset led to others.
func (g *guest) went(offset uint64, ways ...code.Way) {
	for i := range ways {
		ways[i].PA += base
	}
	g.ways[base+offset] = ways
}

// machine is an interpreter of another machine's code: a loop that jumps by a table to one of four cases.
func machine() *guest {
	g := newGuest(func(p *asm.Program) {
		p.Label("loop").I(isa.LBU, asm.T1, asm.A0, 0).R(isa.SH3ADD, asm.T1, asm.T1, asm.A1).I(isa.LD, asm.T1, asm.T1, 0).I(isa.JALR, asm.Zero, asm.T1, 0).Align(64)
		for i := range int32(4) {
			p.I(isa.ADDI, asm.A2, asm.A2, i).I(isa.ADDI, asm.A0, asm.A0, 1).Jump(asm.Zero, "loop").Align(64)
		}
	})
	g.count(0, 1000)
	for i, n := range []uint64{100, 500, 390, 10} {
		g.count(64*uint64(i+1), n, n)
	}
	g.went(0, code.Way{PA: 64, Times: 100}, code.Way{PA: 128, Times: 500}, code.Way{PA: 192, Times: 390}, code.Way{PA: 256, Times: 10})
	return g
}

// calling is a loop that calls a function, directly or by a register, which others call too; rounds says how often the function
// goes round in a loop of its own.
func calling(direct bool, rounds uint64) *guest {
	g := newGuest(func(p *asm.Program) {
		p.Label("loop").I(isa.ADDI, asm.A0, asm.A0, -1)
		if direct {
			p.Jump(asm.RA, "f")
		} else {
			p.I(isa.JALR, asm.RA, asm.S3, 0)
		}
		p.Branch(isa.BNE, asm.A0, asm.Zero, "loop").Op(isa.EBREAK).Align(64)
		p.Label("f").I(isa.ADDI, asm.A1, asm.A1, 2).Jump(asm.Zero, "g").Align(64)
		p.Label("g").I(isa.ADDI, asm.A2, asm.A2, 2).Branch(isa.BNE, asm.A2, asm.A3, "g").I(isa.JALR, asm.Zero, asm.RA, 0).Align(64)
		p.I(isa.ADDI, asm.A4, asm.A4, 2).Jump(asm.RA, "f").Op(isa.EBREAK) // another caller
	})
	if direct {
		g.count(0, 1000, 1000)
	} else {
		g.count(0, 1000)
		g.went(0, code.Way{PA: 64, Times: 1000})
	}
	g.count(8, 1000, 999)
	g.count(64, 1020, 1020)
	g.count(128, 1020*rounds, 1020*(rounds-1))
	g.went(128, code.Way{PA: 8, Times: 1000}, code.Way{PA: 200, Times: 20})
	g.count(192, 20, 20)
	g.count(200, 20)
	return g
}

func pick(g *guest, offset uint64, all bool) (*code.Unit, bool) {
	u := new(code.Unit)
	k := region.Picker{Source: g, All: all}
	ok := k.Pick(u, base+offset)
	return u, ok
}

// The passes find out of the sample regions what testdata has. Who changes a pass looks at what
// `go test ./jitworker/region -update` has changed there.
func TestPasses(t *testing.T) {
	samples := map[string]*guest{"two_blocks": loopOfTwo(), "seen_pages": loopOfTwoPages(), "nest": nest(3), "inner_loop": nest(100), "two_pages": twoPages(), "doubles": doubles(),
		"machine": machine(), "calling": calling(true, 1), "calling_by_register": calling(false, 1)}
	for name, g := range samples {
		reason := uint64(0)
		if name == "inner_loop" {
			reason = 64
		}
		u, ok := pick(g, reason, false)
		if !ok {
			t.Errorf("%s: no region", name)
			continue
		}
		var r region.Region
		r.Make(u)
		got, path := r.String(), filepath.Join("testdata", name+".txt")
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s is\n%s\nwant\n%s", name, got, want)
		}
	}
}

// parts lists the offsets of a unit's blocks.
func parts(u *code.Unit) (list []uint64) {
	for i := range u.Parts {
		list = append(list, u.Parts[i].PA-base)
	}
	return list
}

func TestPick(t *testing.T) {
	straight := newGuest(func(p *asm.Program) {
		p.I(isa.ADDI, asm.A0, asm.A0, 1).Jump(asm.Zero, "on").Align(64).Label("on").Op(isa.EBREAK)
	})
	straight.count(0, 1000, 1000)
	straight.count(64, 1000)
	rounding := newGuest(func(p *asm.Program) {
		p.Label("loop").Insn(isa.Insn{Op: isa.CSRRWI, Rs1: 1, Imm: int32(isa.CSR_FRM)}).Branch(isa.BNE, asm.A0, asm.A1, "loop").Op(isa.EBREAK)
	})
	rounding.count(0, 1000, 990)
	flags := newGuest(func(p *asm.Program) {
		p.Label("loop").Insn(isa.Insn{Op: isa.CSRRS, Rd: asm.A0, Imm: int32(isa.CSR_FFLAGS)}).Branch(isa.BNE, asm.A0, asm.A1, "loop").Op(isa.EBREAK)
	})
	flags.count(0, 1000, 995)
	few := nest(2)
	few.count(0, 1000, 1000)
	few.count(64, 2000, 1000, 10) // hardly ever back to the outer loop
	for _, test := range []struct {
		name   string
		g      *guest
		reason uint64
		all    bool
		want   []uint64 // the offsets of its blocks; none: no region
	}{
		{"the loop's head is the reason", loopOfTwo(), 0, false, []uint64{0, 64}},
		{"another block of the loop is", loopOfTwo(), 64, false, []uint64{0, 64}},
		{"a block that is rarely executed stays outside", loopOfTwo(), 0, false, []uint64{0, 64}},
		{"but not if all is to be taken", loopOfTwo(), 0, true, []uint64{0, 128, 64}},
		{"a block in no loop", straight, 0, false, nil},
		{"a change of the rounding mode", rounding, 0, false, nil},
		{"the flags of floating point", flags, 0, false, []uint64{0}},
		{"a nest that is about as hot inside", nest(3), 0, false, []uint64{0, 64}},
		{"an inner loop that is far hotter", nest(100), 64, false, []uint64{64}},
		{"a loop that goes round twice", few, 64, false, nil},
		{"a jump by a table", machine(), 0, false, []uint64{0, 64, 128, 192}},
		{"and back", machine(), 128, false, []uint64{0, 64, 128, 192}},
		{"a call", calling(true, 1), 0, false, []uint64{0, 64, 128, 8}},
		{"a call by a register", calling(false, 1), 8, false, []uint64{0, 64, 128, 8}},
		{"of a function with a loop", calling(true, 9), 0, false, nil},
		{"a function is no reason for its callers", calling(true, 1), 64, false, nil},
		{"two pages", twoPages(), 4096, false, []uint64{0, 4096}},
		{"there is no such block", loopOfTwo(), 1024, false, nil},
	} {
		u, ok := pick(test.g, test.reason, test.all)
		if ok != (test.want != nil) || ok && !slices.Equal(parts(u), test.want) {
			t.Errorf("%s: %v %d, want %d", test.name, ok, parts(u), test.want)
		}
	}
}

// A region is bounded, however long the loop is.
func TestRegionsAreBounded(t *testing.T) {
	const blocks = 40
	g := newGuest(func(p *asm.Program) {
		for i := range blocks {
			p.Org(base + uint64(i)*64).Label(string(rune('A' + i)))
			p.I(isa.ADDI, asm.A0, asm.A0, 1).Jump(asm.Zero, string(rune('A'+(i+1)%blocks)))
		}
	})
	for i := range uint64(blocks) {
		g.count(i*64, 1000, 1000)
	}
	for _, all := range []bool{false, true} {
		u, ok := pick(g, 0, all)
		if len(u.Parts) > region.MaxParts || all && (!ok || len(u.Parts) != region.MaxParts) {
			t.Errorf("all %v: %v, %d parts", all, ok, len(u.Parts))
		}
	}
}
