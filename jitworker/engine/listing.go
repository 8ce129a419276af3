package engine

import (
	"github.com/hartwood-vm/hartwood/jitworker/listing"
	"github.com/hartwood-vm/hartwood/jitworker/quick"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
)

// Listing returns b, which was found at the virtual address pc, and the code that
// this host's compiler makes of it, side by side.
func Listing(b *interp.Block, pc uint64) (string, error) {
	c := quick.New(quick.ThisHost())
	c.Marked = true
	code, err := c.Compile(b)
	if err != nil {
		return "", err
	}
	l := listing.Block{PC: pc, Guest: b.Code(), Host: code.Bytes, Marks: marks(code)}
	return l.Text(), nil
}
