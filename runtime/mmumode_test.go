package runtime

import (
	"bytes"
	"testing"

	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// satp takes the modes up to the one chosen, and the device tree says which that is. A
// write of another mode has no effect.
func TestMMUMode(t *testing.T) {
	p := asm.New(RAMBase)
	p.LI(asm.A1, 0)
	for mode := uint64(8); mode <= 11; mode++ { // a1 += 1 << (mode - 8) if it is taken
		p.LI(asm.A0, mode<<60).Insn(isa.Insn{Op: isa.CSRRW, Rs1: asm.A0, Imm: int32(isa.CSR_SATP)})
		p.Insn(isa.Insn{Op: isa.CSRRS, Rd: asm.A2, Imm: int32(isa.CSR_SATP)})
		p.R(isa.XOR, asm.A2, asm.A2, asm.A0).I(isa.SLTIU, asm.A2, asm.A2, 1).I(isa.SLLI, asm.A2, asm.A2, int32(mode-8))
		p.R(isa.OR, asm.A1, asm.A1, asm.A2)
	}
	leave(p.R(isa.ADD, asm.A0, asm.A1, asm.Zero))
	for mode, taken := range map[MMUMode]int{Sv39: 1, Sv48: 3, Sv57: 7} {
		cfg := bare(p, 1)
		cfg.CPU.MMU = mode
		m := newMachine(t, cfg)
		tree := make([]byte, RAMBase+uint64(cfg.Memory)-m.plan.A1)
		if err := m.core.Mem.ReadAt(tree, m.plan.A1); err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(tree, []byte("riscv,"+string(mode)+"\x00")) {
			t.Errorf("the device tree does not say %s", mode)
		}
		if res := start(t, m).wait(); res.ExitCode != taken {
			t.Errorf("%s: satp takes the modes %03b, want %03b", mode, res.ExitCode, taken)
		}
	}
	if mode := Default().CPU.MMU; mode != Sv48 {
		t.Errorf("%s by default", mode)
	}
}
