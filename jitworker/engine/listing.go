package engine

import (
	"github.com/hartwood-vm/hartwood/jitworker/listing"
	"github.com/hartwood-vm/hartwood/jitworker/tier"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
)

// Listing returns b, which was found at the virtual address pc, and the code that
// the best of this host's compilers makes of it, side by side.
func Listing(b *interp.Block, pc uint64) (string, error) {
	h := thisHost()
	if h == nil {
		return "", ErrHost
	}
	tiers := h.Tiers(tier.Options{Marked: true})
	code, err := tiers[len(tiers)-1].Compile(b)
	if err != nil {
		return "", err
	}
	l := listing.Block{PC: pc, Guest: b.Code(), Host: code.Bytes, Marks: marks(code)}
	return l.Text(), nil
}
