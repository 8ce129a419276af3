package runtime

import (
	"sync"
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/vcpu"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

const (
	// window is the virtual address whose page the test of remote fences changes,
	// frames the first of the two pages that it shows in turn.
	window = 0x4000_0000
	frames = testData + 0x2_0000

	leafPTE = 0xcf // dirty, accessed, RWX, valid
)

// translate appends the switch to the page tables at the label root, under ASID 5,
// without a fence.
func translate(p *asm.Program) {
	p.LA(asm.T0, "root").I(isa.SRLI, asm.T0, asm.T0, 12).LI(asm.T1, 8<<60|5<<44).R(isa.OR, asm.T0, asm.T0, asm.T1)
	p.CSR(isa.CSRRW, 0, isa.CSR_SATP, asm.T0)
}

// pageTables appends them: RAM at its own addresses, and the window, whose entry is
// at the label entry. They end the program.
func pageTables(p *asm.Program) {
	pointer := func(table uint64) uint64 { return table>>12<<10 | 1 }
	p.Align(4096).Label("entry").Double(frames>>12<<10 | leafPTE).Align(4096)
	middle := p.PC()
	p.Double(pointer(p.Addr("entry"))).Align(4096)
	p.Label("root").Double(0).Double(pointer(middle)).Double(RAMBase>>12<<10 | leafPTE).Align(4096)
}

// compareWindow appends a comparison of the window's word with the round announced
// last, in word 0: if it is older, the test's word n says so. S3 becomes the round.
func compareWindow(p *asm.Program, n int32, label string) {
	p.LI(asm.T2, window).LI(asm.S1, testData).I(isa.LD, asm.S3, asm.S1, 0).I(isa.LD, asm.A0, asm.T2, 0)
	p.Branch(isa.BGEU, asm.A0, asm.S3, label).S(isa.SD, asm.S3, asm.S1, 8*n).Label(label)
}

// TRAPS 5: when a remote sfence.vma has returned no target sees the page that the
// window has shown before, whether it runs, sleeps in a suspension or is stopped, even
// though those two have looked through the window before they came to rest.
func TestTrap05RemoteTranslationFence(t *testing.T) {
	const (
		rounds                             = 60
		announced, runs, slept, stopped    = 0, 1, 2, 3 // words
		staleRunner, staleSleeper          = 10, 11
		staleStopper, staleCaller, refused = 12, 13, 14
	)
	p := asm.New(kernelBase)
	startHart := func(h uint64, at string) {
		p.LI(asm.A0, h).LA(asm.A1, at).LI(asm.A2, 0)
		sbiCall(p, sbiHSM, hsmStart)
	}
	awaitStatus := func(h, v uint64, label string) {
		p.Label(label).LI(asm.A0, h)
		sbiCall(p, sbiHSM, hsmStatus)
		p.LI(asm.T0, v).Branch(isa.BNE, asm.A1, asm.T0, label)
	}
	awaitRound := func(n int32, label string) { // S4 is the round
		p.LI(asm.T5, testData).Label(label).I(isa.LD, asm.T6, asm.T5, 8*n).Branch(isa.BLTU, asm.T6, asm.S4, label)
	}
	translate(p)
	startHart(1, "runner")
	startHart(2, "sleeper")
	startHart(3, "stopper")
	awaitWord(p, runs, 1, "it runs")
	p.I(isa.ADDI, asm.S4, asm.Zero, 1).LI(asm.S5, frames)
	p.Label("round")
	awaitStatus(2, 4, "it sleeps")
	awaitStatus(3, 1, "it is stopped")
	// The other page gets the round's number, then it comes to the window.
	p.I(isa.ANDI, asm.T0, asm.S4, 1).I(isa.SLLI, asm.T0, asm.T0, 12).R(isa.ADD, asm.T0, asm.T0, asm.S5).S(isa.SD, asm.S4, asm.T0, 0)
	p.I(isa.SRLI, asm.T0, asm.T0, 2).I(isa.ORI, asm.T0, asm.T0, leafPTE).LA(asm.T1, "entry").S(isa.SD, asm.T0, asm.T1, 0)
	p.LI(asm.A0, 0b1111).LI(asm.A1, 0).LI(asm.A2, window).LI(asm.A3, 4096).LI(asm.A4, 5)
	p.LI(asm.A7, sbiRFence).I(isa.ANDI, asm.A6, asm.S4, 1).I(isa.ADDI, asm.A6, asm.A6, fenceVMA).Op(isa.ECALL) // by ASID every other time
	p.Branch(isa.BEQ, asm.A0, asm.Zero, "granted").LI(asm.T1, 1)
	noteWord(p, asm.T1, refused)
	p.Label("granted").LI(asm.S1, testData).S(isa.SD, asm.S4, asm.S1, announced)
	compareWindow(p, staleCaller, "caller")
	p.LI(asm.A0, 0b100).LI(asm.A1, 0)
	sbiCall(p, sbiIPI, 0)
	startHart(3, "stopper")
	awaitRound(slept, "it has slept")
	awaitRound(stopped, "it has been stopped")
	p.I(isa.ADDI, asm.S4, asm.S4, 1).LI(asm.T1, rounds+1).Branch(isa.BNE, asm.S4, asm.T1, "round")
	finish(p)

	p.Label("runner")
	translate(p)
	p.Label("run")
	compareWindow(p, staleRunner, "run on")
	p.LI(asm.T0, 1).S(isa.SD, asm.T0, asm.S1, 8*runs).Jump(asm.Zero, "run")

	p.Label("sleeper").LI(asm.T0, vcpu.LineSSIP).CSR(isa.CSRRW, 0, isa.CSR_SIE, asm.T0)
	translate(p)
	p.Label("sleep")
	compareWindow(p, staleSleeper, "sleep on")
	p.S(isa.SD, asm.S3, asm.S1, 8*slept).LI(asm.A0, 0)
	sbiCall(p, sbiHSM, hsmSuspend)
	p.CSR(isa.CSRRCI, 0, isa.CSR_SIP, vcpu.LineSSIP).Jump(asm.Zero, "sleep")

	p.Label("stopper")
	translate(p)
	compareWindow(p, staleStopper, "stop")
	p.S(isa.SD, asm.S3, asm.S1, 8*stopped)
	sbiCall(p, sbiHSM, hsmStop)
	pageTables(p)

	for _, pool := range []int{1, 3} {
		cfg := kernel(p, 4)
		cfg.PoolSize, cfg.JIT.Threshold.Min, cfg.JIT.Threshold.Max = pool, 2, 2
		got := notes(t, cfg)
		if got[announced] != rounds || got[refused] != 0 {
			t.Errorf("%d workers: %d rounds, want %d; refused: %d", pool, got[announced], rounds, got[refused])
		}
		for name, n := range map[string]int{"running": staleRunner, "suspended": staleSleeper, "stopped": staleStopper, "calling": staleCaller} {
			if got[n] != 0 {
				t.Errorf("%d workers: the %s hart saw the old page in round %d", pool, name, got[n])
			}
		}
	}
}

// TRAPS 5: the caller of a remote fence goes on only when the last running target has
// passed a safe point behind it.
func TestTrap05CallerWaitsForEveryTarget(t *testing.T) {
	const harts, ready, signal, called, resumed = 3, 0, 1, 2, 3
	p := asm.New(kernelBase)
	for h := uint64(1); h < harts; h++ {
		p.LI(asm.A0, h).LA(asm.A1, "target").LI(asm.A2, 0)
		sbiCall(p, sbiHSM, hsmStart)
	}
	awaitWord(p, signal, 1, "signalled")
	p.LI(asm.S2, 1)
	noteWord(p, asm.S2, called)
	p.LI(asm.A0, 0b110).LI(asm.A1, 0).LI(asm.A2, 0).LI(asm.A3, 0)
	sbiCall(p, sbiRFence, fenceVMA)
	noteWord(p, asm.S2, resumed)
	here(p)
	p.Label("target").LI(asm.T0, testData).LI(asm.T1, 1).R(isa.AMOADD_D, 0, asm.T0, asm.T1)
	here(p)

	for target := 1; target < harts; target++ {
		cfg := kernel(p, harts)
		cfg.PoolSize = harts // the target that is held up keeps its worker
		r := start(t, newMachine(t, cfg))
		word := func(n uint64) uint64 { return r.testWord(t, testData+8*n) }
		until(t, "the targets run", func() bool { return word(ready) == harts-1 })

		// Hold one target up at a safe point, before the fence's message.
		held, letGo := make(chan struct{}), make(chan struct{})
		release := sync.OnceFunc(func() { close(letGo) })
		defer release()
		var before uint64
		fences := func(h *vcpu.Hart) uint64 {
			h.MMU.PublishStats()
			return h.MMU.Stats().Fences
		}
		go r.core.Harts[target].Post(func(h *vcpu.Hart) {
			before = fences(h)
			close(held)
			<-letGo
		})
		<-held
		w, ok := r.core.Mem.Word64(testData + 8*signal)
		if !ok {
			t.Fatal("no memory")
		}
		w.Store(1)
		until(t, "the fence is called", func() bool { return word(called) == 1 })
		for range 100 {
			time.Sleep(50 * time.Microsecond)
			if word(resumed) != 0 {
				t.Fatalf("the caller goes on while hart %d has not passed a safe point", target)
			}
		}
		release()
		until(t, "the caller goes on", func() bool { return word(resumed) == 1 })
		after := make(chan uint64, 1)
		r.core.Harts[target].Post(func(h *vcpu.Hart) { after <- fences(h) })
		if n := <-after - before; n != 1 {
			t.Errorf("hart %d: %d fences, want 1", target, n)
		}
		r.Stop(0)
		r.wait()
	}
}
