package runtime

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/runtime/core"
	"github.com/hartwood-vm/hartwood/vcpu"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// words of the test data that spinners uses.
const (
	spinning  = 0   // harts that spin
	fenceTook = 100 // and on: ticks of each remote fence of hart 0
)

// spinners is a kernel whose harts, all but the first, spin on a counter of their own. Hart 0 fences
// the others' translations so many times, notes how long each took, and spins too.
func spinners(harts, fences uint64) *asm.Program {
	p := asm.New(kernelBase)
	p.LI(asm.S2, 1).LI(asm.S3, harts)
	p.Label("start").Branch(isa.BEQ, asm.S2, asm.S3, "started")
	p.I(isa.ADDI, asm.A0, asm.S2, 0).LA(asm.A1, "spinner").LI(asm.A2, 0)
	sbiCall(p, sbiHSM, hsmStart)
	p.I(isa.ADDI, asm.S2, asm.S2, 1).Jump(asm.Zero, "start")
	p.Label("started")
	awaitWord(p, spinning, harts-1, "all spin")
	p.CSR(isa.CSRRS, asm.S6, isa.CSR_TIME, asm.Zero).LI(asm.T1, 50e-3*vcpu.TimeFrequency) // until all is native code
	p.Label("warm").CSR(isa.CSRRS, asm.S7, isa.CSR_TIME, asm.Zero).R(isa.SUB, asm.S7, asm.S7, asm.S6)
	p.Branch(isa.BLTU, asm.S7, asm.T1, "warm")
	p.LI(asm.S4, testData+8*fenceTook).LI(asm.S5, fences)
	p.Label("fence").Branch(isa.BEQ, asm.S5, asm.Zero, "fenced")
	p.CSR(isa.CSRRS, asm.S6, isa.CSR_TIME, asm.Zero)
	p.LI(asm.A0, 0).LI(asm.A1, ^uint64(0)).LI(asm.A2, 0).LI(asm.A3, 0)
	sbiCall(p, sbiRFence, fenceVMA)
	p.CSR(isa.CSRRS, asm.S7, isa.CSR_TIME, asm.Zero).R(isa.SUB, asm.S7, asm.S7, asm.S6)
	p.S(isa.SD, asm.S7, asm.S4, 0).I(isa.ADDI, asm.S4, asm.S4, 8).I(isa.ADDI, asm.S5, asm.S5, -1)
	p.LI(asm.T0, 30000).Label("work").I(isa.ADDI, asm.T0, asm.T0, -1).Branch(isa.BNE, asm.T0, asm.Zero, "work")
	p.Jump(asm.Zero, "fence")
	p.Label("fenced")
	finish(p)

	p.Label("spinner").LI(asm.T0, testData).LI(asm.T1, 1).R(isa.AMOADD_D, 0, asm.T0, asm.T1)
	p.Label("spin").I(isa.ADDI, asm.T2, asm.T2, 1).Jump(asm.Zero, "spin")
	return p
}

// BenchmarkHandshake measures how long it takes until every hart has answered, while all of them spin in
// native code: asked by a hart (a remote fence), and by the machine (as the code cache and the collector do).
func BenchmarkHandshake(b *testing.B) {
	for _, harts := range []int{2, 8, 64} {
		b.Run(fmt.Sprintf("by=hart/harts=%d", harts), func(b *testing.B) {
			const fences = 1000
			var took []time.Duration
			for b.Loop() {
				r := start(b, newMachine(b, kernel(spinners(uint64(harts), fences), harts)))
				until(b, "all fences", func() bool { return r.testWord(b, testData+8*finished) == 1 })
				for i := range uint64(fences) {
					took = append(took, time.Duration(r.testWord(b, testData+8*(fenceTook+i)))*core.Tick)
				}
				r.Stop(0)
				r.wait()
			}
			reportLatency(b, took)
		})
		b.Run(fmt.Sprintf("by=machine/harts=%d", harts), func(b *testing.B) {
			r := start(b, newMachine(b, kernel(spinners(uint64(harts), 0), harts)))
			until(b, "all spin", func() bool { return r.testWord(b, testData+8*finished) == 1 })
			time.Sleep(20 * time.Millisecond) // native by now
			answered := make(chan time.Time, 1)
			var took []time.Duration
			for b.Loop() {
				asked := time.Now()
				r.core.Handshake(r.core.Harts, func(*vcpu.Hart) {}, func() { answered <- time.Now() })
				took = append(took, (<-answered).Sub(asked))
			}
			reportLatency(b, took)
			r.Stop(0)
			r.wait()
		})
	}
}

func reportLatency(b *testing.B, took []time.Duration) {
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Nanoseconds())/1e3, "median-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds())/1e3, "p99-µs")
	b.ReportMetric(0, "ns/op")
}
