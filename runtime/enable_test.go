package runtime

import (
	"testing"

	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// An interrupt that waits for S-mode to enable interrupts is taken before the instruction behind the one that does, in native
// code too, whichever instruction it is.
func TestEnabledInterruptIsTakenAtOnce(t *testing.T) {
	needNative(t)
	const rounds = 3000
	for name, enable := range map[string]func(p *asm.Program){
		"csrrsi":      func(p *asm.Program) { p.CSR(isa.CSRRSI, asm.Zero, isa.CSR_SSTATUS, 2) },
		"csrrsi read": func(p *asm.Program) { p.CSR(isa.CSRRSI, asm.A5, isa.CSR_SSTATUS, 2) },
		"csrrs":       func(p *asm.Program) { p.CSR(isa.CSRRS, asm.Zero, isa.CSR_SSTATUS, asm.S5) },
		"csrrw":       func(p *asm.Program) { p.CSR(isa.CSRRW, asm.Zero, isa.CSR_SSTATUS, asm.S6) },
	} {
		t.Run(name, func(t *testing.T) {
			p := asm.New(RAMBase)
			set := func(n isa.CSR, v uint64) {
				p.LI(asm.T0, v).CSR(isa.CSRRW, asm.Zero, n, asm.T0)
			}
			const handler, supervisor = RAMBase + 0x1000, RAMBase + 0x2000
			set(isa.CSR_PMPADDR0, 1<<54-1)
			set(isa.CSR_PMPCFG0, 0x1f)
			set(isa.CSR_MIDELEG, 2)
			set(isa.CSR_MIE, 2)
			set(isa.CSR_STVEC, handler)
			set(isa.CSR_MEPC, supervisor)
			set(isa.CSR_MSTATUS, 1<<11)
			p.Op(isa.MRET)

			// s2 counts rounds, s4 interrupts; s3 is 1 behind the instruction that enables.
			p.Org(handler).Branch(isa.BNE, asm.S3, asm.Zero, "late").I(isa.ADDI, asm.S4, asm.S4, 1)
			p.CSR(isa.CSRRCI, asm.Zero, isa.CSR_SIP, 2)
			p.Op(isa.SRET)
			p.Label("late").LI(asm.A0, 2).Jump(asm.Zero, "end")

			p.Org(supervisor).LI(asm.S2, 0).LI(asm.S4, 0).LI(asm.S5, 2).LI(asm.S7, rounds)
			p.Label("round").I(isa.ADDI, asm.S2, asm.S2, 1).LI(asm.S3, 0)
			p.CSR(isa.CSRRCI, asm.Zero, isa.CSR_SSTATUS, 2)
			p.CSR(isa.CSRRS, asm.S6, isa.CSR_SSTATUS, asm.Zero)
			p.I(isa.ORI, asm.S6, asm.S6, 2)
			p.CSR(isa.CSRRSI, asm.Zero, isa.CSR_SIP, 2)
			enable(p)
			p.LI(asm.S3, 1).LI(asm.A0, 1).Branch(isa.BNE, asm.S2, asm.S4, "end").Branch(isa.BNE, asm.S2, asm.S7, "round").LI(asm.A0, 0).Label("end")
			leave(p)
			cfg := native(p.Bytes())
			cfg.JIT.Threshold.Min, cfg.JIT.Threshold.Max = 2, 2
			m, err := New(cfg)
			if err != nil {
				t.Fatal(err)
			}
			res, err := m.Run(t.Context())
			if err != nil || res.Reason != PoweredOff || res.ExitCode != 0 {
				t.Fatalf("exit code %d, %v: an interrupt came late", res.ExitCode, err)
			}
		})
	}
}
