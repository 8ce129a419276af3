package engine

import (
	"github.com/hartwood-vm/hartwood/jitworker/listing"
	"github.com/hartwood-vm/hartwood/jitworker/tier"
	"github.com/hartwood-vm/hartwood/vcpu/blocks"
	"github.com/hartwood-vm/hartwood/vcpu/code"
)

// Listing returns b, which was found at the virtual address pc, and the code that
// the quick tier makes of it by itself, side by side.
func Listing(b *blocks.Block, pc uint64) (string, error) {
	h := thisHost()
	if h == nil {
		return "", ErrHost
	}
	all := tiers(h, tier.Options{Marked: true})
	unit := code.Unit{Parts: []code.Part{b.Part()}}
	out, err := all[levelFast-blocks.LowestLevel].Compile(&unit)
	if err != nil {
		return "", err
	}
	l := listing.Block{PC: pc, Guest: b.Text(), Host: out.Bytes, Marks: marks(out)}
	return l.Text(), nil
}
