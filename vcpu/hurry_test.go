package vcpu

import (
	"sync/atomic"
	"testing"

	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/blocks"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/codemap"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// calledEngine is an Engine that makes nothing and counts how often it is to hurry.
type calledEngine struct {
	blocks.Engine
	codes          *codemap.Map
	asked, hurried atomic.Int32
}

func (e *calledEngine) Codes(code.Mode) *codemap.Map { return e.codes }
func (e *calledEngine) Threshold() uint32            { return 10 }
func (e *calledEngine) Recall(*blocks.Block)         {}
func (e *calledEngine) Yield()                       {}
func (e *calledEngine) Hurry()                       { e.hurried.Add(1) }
func (e *calledEngine) Request(*blocks.Block, uint8) bool {
	e.asked.Add(1)
	return true
}

// A hart that has asked for code and then waits has it made meanwhile.
func TestWaitingHartHurries(t *testing.T) {
	w, h := newHart(t, shardedtlb.M)
	codes, err := codemap.New(0, 1)
	if err != nil {
		t.Fatal(err)
	}
	e := &calledEngine{codes: codes}
	w.cache.Compile(e)
	p := asm.New(ram).LI(asm.A0, 15).Label("loop").I(isa.ADDI, asm.A0, asm.A0, -1)
	w.load(p.Branch(isa.BNE, asm.A0, asm.Zero, "loop").Op(isa.WFI), ram)
	h.S.PC = ram
	h.Launch()
	w.run()
	if asked, hurried := e.asked.Load(), e.hurried.Load(); !h.waiting || asked != 1 || hurried != 1 {
		t.Errorf("the hart waits: %v; it asked %d times and hurried %d times, want 1 and 1", h.waiting, asked, hurried)
	}
}
