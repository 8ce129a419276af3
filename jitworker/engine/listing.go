package engine

import (
	"github.com/hartwood-vm/hartwood/jitworker/listing"
	"github.com/hartwood-vm/hartwood/jitworker/tier"
	"github.com/hartwood-vm/hartwood/vcpu/blocks"
)

// Listing returns b, which was found at the virtual address pc, and the code that
// the best of this host's compilers makes of it, side by side.
func Listing(b *blocks.Block, pc uint64) (string, error) {
	h := thisHost()
	if h == nil {
		return "", ErrHost
	}
	all := tiers(h, tier.Options{Marked: true})
	unit := b.Unit()
	out, err := all[len(all)-1].Compile(&unit)
	if err != nil {
		return "", err
	}
	l := listing.Block{PC: pc, Guest: b.Text(), Host: out.Bytes, Marks: marks(out)}
	return l.Text(), nil
}
