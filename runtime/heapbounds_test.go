package runtime

import (
	goruntime "runtime"
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/runtime/device/gc"
	"github.com/hartwood-vm/hartwood/vcpu"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// heapInUse is what Go's heap holds.
func heapInUse() uint64 {
	var s goruntime.MemStats
	goruntime.ReadMemStats(&s)
	return s.HeapInuse
}

// TestRootsThatOverlapCostNoMemory: a guest says 3,000 times that all of its RAM are roots, and
// starts a cycle. The cycle ends, and the host holds no more meanwhile than before.
func TestRootsThatOverlapCostNoMemory(t *testing.T) {
	const ranges, most = 3000, 64 << 20
	p := asm.New(RAMBase)
	command(p, 1, heapAt, heapSize, heapAt, 0)
	p.LI(asm.S0, ranges).Label("more")
	command(p, 4, RAMBase, uint64(128*MiB), 0)
	p.Branch(isa.BNE, asm.A0, asm.Zero, "wrong").I(isa.ADDI, asm.S0, asm.S0, -1).Branch(isa.BNE, asm.S0, asm.Zero, "more")
	command(p, 6)
	p.Label("wait").LI(asm.T0, gcBase).I(isa.LD, asm.T1, asm.T0, gcPhase).LI(asm.T2, uint64(gc.Marking)).Branch(isa.BEQ, asm.T1, asm.T2, "wait")
	exit(p, 0)
	p.Label("wrong")
	exit(p, 2)
	cfg := bare(p, 1)
	cfg.Memory = 128 * MiB
	before := heapInUse()
	r := start(t, newMachine(t, cfg))
	for over := false; !over; {
		select {
		case <-r.done:
			over = true
		case <-time.After(time.Millisecond):
		}
		if now := heapInUse(); now > before+most {
			r.Stop(0)
			r.wait()
			t.Fatalf("%d MiB for the roots of a cycle", (now-before)>>20)
		}
	}
	if res := r.wait(); res.Reason != PoweredOff || res.Stats.heap.Cycles != 1 {
		t.Errorf("%v with code %d after %d cycles", res.Reason, res.ExitCode, res.Stats.heap.Cycles)
	}
}

// TestMemoryOfAHeapThatIsGone: one hart allocates large objects, which are zeroed in the
// background; the other takes the heap away in the midst of that, waits for phase 0, and
// finds what it writes to the memory then.
func TestMemoryOfAHeapThatIsGone(t *testing.T) {
	const (
		size   = uint64(64 * MiB)
		at     = RAMBase + uint64(32*MiB)
		rounds = 10
		mtime  = clintBase + 0xbff8
		ms     = vcpu.TimeFrequency / 1000
	)
	p := asm.New(RAMBase)
	wait := func(label string, ticks uint64) {
		p.LI(asm.T3, mtime).I(isa.LD, asm.T4, asm.T3, 0).LI(asm.T5, ticks).R(isa.ADD, asm.T4, asm.T4, asm.T5)
		p.Label(label).I(isa.LD, asm.T5, asm.T3, 0).Branch(isa.BLTU, asm.T5, asm.T4, label)
	}
	p.LI(asm.S1, rounds).LI(asm.S2, at).LI(asm.S3, at+size).LI(asm.S4, 4096)
	p.Branch(isa.BNE, asm.A0, asm.Zero, "allocate")
	p.Label("round")
	p.Label("setup")
	command(p, 1, at, size, at, 0)
	p.Branch(isa.BNE, asm.A0, asm.Zero, "setup")
	wait("busy", 2*ms)
	p.Label("reset")
	command(p, 2)
	p.Branch(isa.BNE, asm.A0, asm.Zero, "reset")
	p.Label("phase").LI(asm.T0, gcBase).I(isa.LD, asm.T1, asm.T0, gcPhase).Branch(isa.BNE, asm.T1, asm.Zero, "phase")
	p.I(isa.ADDI, asm.S5, asm.S2, 0).Label("write").S(isa.SD, asm.S5, asm.S5, 0)
	p.R(isa.ADD, asm.S5, asm.S5, asm.S4).Branch(isa.BLTU, asm.S5, asm.S3, "write")
	wait("late", 50*ms)
	p.I(isa.ADDI, asm.S5, asm.S2, 0).Label("read").I(isa.LD, asm.T1, asm.S5, 0).Branch(isa.BNE, asm.T1, asm.S5, "lost")
	p.R(isa.ADD, asm.S5, asm.S5, asm.S4).Branch(isa.BLTU, asm.S5, asm.S3, "read")
	p.I(isa.ADDI, asm.S1, asm.S1, -1).Branch(isa.BNE, asm.S1, asm.Zero, "round")
	exit(p, 0)
	p.Label("lost")
	exit(p, 1)
	p.Label("allocate").LI(asm.S6, size-1<<20)
	p.Label("new").Insn(isa.Insn{Op: isa.GC_NEW, Rd: asm.S7, Rs1: asm.Zero, Rs2: asm.S6}).Jump(asm.Zero, "new")
	cfg := bare(p, 2)
	cfg.Memory = 128 * MiB
	if res := start(t, newMachine(t, cfg)).wait(); res.Reason != PoweredOff {
		t.Errorf("%v with code %d: memory was zeroed after phase 0", res.Reason, res.ExitCode)
	}
}

// TestHeapStaysDataUntilItIsQuiet: as long as a hart has not forgotten a heap that has been
// reset it may write to it without a note to code pages, so that nothing may be executed
// there.
func TestHeapStaysDataUntilItIsQuiet(t *testing.T) {
	m := newMachine(t, bare(counting(), 2))
	defer func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	}()
	g := m.heap
	setup := gc.Setup{Base: heapAt, Size: heapSize, Virtual: heapAt}
	if c := g.Setup(setup); c != gc.Done {
		t.Fatal(c)
	}
	started, answer, posted := make(chan struct{}), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(posted)
		m.core.Harts[1].Post(func(*vcpu.Hart) { close(started); <-answer })
	}()
	<-started
	if c := g.Reset(); c != gc.Done {
		t.Fatal(c)
	}
	if m.core.Mem.Executable(heapAt) || g.Phase() != gc.Marking || g.Setup(setup) != gc.Running {
		t.Error("the memory is free while a hart knows the heap")
	}
	close(answer)
	<-posted
	if !m.core.Mem.Executable(heapAt) || g.Phase() != gc.Absent || g.Setup(setup) != gc.Done {
		t.Error("the memory is not free when all harts have forgotten the heap")
	}
}
