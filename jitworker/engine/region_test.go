package engine

import (
	"fmt"
	"testing"

	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/blocks"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// A loop of several blocks that samples find as often as is asked for becomes a region while it runs, and computes the same
// before and after. Where none is asked for there is none.
func TestHotLoopsBecomeRegions(t *testing.T) {
	for _, samples := range []int{0, 1, 3} {
		r := newRig(t, false)
		e, rounds := r.regionsAfter(t, samples)
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

// A loop that jumps by a table and calls a function becomes a region, of which the cases are that samples have found it to lead
// to; when it leads to others too, it is made anew with them. It computes the same all along.
func TestRegionsLearnWays(t *testing.T) {
	r := newRig(t, false)
	e, quiet := r.regionsAfter(t, 8)
	const rounds, cases = 400_000, 8
	pc := r.load(func(p *asm.Program) {
		p.LI(asm.A0, 0).LI(asm.T3, rounds).LA(asm.S9, "table").Jump(asm.Zero, "loop").Label("loop")
		p.R(isa.AND, asm.T4, asm.T3, asm.A1).R(isa.SH3ADD, asm.T4, asm.T4, asm.S9).I(isa.LD, asm.T4, asm.T4, 0).I(isa.JALR, asm.Zero, asm.T4, 0)
		for i := range int32(cases) {
			p.Label(fmt.Sprint("case", i)).I(isa.ADDI, asm.A0, asm.A0, i).Jump(asm.Zero, "on")
		}
		p.Label("on").Jump(asm.RA, "f").I(isa.ADDI, asm.T3, asm.T3, -1).Branch(isa.BNE, asm.T3, asm.Zero, "loop").Op(isa.EBREAK)
		p.Label("f").I(isa.ADDI, asm.A0, asm.A0, 1).I(isa.JALR, asm.Zero, asm.RA, 0)
		p.Align(8).Label("table")
		for i := range cases {
			p.Double(p.Addr(fmt.Sprint("case", i)))
		}
	})
	run := func(mask uint64, enough func() bool) {
		t.Helper()
		want := uint64(rounds)
		for i := uint64(1); i <= rounds; i++ {
			want += i & mask
		}
		for n := 0; ; n++ {
			done := enough()
			r.core.S.R[asm.A1] = mask
			r.until(pc, quiet, func() bool { return false })
			if got := r.core.S.R[asm.A0]; got != want {
				t.Fatalf("mask %d: a0 is %d, want %d", mask, got, want)
			}
			if done {
				return
			}
			if n == 500 {
				t.Fatalf("mask %d: %+v", mask, e.Stats().Regions)
			}
		}
	}
	run(1, func() bool { return e.Stats().Regions.Made != 0 })
	if s := e.Stats().Regions; s.Remade != 0 && s.Made == 0 {
		t.Errorf("%+v", s)
	}
	run(cases-1, func() bool { return e.Stats().Regions.Remade != 0 })
	exits := r.core.Native.Exits[code.NativeUop] + r.core.Native.Exits[code.NativeJump]
	run(cases-1, func() bool { return true })
	if n := r.core.Native.Exits[code.NativeUop] + r.core.Native.Exits[code.NativeJump] - exits; n > 1000 {
		t.Errorf("%d ways out of native code in %d rounds", n, rounds)
	}
}
