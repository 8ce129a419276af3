package runtime

import (
	"fmt"
	goruntime "runtime"
	"testing"

	"github.com/hartwood-vm/hartwood/vcpu"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// endless are guests' ways never to come to an end. They may use all registers but
// S1, S2, T5 and T6.
var endless = map[string]func(p *asm.Program){
	"a block that leads to itself": func(p *asm.Program) {
		p.Label("loop").I(isa.ADDI, asm.S0, asm.S0, 1).Jump(asm.Zero, "loop")
	},
	"a ring of linked blocks": func(p *asm.Program) {
		const blocks, stride = 24, 7
		p.Jump(asm.Zero, "block 0")
		for i := range blocks {
			next := fmt.Sprint("block ", (i+stride)%blocks)
			p.Label(fmt.Sprint("block ", i)).I(isa.ADDI, asm.S0, asm.S0, 1)
			p.Branch(isa.BNE, asm.S0, asm.Zero, next).Jump(asm.Zero, next)
		}
	},
	// Two functions in two pages that call each other and never return.
	"mutual calls": func(p *asm.Program) {
		p.LA(asm.A1, "other").LA(asm.A2, "one").Jump(asm.Zero, "one").Align(4096)
		p.Label("one").I(isa.ADDI, asm.S0, asm.S0, 1).I(isa.JALR, asm.RA, asm.A1, 0).Align(4096)
		p.Label("other").I(isa.ADDI, asm.S0, asm.S0, 1).I(isa.JALR, asm.RA, asm.A2, 0)
	},
	// No jump backwards, and no way into another page, but returns: in one page each function
	// calls the next one twice, if A0 says so. All ways are known before that begins.
	"calls forward": func(p *asm.Program) {
		const depth = 48
		function := func(i int) string { return fmt.Sprint("function ", i) }
		p.LI(asm.S3, 300).Label("warm up")
		for i := range depth {
			p.LI(asm.A0, 1).Jump(asm.RA, function(i))
		}
		p.I(isa.ADDI, asm.S3, asm.S3, -1).Branch(isa.BNE, asm.S3, asm.Zero, "warm up")
		p.LI(asm.A0, depth).Jump(asm.RA, function(0))
		here(p)
		p.Align(4096)
		for i := range depth {
			leaf := fmt.Sprint("leaf ", i)
			p.Label(function(i)).Branch(isa.BEQ, asm.A0, asm.Zero, leaf)
			p.I(isa.ADDI, asm.SP, asm.SP, -16).S(isa.SD, asm.RA, asm.SP, 0).S(isa.SD, asm.A0, asm.SP, 8)
			p.I(isa.ADDI, asm.A0, asm.A0, -1).Jump(asm.RA, function(i+1))
			p.I(isa.LD, asm.A0, asm.SP, 8).I(isa.ADDI, asm.A0, asm.A0, -1).Jump(asm.RA, function(i+1))
			p.I(isa.LD, asm.RA, asm.SP, 0).I(isa.ADDI, asm.SP, asm.SP, 16)
			p.Label(leaf).I(isa.JALR, asm.Zero, asm.RA, 0)
		}
		p.Label(function(depth)).I(isa.JALR, asm.Zero, asm.RA, 0)
	},
	// No jump backwards but calls and returns; to return for good takes 2^60 of them.
	"recursion": func(p *asm.Program) {
		p.LI(asm.A0, 60).Jump(asm.RA, "f")
		here(p)
		p.Label("f").Branch(isa.BEQ, asm.A0, asm.Zero, "leaf")
		p.I(isa.ADDI, asm.SP, asm.SP, -16).S(isa.SD, asm.RA, asm.SP, 0).S(isa.SD, asm.A0, asm.SP, 8)
		p.I(isa.ADDI, asm.A0, asm.A0, -1).Jump(asm.RA, "f")
		p.I(isa.LD, asm.A0, asm.SP, 8).I(isa.ADDI, asm.A0, asm.A0, -1).Jump(asm.RA, "f")
		p.I(isa.LD, asm.RA, asm.SP, 0).I(isa.ADDI, asm.SP, asm.SP, 16)
		p.Label("leaf").I(isa.JALR, asm.Zero, asm.RA, 0)
	},
}

// endlessGuest is a guest whose harts all do that, and count software interrupts in
// a word of their own.
func endlessGuest(build func(p *asm.Program)) *asm.Program {
	p := asm.New(RAMBase)
	p.LI(asm.S1, testData).I(isa.SLLI, asm.T0, asm.A0, 6).R(isa.ADD, asm.S1, asm.S1, asm.T0)
	p.LI(asm.S2, clintBase).I(isa.SLLI, asm.T0, asm.A0, 2).R(isa.ADD, asm.S2, asm.S2, asm.T0)
	p.LI(asm.SP, testData+0x1_0000).I(isa.SLLI, asm.T0, asm.A0, 12).R(isa.ADD, asm.SP, asm.SP, asm.T0)
	p.LA(asm.T0, "interrupt").CSR(isa.CSRRW, 0, isa.CSR_MTVEC, asm.T0)
	p.LI(asm.T0, vcpu.LineMSIP).CSR(isa.CSRRW, 0, isa.CSR_MIE, asm.T0).CSR(isa.CSRRSI, 0, isa.CSR_MSTATUS, 1<<3)
	build(p)
	p.Align(4).Label("interrupt").S(isa.SW, asm.Zero, asm.S2, 0)
	p.I(isa.LD, asm.T6, asm.S1, 0).I(isa.ADDI, asm.T6, asm.T6, 1).S(isa.SD, asm.T6, asm.S1, 0).Op(isa.MRET)
	return p
}

// TRAPS 26: native code that never leaves by itself is interrupted, whatever its
// cycles are made of: the machine pauses, Go's collector stops the world, and
// interrupts arrive, even if Go has one processor for all.
func TestTrap26NativeCodeIsInterruptible(t *testing.T) {
	needNative(t)
	for name, build := range endless {
		for _, processors := range []int{1, 4} {
			t.Run(fmt.Sprintf("%s, %d processors", name, processors), func(t *testing.T) {
				defer goruntime.GOMAXPROCS(goruntime.GOMAXPROCS(processors))
				testInterruptible(t, endlessGuest(build))
			})
		}
	}
}

func testInterruptible(t *testing.T, p *asm.Program) {
	const harts, rounds = 2, 4
	cfg := native(p.Bytes())
	cfg.Harts, cfg.test.wait = harts, true
	r := start(t, newMachine(t, cfg))
	runs := func(h int) uint64 { return r.core.Harts[h].Counters().Native.Insns }
	for i := range uint64(rounds) {
		for h := range harts {
			before := runs(h)
			until(t, "native code runs", func() bool { return runs(h) > before+100_000 })
			word := testData + 64*uint64(h)
			r.core.Harts[h].SetLine(vcpu.LineMSIP, true)
			until(t, "the interrupt is taken", func() bool { return r.testWord(t, word) > i })
			if n := r.testWord(t, word); n != i+1 {
				t.Errorf("hart %d: %d interrupts, want %d", h, n, i+1)
			}
		}
		goruntime.GC()
		if err := r.Pause(); err != nil {
			t.Fatal(err)
		}
		stats := r.Stats().Instructions
		for h := range harts {
			if pc := r.core.Harts[h].S.PC; pc < RAMBase || pc >= p.PC() {
				t.Errorf("hart %d stands at %#x", h, pc)
			}
		}
		goruntime.GC()
		if n := r.Stats().Instructions; n != stats {
			t.Errorf("%d instructions while the machine is paused", n-stats)
		}
		if err := r.Resume(); err != nil {
			t.Fatal(err)
		}
	}
	r.Stop(0)
	if s := r.wait().Stats.jit; s.Native < 50*s.Interpreted {
		t.Errorf("%d instructions native, %d interpreted", s.Native, s.Interpreted)
	}
}
