package runtime

import (
	"testing"

	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// What a hart does behind its request for the end has no effect: neither the next
// instruction's store to a device, nor a call of the firmware, nor another request.
func TestNothingHappensAfterTheEnd(t *testing.T) {
	const uart = 0x1000_0000
	store := func(p *asm.Program, addr, v uint64) { p.LI(asm.T0, addr).LI(asm.T1, v) }
	// The stores stand side by side in one block: their registers are set before.
	power := func(p *asm.Program, first, second uint64) *asm.Program {
		store(p, testSwitch, first)
		p.LI(asm.S0, uart).LI(asm.S1, 'X').LI(asm.S2, second).LI(asm.A0, 'Y').LI(asm.A7, 1)
		p.S(isa.SW, asm.T1, asm.T0, 0).S(isa.SB, asm.S1, asm.S0, 0).S(isa.SW, asm.S2, asm.T0, 0)
		p.Label("loop").S(isa.SB, asm.S1, asm.S0, 0).Op(isa.ECALL).Jump(asm.Zero, "loop")
		return p
	}
	for name, cfg := range map[string]Config{
		"bare":     bare(power(asm.New(RAMBase), 0x5555, 7<<16|0x3333), 1),
		"firmware": kernel(power(asm.New(kernelBase), 0x5555, 0x7777), 1),
	} {
		for _, jit := range []JITMode{JITOff, JITOn} {
			cfg.JIT.Mode = jit
			res, out := runGuest(t, cfg)
			if res.Reason != PoweredOff || res.ExitCode != 0 || out != "" {
				t.Errorf("%s, JIT %s: %s, code %d, output %q", name, jit, res.Reason, res.ExitCode, out)
			}
		}
	}
}

// After a reset the machine reaches its devices again.
func TestDevicesAreThereAfterAReset(t *testing.T) {
	p := asm.New(RAMBase)
	p.LI(asm.T0, testData).I(isa.LD, asm.T1, asm.T0, 0).Branch(isa.BNE, asm.T1, asm.Zero, "second")
	p.LI(asm.T1, 1).S(isa.SD, asm.T1, asm.T0, 0).LI(asm.T0, testSwitch).LI(asm.T1, 0x7777).S(isa.SW, asm.T1, asm.T0, 0)
	here(p)
	p.Label("second").LI(asm.T0, 0x1000_0000).LI(asm.T1, 'X').S(isa.SB, asm.T1, asm.T0, 0)
	exit(p, 5)
	if res, out := runGuest(t, bare(p, 1)); res.ExitCode != 5 || out != "X" {
		t.Errorf("code %d, output %q", res.ExitCode, out)
	}
}
