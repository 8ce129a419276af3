package engine

import (
	"slices"

	"github.com/hartwood-vm/hartwood/jitworker/tier"
	"github.com/hartwood-vm/hartwood/vcpu/blocks"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
)

// settle has code that has its place lead to the host's routines, and keeps the places that
// links lead on from.
func (e *Engine) settle(x *compiled, relocs []tier.Reloc) {
	links := 0
	for _, r := range relocs {
		if r.Target == tier.ToLink {
			links++
			continue
		}
		x.code.Set32(int(r.Offset), e.aim(x, r, e.routines[r.N], true))
	}
	x.relocs = make([]tier.Reloc, 0, links)
	for _, r := range relocs {
		if r.Target == tier.ToLink {
			x.relocs = append(x.relocs, r)
		}
	}
	e.host.Flush(x.code.Entry(), x.code.Size())
}

// aim is what the place r of x is to hold.
func (e *Engine) aim(x *compiled, r tier.Reloc, to uintptr, linked bool) int32 {
	return int32(e.host.Aim(r.Kind, x.code.Entry()+uintptr(r.Offset), to, linked))
}

// Enter executes the code at entry.
func (e *Engine) Enter(s *hart.State, entry uintptr) uint64 {
	return e.host.Enter(s, e.routines, entry)
}

// Find returns the code that an address lies in. It is there until every hart has
// passed a quiescent point since its retirement, so a hart that has just left it
// finds it.
func (e *Engine) Find(at uintptr) *blocks.Native {
	return e.cache.Find(at).Owner().(*compiled).ready.Load()
}

// Patch makes link i of n go to t, or back to its stub if t is nil.
func (e *Engine) Patch(n *blocks.Native, i int, t *blocks.Native) {
	x := n.Code.(*compiled)
	to := n.Entry + uintptr(x.stubs[i])
	if t != nil {
		to = t.Entry
	}
	for _, r := range slices.Backward(x.relocs) {
		if int(r.N) != i {
			continue
		}
		x.code.Patch32(int(r.Offset), e.aim(x, r, to, t != nil))
		e.host.Flush(n.Entry+uintptr(r.Offset), 4)
	}
}
