package engine

import (
	"fmt"
	"math"
	"testing"

	"github.com/hartwood-vm/hartwood/jitworker"
	"github.com/hartwood-vm/hartwood/jitworker/codecache"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/blocks"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// touched is an engine that adds up what it is told of executions.
type touched struct {
	*Engine
	executions map[uint64]uint64 // by the block's address
}

func (e *touched) Touch(n *blocks.Native, executions uint64) {
	e.executions[n.Block.PA()] += executions
	e.Engine.Touch(n, executions)
}

// A code cache for 64 pages sees blocks in 640 come and go. The loop that runs meanwhile stays, since samples say that it does.
func TestEvictionSparesWhatRuns(t *testing.T) {
	r := newRig(t, false)
	cfg := Config{Workers: jitworker.DefaultConfig(), Cache: codecache.DefaultConfig()}
	cfg.Workers.Workers, cfg.Cache.Entries, cfg.Cache.WarmUp = 1, 64, 0
	cfg.Forms = FastOnly           // so that the worker and load do not compile at once
	rounds := make(chan func(), 1) // a round ends when the hart has left native code
	e, err := New(cfg, r.cache, func(done func()) { rounds <- done })
	if err != nil {
		t.Skip(err)
	}
	r.cache.Compile(e)
	e.Attach(r.core.S, r.core.Mode())
	r.engine = e
	hot := r.load(func(p *asm.Program) {
		p.LI(asm.A0, 1<<62).Label("loop").I(isa.ADDI, asm.A0, asm.A0, -1).Branch(isa.BNE, asm.A0, asm.Zero, "loop")
	})
	s := r.core.S
	s.PC = hot
	for range 640 {
		r.next = (r.next + physmem.PageSize) &^ (physmem.PageSize - 1)
		r.load(func(p *asm.Program) { p.I(isa.ADDI, asm.A0, asm.A0, 1).Op(isa.EBREAK) })
		for range 20 {
			s.Arm(50_000)
			if x := r.core.Run(); x != interp.ExitPoll {
				t.Fatalf("exit %d", x)
			}
			select {
			case done := <-rounds:
				r.core.DropNative()
				done()
			default:
			}
		}
	}
	// The loop's block was compiled once and has not left: with each eviction it would come again.
	loop := r.block(s.PC)
	if made := e.Stats().Workers.Compiled; made > 3 {
		t.Errorf("%d compilations at the request of the loop, at %#x after %d executions", made, loop.PA(), loop.Executions())
	}
	if evicted := e.Stats().Cache.Evicted; evicted < 500 {
		t.Errorf("%d blocks were evicted", evicted)
	}
}

// A loop of 20 million rounds, of which every fourth takes the first branch: what stretches of interpretation find says
// how often native code was executed, and which way it went.
func TestSamplesSpeakForNativeCode(t *testing.T) {
	const rounds = 20_000_000
	r := newRig(t, true)
	e := &touched{r.engine, map[uint64]uint64{}}
	r.cache.Compile(e)
	var loop, skip uint64
	at := r.load(func(p *asm.Program) {
		p.LI(asm.A0, rounds).Label("loop")
		p.I(isa.ADDI, asm.A0, asm.A0, -1).I(isa.ANDI, asm.A1, asm.A0, 3).Branch(isa.BEQ, asm.A1, asm.Zero, "skip")
		p.I(isa.ADDI, asm.A2, asm.A2, 1).Label("skip").Branch(isa.BNE, asm.A0, asm.Zero, "loop").Op(isa.EBREAK)
		loop, skip = p.Addr("loop"), p.Addr("skip")
	})
	for _, pa := range []uint64{loop, skip} {
		r.compile(r.block(pa))
	}
	r.toEndNatively(at)
	near := func(what string, got uint64, want float64) {
		if math.Abs(float64(got)-want) > 0.15*want {
			t.Errorf("%s: %d, want %.0f", what, got, want)
		}
	}
	for _, test := range []struct {
		block      uint64
		executions float64
		taken      [2]float64
	}{
		{loop, rounds, [2]float64{rounds / 4, rounds * 3 / 4}},
		{skip, rounds / 4, [2]float64{rounds / 4}},
	} {
		c := r.block(test.block).Counts()
		near("executions", c.Executions, test.executions)
		near("taken", c.Taken[0], test.taken[0])
		near("taken", c.Taken[1], test.taken[1])
		near("executions that the code cache was told of", e.executions[test.block], test.executions)
	}
}

// Samples find all blocks of a loop that is longer than a stretch, each about as often as it runs.
func TestSamplesReachAllOfALoop(t *testing.T) {
	const rounds, blocks, length = 400_000, 9, 50
	r := newRig(t, true)
	var starts []uint64
	at := r.load(func(p *asm.Program) {
		p.Align(4096).LI(asm.A0, rounds).Label("loop")
		for i := range blocks {
			next := fmt.Sprint("block ", i)
			for range length {
				p.I(isa.ADDI, asm.A1, asm.A1, 1)
			}
			p.Jump(asm.Zero, next).Op(isa.EBREAK).Label(next)
			starts = append(starts, p.PC())
		}
		p.I(isa.ADDI, asm.A0, asm.A0, -1).Branch(isa.BNE, asm.A0, asm.Zero, "loop").Op(isa.EBREAK)
	})
	r.toEndNatively(at)
	for _, pa := range starts {
		if n := r.block(pa).Executions(); n < rounds/2 || n > rounds*2 {
			t.Errorf("the block at %#x: %d executions, want about %d", pa, n, rounds)
		}
	}
}

// Samples see which accesses of native code stay in a page: not by where their bases come from, but by where they lie.
func TestSamplesSeePages(t *testing.T) {
	const never = 1 << 20 // samples: no region is made
	if stay, stray := pagesSeen(t, never); stay != 0b011 || stray != 0b100 {
		t.Errorf("accesses %#b stay in a page, %#b do not", stay, stray)
	}
}

// Where no regions are made samples do not look at pages, which nobody would read.
func TestSamplesSeeNoPagesWithoutRegions(t *testing.T) {
	if stay, stray := pagesSeen(t, 0); stay != 0 || stray != 0 {
		t.Errorf("accesses %#b stay in a page, %#b do not; nothing is to be known", stay, stray)
	}
}

// pagesSeen returns what samples have seen of three accesses: the first two stay in a page, the third is in one of 256.
func pagesSeen(t *testing.T, regions int) (stay, stray uint64) {
	t.Helper()
	const rounds = 8_000_000
	r := newRigWith(t, &Config{Workers: oneWorker(), Cache: codecache.DefaultConfig(), Forms: FastOnly, Regions: regions})
	var loop uint64
	at := r.load(func(p *asm.Program) {
		p.LI(asm.A0, rounds).LI(asm.A1, 1).LI(asm.A2, data).LI(asm.A6, 255).S(isa.SD, asm.A2, asm.A2, 0).I(isa.SLLI, asm.A6, asm.A6, 12).Label("loop")
		p.I(isa.LD, asm.A3, asm.A2, 0).I(isa.LD, asm.A4, asm.A3, 8) // both in one page, the second from a base that is loaded
		p.I(isa.SLLI, asm.T0, asm.A1, 13).R(isa.XOR, asm.A1, asm.A1, asm.T0).I(isa.SRLI, asm.T0, asm.A1, 7).R(isa.XOR, asm.A1, asm.A1, asm.T0)
		p.I(isa.SLLI, asm.T0, asm.A1, 17).R(isa.XOR, asm.A1, asm.A1, asm.T0).R(isa.AND, asm.T1, asm.A1, asm.A6).R(isa.ADD, asm.T1, asm.T1, asm.A2)
		p.I(isa.LD, asm.A5, asm.T1, 16) // in one of 256
		p.I(isa.ADDI, asm.A0, asm.A0, -1).Branch(isa.BNE, asm.A0, asm.Zero, "loop").Op(isa.EBREAK)
		loop = p.Addr("loop")
	})
	r.compile(r.block(loop))
	r.toEndNatively(at)
	return r.block(loop).Pages()
}

// toEndNatively executes the program at pc, a budget at a time, and demands that native code does.
func (r *rig) toEndNatively(pc uint64) {
	r.Helper()
	s := r.core.S
	for s.PC = pc; ; {
		s.Arm(50_000)
		if r.core.Run() != interp.ExitPoll {
			break
		}
	}
	if share := float64(r.core.Native.Insns) / float64(s.Count); share < 0.95 {
		r.Fatalf("%.3f of the instructions ran natively", share)
	}
}
