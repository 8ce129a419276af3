package region

import (
	"cmp"
	"slices"

	"github.com/hartwood-vm/hartwood/jitworker/plan"
	"github.com/hartwood-vm/hartwood/vcpu/code"
)

const (
	// MaxParts bounds the blocks of a region, MaxInsns their instructions.
	MaxParts = 24
	MaxInsns = 600
	// maxSeen bounds the blocks that are looked at.
	maxSeen = 64
	// An exit belongs to a region if one of maxRare executions of its block takes it at least, and it
	// leads to a block that is executed once for maxCold times that the region's reason is.
	maxRare = 16
	maxCold = 64
)

// Source is the code that regions are made of.
type Source interface {
	// Block returns the block at a physical address; false if there is none.
	Block(pa uint64) (code.Part, bool)
	// Leads returns where a link of the block at pa to another page was last found to lead to, or 0.
	Leads(pa uint64, link uint8) uint64
}

// Picker chooses the blocks of regions.
type Picker struct {
	Source Source
	// All takes all blocks that there are, in no loop too, and those that are never executed.
	All bool

	seen  map[uint64]*node
	order []*node
	room  [maxSeen]node // of order
}

// node is a block that is looked at.
type node struct {
	code.Part
	next   [code.MaxLinks]*node  // where it often leads to
	to     [code.MaxLinks]uint64 // where it leads to at all: physical addresses, or 0
	within bool                  // it is of the loop
}

// Pick makes u the region for which the block at pa is the reason; false if there is none.
func (k *Picker) Pick(u *code.Unit, pa uint64) bool {
	if k.seen == nil {
		k.seen = make(map[uint64]*node, 2*maxSeen)
	}
	clear(k.seen)
	k.order = k.order[:0]
	reason := k.look(pa)
	if reason == nil {
		return false
	}
	for i := 0; i < len(k.order); i++ {
		k.lookBehind(reason, k.order[i])
	}
	head := reason
	if k.All {
		for _, n := range k.order {
			n.within = true
		}
	} else if head = k.loop(reason); head == nil {
		return false
	}
	k.collect(u, head)
	return k.All || WorthOf(u).Pays()
}

// look returns the block at pa if it can be part of a region, or nil.
func (k *Picker) look(pa uint64) *node {
	if n, ok := k.seen[pa]; ok {
		return n
	}
	if len(k.order) == maxSeen {
		return nil
	}
	p, ok := k.Source.Block(pa)
	if !ok || p.Crossing || !suits(&p) {
		k.seen[pa] = nil
		return nil
	}
	n := &k.room[len(k.order)]
	*n = node{Part: p}
	k.seen[pa] = n
	k.order = append(k.order, n)
	return n
}

// suits reports whether a block can be part of a region: what a region knows of the rounding mode
// it knows from its entry on.
func suits(p *code.Part) bool {
	return !slices.ContainsFunc(p.Uops(), func(u code.Uop) bool { return plan.WritesRounding(&u) })
}

// lookBehind looks at the blocks that n leads to.
func (k *Picker) lookBehind(reason, n *node) {
	for i := range n.Uops() {
		u := &n.Uops()[i]
		if !leads(n, u) {
			continue
		}
		to, ok := k.target(n, u)
		if !ok {
			continue
		}
		n.to[u.Link()] = to
		if taken := n.Counts.Taken[u.Link()]; !k.All && (taken == 0 || taken < n.Counts.Executions/maxRare) {
			continue
		}
		if t := k.look(to); t != nil && (k.All || t.Counts.Executions >= reason.Counts.Executions/maxCold) {
			n.next[u.Link()] = t
		}
	}
}

// leads reports whether u is an exit that a region may follow.
func leads(n *node, u *code.Uop) bool {
	info := code.Of(u.Op)
	if !info.Exits || info.Kind == code.Wait || n.Open(u.Link()) {
		return false
	}
	_, call := u.Return()
	return !call
}

// target returns the physical address that n's exit u leads to.
func (k *Picker) target(n *node, u *code.Uop) (pa uint64, ok bool) {
	if plan.InPage(&n.Part, u.Target()) {
		return n.PA + uint64(u.Target()), true
	}
	pa = k.Source.Leads(n.PA, u.Link())
	return pa, pa != 0
}

// loop marks the blocks of the loops that n is in and returns the head of the innermost, or nil. That
// is where the jump back leads that closes it, by the physical addresses; or n if none leads back from behind n.
func (k *Picker) loop(n *node) (head *node) {
	n.within = true
	for changed := true; changed; { // what leads to n, by way of what leads to n
		changed = false
		for _, from := range k.order {
			if !from.within && slices.ContainsFunc(from.next[:], func(t *node) bool { return t != nil && t.within }) {
				from.within, changed = true, true
			}
		}
	}
	head = n
	closed, best := false, ^uint64(0)
	for _, from := range k.order {
		if !from.within {
			continue
		}
		for _, to := range from.next {
			if to == nil || !to.within {
				continue
			}
			closed = closed || from == n
			if span := from.PA - to.PA; to.PA <= n.PA && n.PA <= from.PA && span < best {
				head, best = to, span
			}
		}
	}
	if !closed { // n leads to nothing that leads back to it
		return nil
	}
	return head
}

// collect makes u the blocks that are reached from head within the loop, the hottest ones if they are
// too many.
func (k *Picker) collect(u *code.Unit, head *node) {
	byHeat := slices.Clone(k.order)
	slices.SortStableFunc(byHeat, func(a, b *node) int { return cmp.Compare(b.Counts.Executions, a.Counts.Executions) })
	parts, insns := 1, head.Insns()
	for _, n := range byHeat {
		if n == head || !n.within {
			continue
		}
		if n.within = parts < MaxParts && insns+n.Insns() <= MaxInsns; n.within {
			parts++
			insns += n.Insns()
		}
	}
	number := map[*node]uint8{head: 1}
	queue := []*node{head}
	u.Parts = append(u.Parts[:0], head.Part)
	for i := 0; i < len(queue); i++ {
		for _, t := range queue[i].next {
			if t == nil || !t.within {
				continue
			}
			if number[t] == 0 {
				u.Parts = append(u.Parts, t.Part)
				number[t] = uint8(len(u.Parts))
				queue = append(queue, t)
			}
		}
	}
	for i, n := range queue { // rare ways too, if they lead to what is there anyway
		for link, to := range n.to {
			if to != 0 {
				u.Parts[i].Next[link] = number[k.seen[to]]
			}
		}
	}
}
