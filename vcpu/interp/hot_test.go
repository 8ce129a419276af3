package interp_test

import (
	"testing"

	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/blocks"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/codemap"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// A failed compilation leaves its block as one that can be asked for again.
func TestNotCompiledIsAskedForAgain(t *testing.T) {
	r := newRig(t, 1, 0)
	e := &asking{}
	r.Cache.Compile(e)
	r.Load(asm.New(ram).Label("loop").I(isa.ADDI, asm.A0, asm.A0, 1).Jump(asm.Zero, "loop"), ram)
	c := r.Cores[0]
	run := func() {
		c.S.PC = ram
		c.S.Arm(100)
		if x := c.Run(); x != interp.ExitPoll {
			t.Fatalf("exit %d", x)
		}
	}
	run()
	if e.asked != 1 || e.block.PC() != ram {
		t.Fatalf("asked %d times, for %#x", e.asked, e.block.PC())
	}
	run()
	if e.asked != 1 || e.hurried == 0 {
		t.Fatalf("asked %d times and hurried %d times while it is compiled", e.asked, e.hurried)
	}
	e.block.NotCompiled()
	run()
	if e.asked != 2 {
		t.Errorf("asked %d times, want 2", e.asked)
	}
}

// asking is an Engine that takes requests and never delivers.
type asking struct {
	blocks.Engine
	asked, hurried int
	block          *blocks.Block
}

func (a *asking) Codes(code.Mode) *codemap.Map { return emptyMap() }
func (a *asking) Threshold() uint32            { return 10 }
func (a *asking) Recall(*blocks.Block)         {}
func (a *asking) Yield()                       {}
func (a *asking) Hurry()                       { a.hurried++ }
func (a *asking) Request(b *blocks.Block, _ uint8) bool {
	a.asked++
	a.block = b
	return true
}

// Better code that was asked for and could not be made is asked for again.
func TestRefinementIsAskedForAgain(t *testing.T) {
	r := newRig(t, 1, 0)
	e := &asking{}
	r.Cache.Compile(e)
	p := asm.New(ram)
	p.I(isa.ADDI, asm.A0, asm.A0, 1).Op(isa.EBREAK)
	r.Load(p, ram)
	n := &blocks.Native{Part: blocks.Part{Block: r.Cache.Get(blocks.Key{PA: ram}, nil)}, Entry: 64, Level: 1, Next: 2, Needs: 32}
	if !r.Cache.Publish(n) {
		t.Fatal("not published")
	}
	for round := range 3 {
		for range 4 {
			r.Cores[0].Refine(n, blocks.UrgentSample)
		}
		if e.asked != round+1 || e.hurried != round+1 {
			t.Fatalf("asked %d times and hurried %d times in round %d", e.asked, e.hurried, round)
		}
		n.Block.NotCompiled()
	}
}

// emptyMap is for engines whose code nobody looks up.
func emptyMap() *codemap.Map {
	m, err := codemap.New(0, 1)
	if err != nil {
		panic(err)
	}
	return m
}
