package region

import (
	"cmp"
	"slices"

	"github.com/hartwood-vm/hartwood/jitworker/plan"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

const (
	// MaxParts bounds the blocks of a region, MaxInsns their instructions.
	MaxParts = code.MaxParts
	MaxInsns = 800
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
	jumps  []*node               // where its indirect jump often leads to
	over   *node                 // where its call returns to
	lands  bool                  // a call returns to it
	within bool                  // it is of the loop
	enters *node                 // the function that it is of: the block that is called, or the reason
	loops  bool                  // it is a function with a loop in it
}

// leads yields the blocks that n often leads to.
func (n *node) leads(yield func(*node) bool) {
	for _, t := range n.next {
		if t != nil && !yield(t) {
			return
		}
	}
	for _, t := range n.jumps {
		if !yield(t) {
			return
		}
	}
}

// Pick makes u the region for which the block at pa is the reason; false if there is none.
func (k *Picker) Pick(u *code.Unit, pa uint64) bool {
	if k.seen == nil {
		k.seen = make(map[uint64]*node, 2*maxSeen)
	}
	clear(k.seen)
	k.order = k.order[:0]
	reason := k.look(pa, nil)
	if reason == nil {
		return false
	}
	for i := 0; i < len(k.order); i++ {
		k.lookBehind(reason, k.order[i])
	}
	if !k.All && !k.round(reason) {
		return false // as most are, so nothing has been called yet
	}
	inside := len(k.order)
	for i := 0; i < len(k.order); i++ {
		n := k.order[i]
		if i >= inside {
			k.lookBehind(reason, n)
		}
		if k.All || i >= inside || n.within {
			k.lookCalled(reason, n)
		}
	}
	for _, n := range k.order {
		n.within, n.jumps = false, nil
		k.jumps(n)
	}
	for _, n := range k.order {
		n.findLoop()
	}
	reason.loops = false
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

// look returns the block at pa if it can be part of a region, or nil. It is of a function, or begins one if that is nil.
func (k *Picker) look(pa uint64, function *node) *node {
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
	if *n = (node{Part: p, enters: function}); function == nil {
		n.enters = n
	}
	k.seen[pa] = n
	k.order = append(k.order, n)
	return n
}

// suits reports whether a block can be part of a region: what a region knows of the rounding mode
// it knows from its entry on.
func suits(p *code.Part) bool {
	return !slices.ContainsFunc(p.Uops(), func(u code.Uop) bool { return plan.WritesRounding(&u) })
}

// lookBehind looks at the blocks that n leads to. Where a call returns to is looked at because of the call; where else its
// callee returns to is no way from here.
func (k *Picker) lookBehind(reason, n *node) {
	last := &n.Uops()[len(n.Uops())-1]
	_, call := last.Return()
	for i := range n.Uops() {
		if u := &n.Uops()[i]; leads(n, u) && !(call && u == last) {
			k.lookAt(reason, n, u, n.enters)
		}
	}
	if call && plan.InPage(&n.Part, int64(n.Size())) {
		if n.over = k.lookWarm(reason, n.PA+n.Size(), n.enters); n.over != nil {
			n.over.lands = true
		}
	}
	if !call && !last.Returns() {
		for _, w := range often(n.Ways) {
			k.look(w.PA, n.enters)
		}
	}
}

// lookAt looks at the block that n's exit u leads to.
func (k *Picker) lookAt(reason, n *node, u *code.Uop, function *node) {
	to, ok := k.target(n, u)
	if !ok {
		return
	}
	n.to[u.Link()] = to
	if taken := n.Counts.Taken[u.Link()]; k.All || taken != 0 && taken >= n.Counts.Executions/maxRare {
		n.next[u.Link()] = k.lookWarm(reason, to, function)
	}
}

// lookCalled looks at what n calls.
func (k *Picker) lookCalled(reason, n *node) {
	last := &n.Uops()[len(n.Uops())-1]
	if _, call := last.Return(); !call {
		return
	}
	if leads(n, last) {
		k.lookAt(reason, n, last, nil)
		return
	}
	for _, w := range often(n.Ways) {
		k.look(w.PA, nil)
	}
}

// round marks the blocks that lead to n, if what is called returned at once, and reports whether n is one of those that do.
func (k *Picker) round(n *node) bool {
	for _, t := range k.order {
		k.jumps(t)
	}
	stepsWithin := func(from *node) bool { return from.leadsWithin() || from.over != nil && from.over.within }
	k.markBack(n, stepsWithin)
	return stepsWithin(n)
}

// markBack marks n, what leads to n, and what leads to that; leads says whether a block leads to a marked one.
func (k *Picker) markBack(n *node, leads func(from *node) bool) {
	n.within = true
	for changed := true; changed; {
		changed = false
		for _, from := range k.order {
			if !from.within && leads(from) {
				from.within, changed = true, true
			}
		}
	}
}

func (n *node) leadsWithin() bool {
	for t := range n.leads {
		if t.within {
			return true
		}
	}
	return false
}

// lookWarm is look for a block that is executed often enough beside the reason.
func (k *Picker) lookWarm(reason *node, pa uint64, function *node) *node {
	if t := k.look(pa, function); t != nil && (k.All || t.Counts.Executions >= reason.Counts.Executions/maxCold) {
		return t
	}
	return nil
}

// maxRareJump is maxRare for indirect jumps, of which one leads to many places.
const maxRareJump = 64

// often returns those of a jump's ways that are not rare. They are what samples have found lately.
func often(ways []code.Way) (list []code.Way) {
	all := uint64(0)
	for _, w := range ways {
		all += w.Times
	}
	for _, w := range ways {
		if w.Times >= all/maxRareJump {
			list = append(list, w)
		}
	}
	return list
}

// jumps finds where n's indirect jump leads to among the blocks that have been looked at: a return to where calls return
// to.
func (k *Picker) jumps(n *node) {
	last := &n.Uops()[len(n.Uops())-1]
	if last.Op != isa.JALR {
		return
	}
	if k.All {
		for _, t := range k.order {
			if len(n.jumps) < code.MaxWays && (t.lands || !last.Returns()) {
				n.jumps = append(n.jumps, t)
			}
		}
		return
	}
	for _, w := range often(n.Ways) {
		if t := k.seen[w.PA]; t != nil && (t.lands || !last.Returns()) {
			n.jumps = append(n.jumps, t)
		}
	}
}

// findLoop notes with n's function that a loop ends with n, of two rounds or more.
func (n *node) findLoop() {
	for link, t := range n.next {
		if t != nil && t.enters == n.enters && t.PA <= n.PA && 2*n.Counts.Taken[link] >= t.Counts.Executions {
			n.enters.loops = true
		}
	}
	for _, t := range n.jumps {
		if t.enters == n.enters && t.PA <= n.PA && !n.Uops()[len(n.Uops())-1].Returns() {
			n.enters.loops = true
		}
	}
}

// leads reports whether u is an exit that a region may follow.
func leads(n *node, u *code.Uop) bool {
	info := code.Of(u.Op)
	return info.Exits && info.Kind != code.Wait && !n.Open(u.Link())
}

// target returns the physical address that n's exit u leads to.
func (k *Picker) target(n *node, u *code.Uop) (pa uint64, ok bool) {
	if plan.InPage(&n.Part, u.Target()) {
		return n.PA + uint64(u.Target()), true
	}
	pa = k.Source.Leads(n.PA, u.Link())
	return pa, pa != 0
}

// loop marks the blocks of the loops that n is in and returns where the innermost is entered, or nil.
func (k *Picker) loop(n *node) (head *node) {
	k.markBack(n, func(from *node) bool { return !from.enters.loops && from.leadsWithin() })
	if n.leadsWithin() {
		return k.head(n)
	}
	return nil // n leads to nothing that leads back to it
}

// head returns where the innermost loop around n is entered: where the jump leads that closes it, by the physical addresses.
// If none leads back from behind n, which is a function then that a loop calls, it is the head of the smallest loop that there
// is; in a recursion, where there is none, it is n.
func (k *Picker) head(n *node) (head *node) {
	best := ^uint64(0)
	for _, around := range []bool{true, false} {
		for _, from := range k.order {
			if !from.within {
				continue
			}
			for to := range from.turns {
				if !to.within || to.PA > from.PA || around && (to.PA > n.PA || n.PA > from.PA) {
					continue
				}
				if span := from.PA - to.PA; span < best {
					head, best = to, span
				}
			}
		}
		if head != nil {
			return head
		}
	}
	return n
}

// turns yields the blocks that n often leads to otherwise than by a call or a return.
func (n *node) turns(yield func(*node) bool) {
	last := &n.Uops()[len(n.Uops())-1]
	_, call := last.Return()
	for link, t := range n.next {
		if t != nil && !(call && last.Op == code.OpJump && link == int(last.Link())) && !yield(t) {
			return
		}
	}
	if call || last.Returns() {
		return
	}
	for _, t := range n.jumps {
		if !yield(t) {
			return
		}
	}
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
		for t := range queue[i].leads {
			if t.within && number[t] == 0 {
				u.Parts = append(u.Parts, t.Part)
				number[t] = uint8(len(u.Parts))
				queue = append(queue, t)
			}
		}
	}
	for i, n := range queue { // rare ways too, if they lead to what is there anyway
		p := &u.Parts[i]
		for link, to := range n.to {
			if to != 0 {
				p.Next[link] = number[k.seen[to]]
			}
		}
		if back, call := n.Uops()[len(n.Uops())-1].Return(); call {
			p.Next[back] = number[k.seen[n.PA+n.Size()]]
		}
		k.fillJumps(p, n, number)
	}
}

// fillJumps sets p's Jumps, the likeliest first.
func (k *Picker) fillJumps(p *code.Part, n *node, number map[*node]uint8) {
	if len(n.jumps) == 0 {
		return
	}
	jumps := p.Jumps[:0]
	slices.SortStableFunc(p.Ways, func(a, b code.Way) int { return cmp.Compare(b.Times, a.Times) })
	for _, w := range p.Ways {
		if to := number[k.seen[w.PA]]; to != 0 {
			jumps = append(jumps, to)
		}
	}
	if k.All {
		for _, t := range n.jumps {
			if to := number[t]; to != 0 && len(jumps) < code.MaxWays && !slices.Contains(jumps, to) {
				jumps = append(jumps, to)
			}
		}
	}
}
