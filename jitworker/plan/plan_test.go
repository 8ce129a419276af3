package plan

import (
	"testing"

	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

const page = 0x8000_0000

// planFor plans the body at the start of a program, off bytes from its page's start.
func planFor(t *testing.T, off uint64, counts code.Counts, dense bool, build func(p *asm.Program)) *Plan {
	t.Helper()
	p := asm.New(page + off)
	build(p)
	var b code.Builder
	body, ok := b.Build(p.Bytes(), code.Heap, true, code.MaxInsns)
	if !ok {
		t.Fatal("no body")
	}
	out := new(Plan)
	out.Make(&code.Part{Body: &body, PA: page + off, Counts: counts}, dense)
	return out
}

// copying is the example of the package's documentation.
func copying(p *asm.Program) {
	p.Label("start").I(isa.LD, asm.A3, asm.A0, 0).Branch(isa.BEQ, asm.A3, asm.Zero, "out")
	p.I(isa.LD, asm.A4, asm.A0, 8).S(isa.SD, asm.A3, asm.A1, 0).S(isa.SD, asm.A4, asm.A1, 8)
	p.I(isa.ADDI, asm.A0, asm.A0, 16).I(isa.ADDI, asm.A1, asm.A1, 16).Branch(isa.BNE, asm.A0, asm.A2, "start")
	p.Label("out").Op(isa.EBREAK)
}

// The documentation's example is planned as it says there.
func TestExample(t *testing.T) {
	counts := code.Counts{Executions: 1000, Taken: [code.MaxLinks]uint64{50, 800}}
	p := planFor(t, 0, counts, false, copying)
	if len(p.Ops) != 10 || p.Loop != 8 || p.From != 1 || p.To != 8 {
		t.Errorf("%d operations, loop %d, slow path %d to %d", len(p.Ops), p.Loop, p.From, p.To)
	}
	if p.Likely(&p.Ops[2]) || !p.Likely(&p.Ops[8]) {
		t.Error("the branch out is likely, or the loop's is not")
	}
	for i, want := range map[int]Group{
		1: {Slot: 0, First: 1, Lo: 0, Hi: 16, members: 2}, 3: {Slot: 0, First: 1, Lo: 0, Hi: 16, members: 2},
		4: {Slot: 1, First: 4, Lo: 0, Hi: 16, Stores: true, members: 2}, 5: {Slot: 1, First: 4, Lo: 0, Hi: 16, Stores: true, members: 2},
	} {
		if g := p.Group(i); g == nil || *g != want {
			t.Errorf("micro-operation %d: group %+v, want %+v", i, g, want)
		}
	}
	if g := p.Group(6); g != nil {
		t.Errorf("an addition is in group %+v", g)
	}
	if end := p.End(); end != nil {
		t.Errorf("the code ends early, with %+v", end)
	}

	counts.Taken[0] = 950
	p = planFor(t, 0, counts, false, copying)
	if len(p.Ops) != 3 || p.Loop != -1 {
		t.Errorf("%d operations, loop %d, for a branch that is nearly always taken", len(p.Ops), p.Loop)
	}
	if end := p.End(); end == nil || end.Link() != p.Ops[2].Link()+1 || end.Target() != 8 {
		t.Errorf("the code ends with %+v", end)
	}

	if p = planFor(t, 0, counts, true, copying); p.Loop != -1 || p.From != -1 {
		t.Errorf("loop %d, slow path from %d, in dense code", p.Loop, p.From)
	}
}

// Without counts a branch back is likely and one forward is not.
func TestLikelyWithoutCounts(t *testing.T) {
	p := planFor(t, 0, code.Counts{Executions: minReached - 1, Taken: [code.MaxLinks]uint64{minReached - 1}}, false, copying)
	if p.Likely(&p.Ops[2]) || !p.Likely(&p.Ops[8]) {
		t.Error("too few executions count")
	}
}

// Groups end where the base changes, where the span is full, and at the loop's end; sums with a constant and copies of
// a register have its base.
func TestGroups(t *testing.T) {
	for name, test := range map[string]struct {
		build  func(p *asm.Program)
		groups []uint8 // of the accesses, in turn: a letter each, '.' for none
	}{
		"one":      {func(p *asm.Program) { p.I(isa.LD, asm.A1, asm.A0, 0).I(isa.LW, asm.A2, asm.A0, 8) }, []uint8("aa")},
		"alone":    {func(p *asm.Program) { p.I(isa.LD, asm.A1, asm.A0, 0).I(isa.LW, asm.A2, asm.A3, 8) }, []uint8("..")},
		"the base": {func(p *asm.Program) { p.I(isa.LD, asm.A0, asm.A0, 0).I(isa.LD, asm.A2, asm.A0, 0) }, []uint8("..")},
		"a sum": {func(p *asm.Program) {
			p.I(isa.LD, asm.A1, asm.A0, 0).I(isa.ADDI, asm.A2, asm.A0, 64).I(isa.LD, asm.A3, asm.A2, -8)
		}, []uint8("aa")},
		"a copy": {func(p *asm.Program) {
			p.I(isa.LD, asm.A1, asm.A0, 0).I(isa.ADDI, asm.A2, asm.A0, 0).I(isa.LD, asm.A3, asm.A2, 8)
		}, []uint8("aa")},
		"too far": {func(p *asm.Program) {
			p.I(isa.LD, asm.A1, asm.A0, 0).I(isa.LD, asm.A2, asm.A0, 8).I(isa.LD, asm.A3, asm.A0, maxSpan).I(isa.LB, asm.A4, asm.A0, maxSpan)
		}, []uint8("aabb")},
		"just near": {func(p *asm.Program) { p.I(isa.LD, asm.A1, asm.A0, 0).I(isa.LD, asm.A3, asm.A0, maxSpan-8) }, []uint8("aa")},
		"a computation": {func(p *asm.Program) {
			p.I(isa.LD, asm.A1, asm.A0, 0).R(isa.ADD, asm.A0, asm.A0, asm.A1).I(isa.LD, asm.A3, asm.A0, 8).I(isa.LD, asm.A4, asm.A0, 16)
		}, []uint8(".aa")},
		"pair": {func(p *asm.Program) { // AMOCAS.Q writes a1 too
			p.I(isa.LD, asm.A2, asm.A1, 0).R(isa.AMOCAS_Q, asm.A0, asm.T3, asm.T5).I(isa.LD, asm.A3, asm.A1, 8)
		}, []uint8("..")},
	} {
		p := planFor(t, 0, code.Counts{}, false, func(p *asm.Program) { test.build(p); p.Op(isa.EBREAK) })
		var got []uint8
		letters := map[*Group]uint8{}
		for i := range p.Ops {
			if k := code.Of(p.Ops[i].Op).Kind; k != code.Load && k != code.Store {
				continue
			}
			g := p.Group(i)
			if g == nil {
				got = append(got, '.')
				continue
			}
			if letters[g] == 0 {
				letters[g] = 'a' + uint8(len(letters))
			}
			got = append(got, letters[g])
		}
		if string(got) != string(test.groups) {
			t.Errorf("%s: groups %s, want %s", name, got, test.groups)
		}
	}
}

// A loop that changes the rounding mode, or accesses no memory, is none; an access in a loop is a group by itself.
func TestLoops(t *testing.T) {
	loop := func(middle func(p *asm.Program)) *Plan {
		return planFor(t, 0, code.Counts{}, false, func(p *asm.Program) {
			p.Label("start")
			middle(p)
			p.I(isa.ADDI, asm.A0, asm.A0, 8).Branch(isa.BNE, asm.A0, asm.A1, "start").Op(isa.EBREAK)
		})
	}
	if p := loop(func(p *asm.Program) { p.I(isa.LD, asm.A2, asm.A0, 0) }); p.Loop < 0 || p.Group(p.From) == nil {
		t.Errorf("loop %d, slow path from %d", p.Loop, p.From)
	}
	if p := loop(func(p *asm.Program) { p.R(isa.ADD, asm.A2, asm.A2, asm.A0) }); p.Loop >= 0 {
		t.Error("a loop without accesses")
	}
	if p := loop(func(p *asm.Program) {
		p.I(isa.LD, asm.A2, asm.A0, 0).CSR(isa.CSRRWI, asm.Zero, isa.CSR_FRM, 1)
	}); p.Loop >= 0 {
		t.Error("a loop that changes the rounding mode")
	}
	if p := loop(func(p *asm.Program) {
		p.I(isa.LD, asm.A2, asm.A0, 0).CSR(isa.CSRRWI, asm.Zero, isa.CSR_FFLAGS, 1)
	}); p.Loop < 0 {
		t.Error("flags are no rounding mode")
	}
}

// What is behind a loop is in no group of the loop's.
func TestGroupsEndWithTheLoop(t *testing.T) {
	p := planFor(t, 0, code.Counts{}, false, func(p *asm.Program) {
		p.Label("start").I(isa.LD, asm.A2, asm.A3, 0).I(isa.ADDI, asm.A0, asm.A0, 8).Branch(isa.BNE, asm.A0, asm.A1, "start")
		p.I(isa.LD, asm.A4, asm.A3, 8).I(isa.LD, asm.A5, asm.A3, 16).Op(isa.EBREAK)
	})
	inside, behind := p.Group(1), p.Group(p.Loop+1)
	if inside == nil || behind == nil || inside == behind || behind != p.Group(p.Loop+2) {
		t.Errorf("groups %+v and %+v", inside, behind)
	}
}

// A plan knows nothing of the one before it.
func TestMakeForgets(t *testing.T) {
	other := planFor(t, 0, code.Counts{}, false, func(p *asm.Program) {
		p.I(isa.LD, asm.A3, asm.A0, 0).I(isa.ADDI, asm.T3, asm.T4, 1).I(isa.ADDI, asm.T4, asm.T5, 1).Op(isa.EBREAK)
	})
	for _, dense := range []bool{false, true} { // with a loop, and without
		p := planFor(t, 0, code.Counts{}, dense, copying)
		p.Make(other.Part, false)
		if p.Loop != -1 || p.From != -1 || len(p.Ops) != len(other.Ops) {
			t.Errorf("loop %d, slow path from %d, %d operations", p.Loop, p.From, len(p.Ops))
		}
		for i := range p.Ops {
			if g := p.Group(i); g != nil {
				t.Errorf("micro-operation %d is in group %+v", i, g)
			}
		}
	}
}

// What another virtual address may lead to elsewhere is looked up: other pages, and an instruction that may cross.
func TestInPage(t *testing.T) {
	const off = 64
	p := planFor(t, off, code.Counts{}, false, func(p *asm.Program) { p.Op(isa.EBREAK) })
	for delta, want := range map[int64]bool{
		-off: true, -off - 2: false, 0: true,
		physmem.PageSize - off - 4: true, physmem.PageSize - off - 2: false, physmem.PageSize - off: false,
	} {
		if p.InPage(0, delta) != want {
			t.Errorf("%+d bytes from %#x: %v", delta, page+off, !want)
		}
	}
	p.Crossing = true
	if p.InPage(0, -off) {
		t.Error("an instruction that crosses is in two pages")
	}
}

func TestValue(t *testing.T) {
	p := planFor(t, 0, code.Counts{}, false, func(p *asm.Program) {
		p.I(isa.ADDI, asm.A0, asm.Zero, 5).I(isa.LD, asm.A1, asm.A2, 0).I(isa.LD, asm.A3, asm.A2, 8).Op(isa.EBREAK)
	})
	for slot, want := range map[uint8]uint64{asm.Zero: 0, asm.A0: 5} {
		if v, known := p.Value(3, slot); !known || v != want {
			t.Errorf("%s is %d, known %v", isa.XName(slot), v, known)
		}
	}
	for _, slot := range []uint8{asm.A1, asm.A2} {
		if v, known := p.Value(3, slot); known {
			t.Errorf("%s is known to be %d", isa.XName(slot), v)
		}
	}
	if _, known := p.Value(1, asm.A0); known {
		t.Error("a0 is known before it is set")
	}
}
