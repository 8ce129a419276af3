package runtime

import (
	"sync"
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/vcpu"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// Harts that fence each other without an end, more than there are workers, while others spin, and handshakes of the
// machine go on: everything ends, and nobody starves.
func TestHandshakeHammer(t *testing.T) {
	const harts, fencers, fences, asked = 10, 5, 150, 150
	p := asm.New(kernelBase)
	p.LI(asm.S2, 1).LI(asm.S3, harts)
	p.Label("start").I(isa.ADDI, asm.A0, asm.S2, 0).LA(asm.A1, "begin").I(isa.ADDI, asm.A2, asm.S2, 0)
	sbiCall(p, sbiHSM, hsmStart)
	p.I(isa.ADDI, asm.S2, asm.S2, 1).Branch(isa.BNE, asm.S2, asm.S3, "start").I(isa.ADDI, asm.A0, asm.Zero, 0)
	p.Label("begin").LI(asm.S4, testData).I(isa.SLLI, asm.T0, asm.A0, 3).R(isa.ADD, asm.S4, asm.S4, asm.T0) // my word
	p.I(isa.ADDI, asm.S5, asm.Zero, 0).LI(asm.T0, fencers).Branch(isa.BGEU, asm.A0, asm.T0, "spin")
	p.Label("fence").LI(asm.A0, 0).LI(asm.A1, ^uint64(0)).LI(asm.A2, 0).LI(asm.A3, 0)
	p.LI(asm.A7, sbiRFence).I(isa.ANDI, asm.A6, asm.S5, 1).Op(isa.ECALL) // fence.i and sfence.vma in turns
	p.I(isa.ADDI, asm.S5, asm.S5, 1).S(isa.SD, asm.S5, asm.S4, 0).Jump(asm.Zero, "fence")
	p.Label("spin").I(isa.ADDI, asm.S5, asm.S5, 1).S(isa.SD, asm.S5, asm.S4, 0).Jump(asm.Zero, "spin")

	for _, pool := range []int{1, 2, 4} {
		cfg := kernel(p, harts)
		cfg.PoolSize = pool
		r := start(t, newMachine(t, cfg))
		word := func(h uint64) uint64 { return r.testWord(t, testData+8*h) }
		until(t, "all harts work", func() bool {
			for h := range uint64(harts) {
				if word(h) == 0 {
					return false
				}
			}
			return true
		})
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() {
				for range asked {
					var answers [harts]int // each written by the holder of that hart
					done := make(chan struct{})
					r.core.Handshake(r.core.Harts, func(h *vcpu.Hart) { answers[h.ID]++ }, func() { close(done) })
					select {
					case <-done:
					case <-time.After(time.Minute):
						t.Error("a handshake does not end")
						return
					}
					for h, n := range answers {
						if n != 1 {
							t.Errorf("hart %d has answered %d times", h, n)
						}
					}
				}
			})
		}
		wg.Wait()
		for h := range uint64(harts) {
			more := uint64(1000)
			if h < fencers {
				more = fences
			}
			now := word(h)
			until(t, "everybody goes on", func() bool { return word(h) > now+more })
		}
		r.Stop(0)
		r.wait()
	}
}
