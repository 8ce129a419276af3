package vcpu

import (
	"sync/atomic"

	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
)

// publishedNative is the hart's NativeCount as of the last poll: written by the
// owner, read by Counters.
type publishedNative struct {
	insns atomic.Uint64
	exits [code.NativeKinds]atomic.Uint64
}

// publish makes the hart's counters readable for others. The caller owns h.
func (h *Hart) publish() {
	h.retired.Store(h.S.Count)
	n := &h.Core.Native
	if h.native.insns.Load() != n.Insns {
		h.native.insns.Store(n.Insns)
	}
	for i, x := range n.Exits {
		if h.native.exits[i].Load() != x {
			h.native.exits[i].Store(x)
		}
	}
}

func (p *publishedNative) read() (n interp.NativeCount) {
	n.Insns = p.insns.Load()
	for i := range n.Exits {
		n.Exits[i] = p.exits[i].Load()
	}
	return n
}
