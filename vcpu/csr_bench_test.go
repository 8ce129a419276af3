package vcpu

import (
	"testing"

	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// BenchmarkCSR executes instructions on control and status registers, as kernels do most: the scratch register of a trap
// handler, interrupts off and on, the clock.
func BenchmarkCSR(b *testing.B) {
	const unroll = 16
	for _, c := range []struct {
		name string
		insn isa.Insn
	}{
		{"csrrw sscratch", isa.Insn{Op: isa.CSRRW, Rd: asm.A0, Rs1: asm.A0, Imm: int32(isa.CSR_SSCRATCH)}},
		{"csrr sepc", isa.Insn{Op: isa.CSRRS, Rd: asm.A0, Imm: int32(isa.CSR_SEPC)}},
		{"csrw stvec", isa.Insn{Op: isa.CSRRW, Rs1: asm.A1, Imm: int32(isa.CSR_STVEC)}},
		{"csrr sstatus", isa.Insn{Op: isa.CSRRS, Rd: asm.A0, Imm: int32(isa.CSR_SSTATUS)}},
		{"csrrci sstatus", isa.Insn{Op: isa.CSRRCI, Rd: asm.A0, Rs1: 2, Imm: int32(isa.CSR_SSTATUS)}},
		{"csrrsi sie", isa.Insn{Op: isa.CSRRSI, Rd: asm.A0, Rs1: 2, Imm: int32(isa.CSR_SIE)}},
		{"csrr sip", isa.Insn{Op: isa.CSRRS, Rd: asm.A0, Imm: int32(isa.CSR_SIP)}},
		{"csrr time", isa.Insn{Op: isa.CSRRS, Rd: asm.A0, Imm: int32(isa.CSR_TIME)}},
		{"csrr instret", isa.Insn{Op: isa.CSRRS, Rd: asm.A0, Imm: int32(isa.CSR_INSTRET)}},
	} {
		b.Run(c.name, func(b *testing.B) {
			w, h := newHart(b, shardedtlb.S)
			h.csrs.mcounteren = ^uint64(0)
			p := asm.New(ram).LI(asm.A1, stvec)
			p.Label("loop")
			for range unroll {
				p.Insn(c.insn)
			}
			p.Jump(asm.Zero, "loop")
			w.load(p, ram)
			h.S.PC = ram
			b.ResetTimer()
			for left := b.N; left > 0; left -= 1 << 15 {
				h.S.Arm(uint64(min(left, 1<<15)))
				for h.S.Count < h.S.Limit.Load() {
					h.burst()
				}
			}
			if h.S.SCause|h.csrs.mcause != 0 {
				b.Fatal("it has trapped")
			}
		})
	}
}
