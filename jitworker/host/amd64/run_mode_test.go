package amd64_test

import (
	"testing"

	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// A hart executes the code that has been compiled for its mode, by every way that leads there: a
// call through a register, whose target is looked up in the mode's map, loads from where the
// strict mode does not let it.
func TestNativeCodeIsForItsMode(t *testing.T) {
	r := newRig(t)
	var sub uint64
	pc := r.load(func(p *asm.Program) {
		p.LA(asm.T0, "sub").I(isa.SLLI, asm.T0, asm.T0, 0).I(isa.JALR, asm.RA, asm.T0, 0).Op(isa.EBREAK)
		p.Label("sub").I(isa.LW, asm.A0, asm.A1, 0).I(isa.JALR, asm.Zero, asm.RA, 0)
		sub = p.Addr("sub")
	})
	in := &situation{memory: make([]byte, dataBytes)}
	in.x[asm.A1] = data + 1
	for round := range 6 {
		mode := []code.Mode{0, code.Strict}[round%2]
		r.core.SetMode(mode)
		for _, at := range []uint64{pc, sub} {
			if b := r.block(at); b.Native() == nil {
				r.compile(b)
			}
		}
		for range 3 {
			entered := r.core.Native.Insns
			out := r.run(pc, in)
			switch {
			case mode == 0 && out.exit != interp.ExitSystem:
				t.Fatalf("round %d: exit %d at %#x, cause %d", round, out.exit, out.pc, out.cause)
			case mode == code.Strict && (out.exit != interp.ExitException || out.cause != interp.CauseLoadMisaligned || out.pc != sub):
				t.Fatalf("round %d: exit %d at %#x, cause %d; want a misaligned load at %#x", round, out.exit, out.pc, out.cause, sub)
			}
			if r.core.Native.Insns == entered {
				t.Error("nothing was executed natively")
			}
		}
	}
}
