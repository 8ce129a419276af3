package engine

import (
	"math"
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/blocks"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

func TestPayoff(t *testing.T) {
	p := payoff{window: 10}
	want := func(what string, share float64) {
		t.Helper()
		if got := p.share(2); math.Abs(got-share) > 1e-9 {
			t.Errorf("%s: %g, want %g", what, got, share)
		}
	}
	want("nothing compiled", 1)
	for range 10 {
		if e := p.compiled(100 * time.Nanosecond); e != 0 {
			t.Fatalf("epoch %d, want 0", e)
		}
	}
	want("compiled and never executed", 0)
	p.executed(0, 500)
	want("what was spent has just been saved", 0.5)
	p.executed(0, 1000)
	want("three times as much", 0.75)
	if got := p.share(-1); got != 0 {
		t.Errorf("native code that is slower pays %g", got)
	}
	for range 10 {
		p.compiled(200 * time.Nanosecond) // epoch 1
	}
	want("two epochs", 0.5)
	if !p.late(0) || !p.late(1) {
		t.Error("one of two epochs does not count")
	}
	p.compiled(0) // epoch 2 takes the place of epoch 0
	want("the first epoch is over", 0)
	if p.late(0) || !p.late(1) || !p.late(2) {
		t.Error("the wrong epochs count")
	}
}

// Code that runs pays, code that does not makes the threshold rise.
func TestThresholdFollowsExecutions(t *testing.T) {
	r := newRig(t, true)
	e := r.engine
	e.pay.window = 4
	var at uintptr
	e.cfg.Placed = func(p Placed) { at = p.Entry }
	pc := r.load(func(p *asm.Program) { p.I(isa.ADDI, asm.A0, asm.A0, 1).Op(isa.EBREAK) })
	b := r.block(pc)
	giveUp := func(n *blocks.Native) {
		e.blocks.Unpublish([]*blocks.Native{n})
		e.Retire(n)
	}
	giveUp(e.Find(at)) // load has compiled it
	for range 4 {
		e.pay.compiled(time.Millisecond)
	}
	rise := func(executions uint64) uint32 {
		r.compile(b)
		n := e.Find(at)
		e.Touch(n, executions)
		for range e.cfg.Workers.Threshold.Window {
			e.Benefit(10, 1)
		}
		giveUp(n)
		return e.Threshold()
	}
	useless, useful := rise(0), rise(1<<40)
	if useless < 300 || useful > 100 {
		t.Errorf("threshold %d for code that does not run, %d for code that does", useless, useful)
	}
}
