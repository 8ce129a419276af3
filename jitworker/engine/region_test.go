package engine

import (
	"testing"

	"github.com/hartwood-vm/hartwood/jitworker/codecache"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/blocks"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// A loop of several blocks that samples find as often as is asked for becomes a region while it runs, and computes the same
// before and after. Where none is asked for there is none.
func TestHotLoopsBecomeRegions(t *testing.T) {
	for _, samples := range []int{0, 1, 3} {
		r := newRig(t, false)
		rounds := make(chan func(), 1)
		cfg := Config{Workers: oneWorker(), Cache: codecache.DefaultConfig(), Forms: FastOnly, Regions: samples}
		e, err := New(cfg, r.cache, func(done func()) { rounds <- done })
		if err != nil {
			t.Skip(err)
		}
		t.Cleanup(func() { r.must(e.Close()) })
		r.cache.Compile(e)
		e.Attach(r.core.S, r.core.Mode())
		var head uint64
		const times = 4_000_000
		pc := r.load(func(p *asm.Program) {
			p.LI(asm.A0, 0).LI(asm.T3, times).Jump(asm.Zero, "loop").Label("loop")
			p.I(isa.ADDI, asm.A0, asm.A0, 3).Jump(asm.Zero, "on").Align(64).Label("on")
			p.I(isa.ADDI, asm.T3, asm.T3, -1).Branch(isa.BNE, asm.T3, asm.Zero, "loop").Op(isa.EBREAK)
			head = p.Addr("loop")
		})
		again := func() { r.until(pc, rounds, func() bool { return false }) }
		for n := 0; ; n++ {
			again()
			if got := r.core.S.R[asm.A0]; got != 3*times {
				t.Fatalf("%d samples: a0 is %d, want %d", samples, got, 3*times)
			}
			if made := e.Stats().Regions.Made; samples == 0 {
				if made != 0 {
					t.Errorf("%d regions, of none asked for", made)
				}
				break
			} else if made != 0 {
				n := r.cache.Find(blocks.Key{PA: head}).Native()
				if n == nil || n.Level != levelRegion || len(n.Others) != 1 {
					t.Errorf("%d samples: the loop's code is %+v", samples, n)
				}
				again()
				if got := r.core.S.R[asm.A0]; got != 3*times {
					t.Errorf("%d samples: the region leaves %d in a0, want %d", samples, got, 3*times)
				}
				break
			}
			if n == 500 {
				t.Fatalf("%d samples: no region: %+v", samples, e.Stats())
			}
		}
	}
}
