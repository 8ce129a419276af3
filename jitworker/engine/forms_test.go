package engine

import (
	"testing"

	"github.com/hartwood-vm/hartwood/jitworker/codecache"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/blocks"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// newRefiningRig is a rig whose blocks get dense code first. Its hart passes a quiescent point
// between two budgets, see toEndRefining.
func newRefiningRig(t *testing.T) (r *rig, rounds chan func()) {
	r = newRig(t, false)
	rounds = make(chan func(), 1)
	e, err := New(Config{Workers: oneWorker(), Cache: codecache.DefaultConfig(), Forms: DenseFirst}, r.cache, func(done func()) { rounds <- done })
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { r.must(e.Close()) })
	r.cache.Compile(e)
	e.Attach(r.core.S, r.core.Mode())
	r.engine = nil // load compiles nothing, and closing is ours
	return r, rounds
}

// until executes the program at pc, a budget at a time, until it has ended or enough says so.
func (r *rig) until(pc uint64, rounds chan func(), enough func() bool) {
	r.Helper()
	s := r.core.S
	for s.PC = pc; !enough(); {
		s.Arm(50_000)
		if x := r.core.Run(); x == interp.ExitSystem && r.core.Insn.Op == isa.EBREAK {
			return
		} else if x != interp.ExitPoll {
			r.Fatalf("exit %d at %#x", x, s.PC)
		}
		select {
		case done := <-rounds:
			r.core.DropNative()
			done()
		default:
		}
	}
}

// What is compiled ahead of its threshold is dense, all else fast; what has code is compiled for speed.
func TestWhatIsDense(t *testing.T) {
	r := newRig(t, true)
	e := r.engine
	pc := r.load(func(p *asm.Program) { p.I(isa.ADDI, asm.A0, asm.A0, 1).Op(isa.EBREAK) })
	b := r.block(pc)
	check := func(early bool) {
		t.Helper()
		for forms, want := range map[Forms][2]bool{DenseAhead: {early, false}, FastOnly: {}, DenseFirst: {true, false}, DenseOnly: {true, true}} {
			e.cfg.Forms = forms
			dense := func(asked uint8) bool { level, _, _ := e.levelFor(unit{b, asked}); return level == levelDense }
			if got := [2]bool{dense(levelDense), dense(levelFast)}; got != want {
				t.Errorf("forms %d after %d executions: %v, want %v", forms, b.Executions(), got, want)
			}
		}
	}
	check(true)
	r.cache.Unpublish([]*blocks.Native{b.Native()}) // to be interpreted, and counted
	for b.Executions() < uint64(e.Threshold()/2) {
		r.core.S.PC = pc
		r.core.S.Arm(1000)
		r.core.Run()
	}
	check(false)
}

// A loop gets dense code first, and fast code when samples find it; what it computes is the same
// all the while, and the dense code's memory is given back.
func TestHotBlocksAreRefined(t *testing.T) {
	r, rounds := newRefiningRig(t)
	e := r.core.Cache
	var loop, callee uint64
	pc := r.load(func(p *asm.Program) {
		p.LI(asm.A0, 0).LI(asm.A1, 1<<40).LI(asm.SP, data).Label("loop")
		p.S(isa.SD, asm.A0, asm.SP, 0).S(isa.SD, asm.A1, asm.SP, 8).Jump(asm.RA, "f")
		p.I(isa.LD, asm.A3, asm.SP, 8).Branch(isa.BNE, asm.A3, asm.Zero, "loop").Op(isa.EBREAK)
		p.Align(4096).Label("f").I(isa.ADDI, asm.A0, asm.A0, 1).I(isa.ADDI, asm.A1, asm.A1, -1).I(isa.JALR, asm.Zero, asm.RA, 0)
		loop, callee = p.Addr("loop"), p.Addr("f")
	})
	dense := map[uint64]bool{}
	refined := func() bool {
		n := 0
		for _, pa := range []uint64{loop, callee} {
			if code := e.Get(blocks.Key{PA: pa}, nil).Native(); code != nil {
				dense[pa] = dense[pa] || code.Level == levelDense
				if code.Level == levelFast {
					n++
				}
			}
		}
		return n == 2
	}
	r.until(pc, rounds, refined)
	if !dense[loop] || !dense[callee] {
		t.Error("a block was compiled for speed at once")
	}
	s := r.core.S
	if sum := s.R[asm.A0] + s.R[asm.A1]; sum>>1 != 1<<39 {
		t.Errorf("a0 and a1 are %#x together", sum)
	}
	before := r.core.Native.Exits
	steps := 0
	r.until(s.PC, rounds, func() bool { steps++; return steps > 100 })
	for _, kind := range []int{code.NativeJump, code.NativeLink, code.NativeRest} {
		if n := r.core.Native.Exits[kind] - before[kind]; n > 50 { // samples and emptied tables make a few
			t.Errorf("%d exits of kind %d in refined code", n, kind)
		}
	}
}

// Accesses of a group that lie in two pages leave dense code for the interpreter each time, so that
// fast code, which has a copy for that, is asked for long before samples would.
func TestStraddlingGroupsAreRefined(t *testing.T) {
	r, rounds := newRefiningRig(t)
	r.cache.SampleEvery(0)
	var loop uint64
	const edge = ram + ramSize - 4*physmem.PageSize
	pc := r.load(func(p *asm.Program) {
		p.LI(asm.A0, 0).LI(asm.A1, 1<<40).LI(asm.S0, edge-8).Label("loop")
		p.S(isa.SD, asm.A0, asm.S0, 0).S(isa.SD, asm.A1, asm.S0, 8).I(isa.LD, asm.A2, asm.S0, 0)
		p.I(isa.ADDI, asm.A0, asm.A2, 1).I(isa.ADDI, asm.A1, asm.A1, -1).Branch(isa.BNE, asm.A1, asm.Zero, "loop").Op(isa.EBREAK)
		loop = p.Addr("loop")
	})
	native := func() *blocks.Native { return r.block(loop).Native() }
	r.until(pc, rounds, func() bool { n := native(); return n != nil && n.Level == levelFast })
	if n := r.core.Native.Exits[code.NativeRest]; n == 0 {
		t.Error("the rest of the block was never left to the interpreter")
	}
	s := r.core.S
	rest, steps := r.core.Native.Exits[code.NativeRest], 0
	r.until(s.PC, rounds, func() bool { steps++; return steps > 10 })
	if n := r.core.Native.Exits[code.NativeRest] - rest; n > 1 {
		t.Errorf("refined code leaves the rest of the block %d times", n)
	}
	if sum := s.R[asm.A0] + s.R[asm.A1]; sum>>1 != 1<<39 {
		t.Errorf("a0 and a1 are %#x together", sum)
	}
}

// Requests for different levels of one block are not duplicates of each other, nor those for its neighbours.
func TestKeysTellBlocksAndLevelsApart(t *testing.T) {
	r := newRig(t, true)
	pc := r.load(func(p *asm.Program) {
		p.Half(1).I(isa.ADDI, asm.A0, asm.A0, 1).Op(isa.EBREAK) // c.nop
	})
	keys := map[uint64]unit{}
	for _, at := range []uint64{pc, pc + 2} { // as near as blocks can be
		for _, level := range []uint8{levelDense, levelFast} {
			u := unit{r.block(at), level}
			if other, ok := keys[u.Key()]; ok {
				t.Errorf("%#x at level %d has the key of %#x at level %d", at, level, other.b.PA(), other.level)
			}
			keys[u.Key()] = u
		}
	}
}
