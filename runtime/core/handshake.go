package core

import (
	"sync/atomic"

	"github.com/hartwood-vm/hartwood/vcpu"
)

// Handshake has f executed on each of harts at its next safe point, and calls done
// on the last one's goroutine. It returns at once and stops nobody.
func (c *Core) Handshake(harts []*vcpu.Hart, f func(*vcpu.Hart), done func()) {
	var left atomic.Int64
	left.Store(int64(len(harts)))
	if len(harts) == 0 {
		done()
		return
	}
	for _, h := range harts {
		h.Post(func(h *vcpu.Hart) {
			f(h)
			if left.Add(-1) == 0 {
				done()
			}
		})
	}
}

// dropStores has every hart drop its first-level store entries, then calls done.
func (c *Core) dropStores(done func()) {
	c.Handshake(c.Harts, func(h *vcpu.Hart) { h.MMU.DropStores() }, done)
}

// quiesce calls done when every hart has left native code and forgotten where
// any is.
func (c *Core) quiesce(done func()) {
	c.Handshake(c.Harts, func(h *vcpu.Hart) { h.Core.DropNative() }, done)
}
