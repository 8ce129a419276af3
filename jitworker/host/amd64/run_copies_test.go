package amd64_test

import (
	"math"
	"testing"

	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/blocks"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// Loops that are one block remember the pages of their accesses. What they compute is what the interpreter computes,
// wherever the accesses go: from page to page, across the ends of pages, to one page through two registers, to so many
// pages that the first level forgets them, and in groups.
func TestLoopsRememberPages(t *testing.T) {
	const from = ram + 1<<20
	for name, build := range map[string]func(p *asm.Program){
		"words": func(p *asm.Program) {
			p.LI(asm.A1, from).LI(asm.A2, from+20000).Label("loop")
			p.S(isa.SD, asm.A1, asm.A1, 0).I(isa.LW, asm.T3, asm.A1, 4).R(isa.ADD, asm.A0, asm.A0, asm.T3)
			p.I(isa.ADDI, asm.A1, asm.A1, 8).Branch(isa.BNE, asm.A1, asm.A2, "loop").Op(isa.EBREAK)
		},
		"across ends": func(p *asm.Program) {
			p.LI(asm.A1, from+3).LI(asm.T4, from+3+40000).Label("loop")
			p.S(isa.SD, asm.T4, asm.A1, 0).I(isa.LHU, asm.T3, asm.A1, 6).R(isa.XOR, asm.A0, asm.A0, asm.T3)
			p.I(isa.ADDI, asm.A1, asm.A1, 20).Branch(isa.BLTU, asm.A1, asm.T4, "loop").Op(isa.EBREAK)
		},
		"two registers": func(p *asm.Program) {
			p.LI(asm.T5, from).LI(asm.A2, from+8).LI(asm.A3, 3000).Label("loop")
			p.S(isa.SD, asm.A3, asm.T5, 0).I(isa.LD, asm.A4, asm.A2, -8).R(isa.ADD, asm.A0, asm.A0, asm.A4)
			p.S(isa.SB, asm.A0, asm.A2, 0).I(isa.LBU, asm.A5, asm.T5, 8).R(isa.ADD, asm.A0, asm.A0, asm.A5)
			p.I(isa.ADDI, asm.T5, asm.T5, 8).I(isa.ADDI, asm.A2, asm.A2, 8)
			p.I(isa.ADDI, asm.A3, asm.A3, -1).Branch(isa.BNE, asm.A3, asm.Zero, "loop").Op(isa.EBREAK)
		},
		"many pages": func(p *asm.Program) {
			p.LI(asm.A3, 4).Label("again").LI(asm.A1, from).LI(asm.A2, from+600*4096).LI(asm.A4, 4096).Label("loop")
			p.I(isa.LD, asm.A5, asm.A1, 16).R(isa.ADD, asm.A0, asm.A0, asm.A5).I(isa.ADDI, asm.A5, asm.A5, 7)
			p.S(isa.SD, asm.A5, asm.A1, 16).R(isa.ADD, asm.A1, asm.A1, asm.A4).Branch(isa.BNE, asm.A1, asm.A2, "loop")
			p.I(isa.ADDI, asm.A3, asm.A3, -1).Branch(isa.BNE, asm.A3, asm.Zero, "again").Op(isa.EBREAK)
		},
		"groups": func(p *asm.Program) {
			p.LI(asm.A1, from+4096-160).LI(asm.T4, from+3*4096-200).LI(asm.A3, 500).Label("loop")
			for i := range int32(5) {
				p.I(isa.LD, asm.T0+uint8(i%3), asm.A1, 8*i).S(isa.SD, asm.T0+uint8(i%3), asm.T4, 8*i)
			}
			p.I(isa.FLD, 10, asm.A1, 40).S(isa.FSD, 10, asm.T4, 40).S(isa.SW, asm.A3, asm.A1, 44)
			p.I(isa.ADDI, asm.A1, asm.A1, 24).I(isa.ADDI, asm.T4, asm.T4, 12)
			p.I(isa.ADDI, asm.A3, asm.A3, -1).Branch(isa.BNE, asm.A3, asm.Zero, "loop")
			p.I(isa.LD, asm.A0, asm.T4, -8).I(isa.LD, asm.A1, asm.T4, -16).S(isa.SD, asm.A0, asm.T4, -24).Op(isa.EBREAK)
		},
		"exits in the middle": func(p *asm.Program) {
			p.LI(asm.A3, 3000).LI(asm.A1, from).Label("loop").I(isa.ANDI, asm.A4, asm.A3, 15).S(isa.SD, asm.A4, asm.A1, 0)
			p.Branch(isa.BEQ, asm.A4, asm.Zero, "out").I(isa.LD, asm.A5, asm.A1, 8).R(isa.ADD, asm.A0, asm.A0, asm.A5)
			p.Label("on").I(isa.ADDI, asm.A1, asm.A1, 4).I(isa.ADDI, asm.A3, asm.A3, -1)
			p.Branch(isa.BNE, asm.A3, asm.Zero, "loop").Op(isa.EBREAK)
			p.Label("out").I(isa.ADDI, asm.A0, asm.A0, 1).Branch(isa.BNE, asm.A3, asm.Zero, "on").Jump(asm.Zero, "on")
		},
		"left to the interpreter": func(p *asm.Program) { // in the middle of each round
			p.LI(asm.A3, 600).LI(asm.A1, from).LI(asm.T5, 1).Label("loop").S(isa.SD, asm.A3, asm.A1, 0)
			p.R(isa.DIV, asm.A4, asm.A3, asm.Zero).I(isa.LD, asm.A5, asm.A1, 0).R(isa.ADD, asm.A0, asm.A0, asm.A5)
			p.R(isa.ADD, asm.A0, asm.A0, asm.A4).I(isa.ADDI, asm.A1, asm.A1, 8)
			p.I(isa.ADDI, asm.A3, asm.A3, -1).Branch(isa.BNE, asm.A3, asm.Zero, "loop").Op(isa.EBREAK)
		},
		"out of memory": func(p *asm.Program) { // ends in a fault
			p.LI(asm.A1, ram+ramSize-6000).Label("loop").S(isa.SD, asm.A1, asm.A1, 0).I(isa.LD, asm.A0, asm.A1, -8)
			p.I(isa.ADDI, asm.A1, asm.A1, 8).Branch(isa.BNE, asm.A1, asm.Zero, "loop").Op(isa.EBREAK)
		},
	} {
		p := newEagerPair(t)
		pc := p.load(build)
		for range 3 {
			p.sameEnd(t, name, pc)
			for _, r := range p.rigs() { // what it has stored
				for at := uint64(from); at < ram+ramSize; at += 8 {
					w, _ := r.mem.Word64(at)
					r.core.S.R[asm.T6] = r.core.S.R[asm.T6]*31 + w.Load()
				}
			}
			if got, want := p.native.core.S.R[asm.T6], p.interpreted.core.S.R[asm.T6]; got != want {
				t.Fatalf("%s: memory differs", name)
			}
		}
		if c := p.native.core; c.Native.Insns < c.S.Count*4/5 {
			t.Errorf("%s: %d of %d instructions ran natively", name, c.Native.Insns, c.S.Count)
		}
	}
}

// TRAPS 9: a page may come to hold code while a loop stores into it, at the loop's next poll. What the loop has noted
// of the page counts no more then.
func TestTrap09LoopForgetsPagesAtPolls(t *testing.T) {
	const page = ram + 2<<20
	cfg := eager()
	r := newRigWith(t, &cfg)
	pc := r.load(func(p *asm.Program) {
		p.LI(asm.A1, page).Label("loop").S(isa.SD, asm.A0, asm.A1, 512).I(isa.LD, asm.A2, asm.A1, 512)
		p.I(isa.ADDI, asm.A0, asm.A0, 1).Jump(asm.Zero, "loop")
	})
	s := r.core.S
	s.PC = pc
	run := func() {
		t.Helper()
		s.Arm(1000)
		if x := r.core.Run(); x != interp.ExitPoll {
			t.Fatalf("exit %d", x)
		}
	}
	run()
	run()
	code := asm.New(page+512).I(isa.ADDI, asm.A0, asm.A0, 1).Op(isa.EBREAK).Bytes()
	r.must(r.mem.WriteAt(code, page+512))
	get := func() *blocks.Block { return r.block(page + 512) }
	b := get()
	for _, done := range r.pending {
		r.core.MMU.DropStores()
		done()
	}
	r.pending = nil
	run()
	if get() == b {
		t.Error("the loop has stored into code, and the old block is still there")
	}
}

// TRAPS 20: a loop that changes the rounding mode tests it in every round, whichever copy of its code a round is in:
// the second round here comes to a page that the first level does not know.
func TestTrap20LoopChangesTheRoundingMode(t *testing.T) {
	const from = ram + 1<<20
	for rm, frm := range map[int32]uint8{0: 3, 7: 4} { // to nearest beside up; dynamic, which becomes one that the host lacks
		p := newEagerPair(t)
		pc := p.load(func(p *asm.Program) {
			p.CSR(isa.CSRRWI, asm.Zero, isa.CSR_FRM, 0).LI(asm.A0, from).LI(asm.A1, from+4096).LI(asm.A2, 4096).LI(asm.A3, 2)
			p.I(isa.LD, asm.T3, asm.A0, 0).I(isa.LD, asm.T3, asm.A1, 0).Jump(asm.Zero, "loop").Label("loop")
			p.I(isa.FLD, 10, asm.A0, 0).I(isa.FLD, 11, asm.A1, 0).Insn(isa.Insn{Op: isa.FADD_D, Rd: 12, Rs1: 10, Rs2: 11, Imm: rm})
			p.CSR(isa.CSRRWI, asm.Zero, isa.CSR_FRM, frm).R(isa.ADD, asm.A1, asm.A1, asm.A2)
			p.I(isa.ADDI, asm.A3, asm.A3, -1).Branch(isa.BNE, asm.A3, asm.Zero, "loop").Op(isa.EBREAK)
		})
		for _, r := range p.rigs() {
			r.core.S.MStatus = hart.FSDirty
			for at, v := range map[uint64]float64{from: 1, from + 4096: 1, from + 8192: 0x1p-53} {
				w, _ := r.mem.Word64(at)
				w.Store(math.Float64bits(v))
			}
		}
		for range 3 {
			for _, r := range p.rigs() {
				r.core.MMU.FlushFirstLevel()
			}
			p.sameEnd(t, "rounding", pc)
		}
	}
}
