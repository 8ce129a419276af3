package amd64_test

import (
	"fmt"
	"testing"

	"github.com/hartwood-vm/hartwood/jitworker/engine"
	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/blocks"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
	"github.com/hartwood-vm/hartwood/vcpu/mem"
)

// levelRegion is the level of regions (engine.levelRegion).
const levelRegion = 3

// A randomNest is a program of two loops, one in the other, whose bodies are those of a randomLoop with branches
// forward in them, so that they are several blocks each.
type randomNest struct {
	outer, inner          []isa.Insn
	branches              map[*isa.Insn]branch // ahead of instructions
	start, rounds, inside uint64
}

// branch leads over two instructions.
type branch struct {
	op   isa.Op
	a, b uint8
	jump bool // a jump to the next instruction follows, which ends the block
}

func newRandomNest(d dice) *randomNest {
	n := &randomNest{outer: newRandomLoop(d).body, inner: newRandomLoop(d).body, branches: map[*isa.Insn]branch{},
		start: d.Uint64N(9000), rounds: 2 + d.Uint64N(9), inside: 1 + d.Uint64N(12)}
	for _, body := range [][]isa.Insn{n.outer, n.inner} {
		for i := 0; i+2 < len(body); i += 3 {
			if d.IntN(2) == 0 {
				op := pick(d, []isa.Op{isa.BEQ, isa.BNE, isa.BLT, isa.BGEU})
				n.branches[&body[i]] = branch{op, pick(d, loopValues), pick(d, loopValues), d.IntN(2) == 0}
			}
		}
	}
	return n
}

// add appends a body to p.
func (n *randomNest) add(p *asm.Program, name string, body []isa.Insn) {
	for i := range body {
		p.Label(fmt.Sprint(name, i))
		if b, ok := n.branches[&body[i]]; ok {
			p.Branch(b.op, b.a, b.b, fmt.Sprint(name, i+2))
			if b.jump {
				p.Jump(asm.Zero, fmt.Sprint(name, i, "on")).Label(fmt.Sprint(name, i, "on"))
			}
		}
		p.Insn(body[i])
	}
}

func (n *randomNest) build(p *asm.Program) {
	p.LI(asm.A1, loopData+n.start).LI(asm.A2, loopData+20000).LI(asm.T4, loopData+40000).LI(asm.T5, loopData+40000)
	p.LI(asm.S2, n.rounds).LI(asm.S4, loopData+50000).LI(asm.S5, loopData+60000).LI(asm.S8, 0)
	p.Jump(asm.Zero, "outer").Label("outer")
	n.add(p, "o", n.outer)
	p.LI(asm.S7, n.inside).Jump(asm.Zero, "inner").Label("inner")
	n.add(p, "i", n.inner)
	p.I(isa.ADDI, asm.S8, asm.S8, 3).I(isa.ADDI, asm.S7, asm.S7, -1).Branch(isa.BNE, asm.S7, asm.Zero, "inner")
	p.I(isa.ADDI, asm.S2, asm.S2, -1).Branch(isa.BNE, asm.S2, asm.Zero, "outer").Op(isa.EBREAK)
}

// Nests of loops of many blocks do as regions what they do interpreted: as regions of all that there is, and as those that are
// picked by counts, with tables of translations that are emptied in between.
func TestRandomNests(t *testing.T) {
	machines, programs := 40, 30
	if testing.Short() {
		machines, programs = 6, 20
	}
	d := newDice(12)
	made := uint64(0)
	for range machines {
		cfg := eager()
		p := pairWith(t, cfg)
		for range programs {
			n := newRandomNest(d)
			pc := p.load(n.build)
			p.beginAnew()
			p.native.stay = d.IntN(2) == 0
			for round := range 4 {
				if d.IntN(2) == 0 {
					for _, r := range p.compiled() {
						r.core.MMU.FlushFirstLevel()
					}
				}
				p.sameMemory(t, "a nest", pc)
				if round == 1 {
					p.native.regions(pc, p.native.next-pc)
				}
			}
		}
		made += p.native.engine.Stats().Regions.Made
	}
	if made == 0 {
		t.Error("no region was picked")
	}
}

// regions asks for regions for all blocks within n bytes from pc on that look hot. ways are the addresses that indirect jumps
// were found to lead to; accesses were found to stay in their pages if r.stay.
func (r *rig) regions(pc, n uint64, ways ...uint64) {
	var hot []*blocks.Block
	for at := pc; at < pc+n; at += 2 {
		if b := r.cache.Find(blocks.Key{PA: at, Mode: r.core.Mode()}); b != nil && b.Native() != nil {
			for _, e := range b.Exits() { // as if it had been interpreted for long
				b.Take(e.Link, 9_999)
			}
			b.Bump(10_000)
			for i, pa := range ways {
				b.Went(pa, uint64(10_000+i))
			}
			for n := range 32 * 8 {
				if r.stay {
					b.Saw(n/8, 1)
				}
			}
			hot = append(hot, b)
		}
	}
	for _, b := range hot {
		r.engine.Request(b, levelRegion)
	}
}

// acrossPages is a loop that goes from one page to the next and back, and adds up in a0 what step says.
func acrossPages(far uint64, step int32) func(p *asm.Program) {
	return func(p *asm.Program) {
		p.LI(asm.A0, 0).LI(asm.S3, 0).LI(asm.S4, 400).Jump(asm.Zero, "loop").Label("loop").Label("landing")
		p.I(isa.ADDI, asm.S3, asm.S3, 1).Jump(asm.Zero, "far").Org(far).Label("far")
		p.I(isa.ADDI, asm.A0, asm.A0, step).Branch(isa.BEQ, asm.S3, asm.S4, "out").Jump(asm.Zero, "loop").Label("out").Op(isa.EBREAK)
	}
}

// callAcrossPages is acrossPages with a call in place of the jumps.
func callAcrossPages(far uint64, step int32) func(p *asm.Program) {
	return func(p *asm.Program) {
		p.LI(asm.A0, 0).LI(asm.S3, 0).LI(asm.S4, 400).Jump(asm.Zero, "loop").Label("loop")
		p.I(isa.ADDI, asm.S3, asm.S3, 1).Jump(asm.RA, "far").Label("landing").Branch(isa.BNE, asm.S3, asm.S4, "loop").Op(isa.EBREAK)
		ret(p.Org(far).Label("far").I(isa.ADDI, asm.A0, asm.A0, step))
	}
}

// A region of two pages goes from one to the other as long as the second lies where it did, and dies with it: what the
// loop does is what its code says, at any time.
func TestRegionsOfTwoPages(t *testing.T) {
	for name, build := range map[string]func(far uint64, step int32) func(p *asm.Program){"jumps": acrossPages, "calls": callAcrossPages} {
		t.Run(name, func(t *testing.T) { regionsOfTwoPages(t, build) })
	}
}

func regionsOfTwoPages(t *testing.T, build func(far uint64, step int32) func(p *asm.Program)) {
	cfg := eager()
	cfg.Forms = engine.FastOnly
	r := newRigWith(t, &cfg)
	far := r.next + physmem.PageSize
	var landing uint64
	pc := r.load(func(p *asm.Program) {
		build(far, 1)(p)
		landing = p.Addr("landing")
	})
	run := func(what string, want uint64) {
		t.Helper()
		r.finish(pc)
		if got := r.core.S.R[asm.A0]; got != want {
			t.Fatalf("%s: a0 is %d, want %d", what, got, want)
		}
	}
	run("the quick tier", 400)
	run("and again", 400)
	r.regions(pc, 2*physmem.PageSize, landing)
	if s := r.engine.Stats().Regions; s.Crossing == 0 {
		t.Fatalf("no region of two pages: %+v", s)
	}
	var head *blocks.Native
	for at := pc; head == nil; at += 2 {
		if b := r.cache.Find(blocks.Key{PA: at}); b != nil && b.Native() != nil && len(b.Native().Others) > 0 {
			head = b.Native()
		}
	}
	links := r.core.Native.Exits
	run("the region", 400)
	for kind, n := range r.core.Native.Exits {
		if n > links[kind]+20 {
			t.Errorf("the region was left %d times, for %d", n-links[kind], kind)
		}
	}
	for range 3 { // then what the hart knows of the second page is found out anew: the region is left once or twice
		r.core.MMU.FlushFirstLevel()
		links, known := r.core.Native.Exits, r.core.S.TLB.Fetch[far>>physmem.PageShift%shardedtlb.FetchEntries].Tag
		run("the region, after a loss of translations", 400)
		for kind, n := range r.core.Native.Exits {
			if n > links[kind]+20 {
				t.Errorf("after a loss of translations the region was left %d times, for %d", n-links[kind], kind)
			}
		}
		if now := r.core.S.TLB.Fetch[far>>physmem.PageShift%shardedtlb.FetchEntries].Tag; now == known {
			t.Error("what the hart knew of the second page was lost, and is not known again")
		}
	}
	forget := func() { // all that the hart knows of where code is
		r.core.SetMode(code.Strict)
		r.core.SetMode(0)
	}
	// The second page's address leads to a third one, as in another address space.
	third := far + physmem.PageSize
	text, err := r.mem.Slice(far, 64)
	r.must(err)
	r.must(r.mem.WriteAt(text, third))
	r.must(r.mem.WriteAt(asm.New(third).I(isa.ADDI, asm.A0, asm.A0, 3).Bytes(), third))
	entry := &r.core.S.TLB.Fetch[far>>physmem.PageShift%shardedtlb.FetchEntries]
	forget()
	if _, fault := r.core.Fetch(far); fault.Kind != mem.OK {
		t.Fatal(fault)
	}
	entry.Addend = uintptr(third)
	run("with another second page", 1200)
	if entry.Addend != uintptr(third) {
		t.Error("the hart has lost what it knew of the second page")
	}
	entry.Addend = uintptr(far)
	forget()
	run("with the first second page again", 400)

	p := asm.New(far).I(isa.ADDI, asm.A0, asm.A0, 7)
	r.must(r.mem.WriteAt(p.Bytes(), far))
	if head.Block.Native() == head {
		t.Error("the region outlives a part of it")
	}
	r.core.FenceI()
	run("after a change of the second page", 2800)
}
