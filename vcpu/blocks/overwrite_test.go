package blocks_test

import (
	"testing"

	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// A hart that overwrites a page of code from its beginning on has it taken for data soon after it has come over a block. One that writes behind
// a block, or leaves places out, leaves the others alone.
func TestOverwrittenPageLosesItsBlocks(t *testing.T) {
	for _, x := range []struct {
		name             string
		from, step, to   uint64 // of the stores, in the page
		early, late, end bool   // the blocks that are left
	}{
		{"from the beginning", 0, 8, 0x300, false, false, false},
		{"only up to the first block", 0, 8, 0x100, true, true, true},
		{"one instruction", 0x100, 8, 0x108, false, true, true},
		{"a short run", 0x100, 8, 0x1f8, false, true, true},
		{"behind the first block", 0x180, 8, 0x800, true, true, true},
		{"with places left out", 0, 16, 0x300, false, true, true},
	} {
		r := newRig(t, 1, 0)
		c := r.Cores[0]
		places := []uint64{0x100, 0x800, 0xf00}
		for _, at := range places {
			r.Load(answer(1), data+at)
			r.ToEbreak(c, data+at)
		}
		p := asm.New(ram).Label("loop").S(isa.SD, asm.Zero, asm.A2, 0)
		p.R(isa.ADD, asm.A2, asm.A2, asm.A3).Branch(isa.BLTU, asm.A2, asm.A4, "loop").Op(isa.EBREAK)
		r.Load(p, ram)
		setX(c, asm.A2, data+x.from)
		setX(c, asm.A3, x.step)
		setX(c, asm.A4, data+x.to)
		r.ToEbreak(c, ram)
		for i, left := range []bool{x.early, x.late, x.end} {
			before := r.Cache.Built.Load()
			get(r, data+places[i])
			if left == (r.Cache.Built.Load() > before) {
				t.Errorf("%s: block at %#x is left: %v, want %v", x.name, places[i], !left, left)
			}
		}
	}
}
