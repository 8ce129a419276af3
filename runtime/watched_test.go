package runtime

import (
	"path/filepath"
	"testing"

	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// With a trigger armed in every mode, which nothing matches, the guests' own checks find no
// difference: instruction by instruction is what blocks are too.
func TestGuestsUnderTriggers(t *testing.T) {
	for _, g := range manifest(t) {
		if testing.Short() && g.harts > 1 {
			continue
		}
		t.Run(g.name, func(t *testing.T) {
			cfg := Default()
			cfg.Program = filepath.Join(guestDir, g.name+".elf")
			cfg.Harts, cfg.Memory, cfg.CPU.MMU = g.harts, g.memory, Sv57 // guests try every mode
			m := newMachine(t, cfg)
			for _, h := range m.core.Harts {
				h.WriteCSR(isa.CSR_TDATA2, 0x7ead_beef_dead_bee1)
				h.WriteCSR(isa.CSR_TDATA1, 6<<60|0x5f) // any access by any mode to an address that nobody has
			}
			if res := start(t, m).wait(); res.Reason != Exited || res.ExitCode != 0 {
				t.Errorf("%v with code %d", res.Reason, res.ExitCode)
			}
			for _, h := range m.core.Harts {
				if n := h.Counters().Native.Insns; n != 0 {
					t.Errorf("hart %d: %d instructions in native code", h.ID, n)
				}
			}
		})
	}
}
