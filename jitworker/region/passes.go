package region

import (
	"slices"

	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// fact is something that a pass finds out.
type fact string

const (
	order   fact = "order"
	weights fact = "weights"
	uses    fact = "uses"
	wild    fact = "wild"
	plans   fact = "plans"
	pages   fact = "pages"
	rough   fact = "rough"
)

// pass finds out about a region.
type pass struct {
	name  string
	needs []fact // that earlier passes have found
	finds fact
	run   func(r *Region)
}

// passes are run one after the other. The package does not start if one needs what none before it
// finds.
var passes = ordered([]pass{
	{name: "layout", finds: order, run: layout},
	{name: "weigh", needs: []fact{order}, finds: weights, run: weigh},
	{name: "count uses", needs: []fact{weights}, finds: uses, run: countUses},
	{name: "find wild registers", finds: wild, run: findWild},
	{name: "plan parts", needs: []fact{wild}, finds: plans, run: planParts},
	{name: "place pages", needs: []fact{weights, plans}, finds: pages, run: placePages},
	{name: "find rough doubles", finds: rough, run: findRough},
})

// ordered returns the passes if each comes behind those that it needs.
func ordered(list []pass) []pass {
	if fault := disorder(list); fault != "" {
		panic("BUG: region: " + fault)
	}
	return list
}

// disorder says which pass needs what none before it finds, or "".
func disorder(list []pass) string {
	found := map[fact]bool{}
	for _, p := range list {
		for _, f := range p.needs {
			if !found[f] {
				return "pass " + p.name + " needs " + string(f) + ", which no pass before it finds"
			}
		}
		found[p.finds] = true
	}
	return ""
}

// layout puts behind each part the one that it leads to most often, if that has no place yet; then
// goes on with the hottest of the others.
func layout(r *Region) {
	r.Place = slices.Grow(r.Place, len(r.Parts))[:len(r.Parts)]
	for i := range r.Place {
		r.Place[i] = -1
	}
	for at := 0; at >= 0; at = r.hottestLeft() {
		for at >= 0 {
			r.Place[at] = len(r.Order)
			r.Order = append(r.Order, at)
			at = r.follower(at)
		}
	}
}

// follower returns the part without a place that an exit of part leads to, the one that is taken most
// often; or -1. An exit at a block's end counts for all that is left.
func (r *Region) follower(part int) (best int) {
	best = -1
	most, left, p := uint64(0), r.Parts[part].Counts.Executions, &r.Parts[part]
	for i := range p.Uops() {
		u := &p.Uops()[i]
		if !code.Of(u.Op).Exits {
			continue
		}
		left -= min(left, p.Counts.Taken[u.Link()])
		if to := r.Next(part, u.Link()); to >= 0 && r.Place[to] < 0 {
			if taken := p.Counts.Taken[u.Link()] + 1; taken >= most {
				best, most = to, taken
			}
		}
	}
	for to := range r.Jumps(part) {
		if r.Place[to] < 0 && left >= most {
			return to
		}
	}
	return best
}

// hottestLeft returns the part without a place that is executed most often, or -1.
func (r *Region) hottestLeft() (best int) {
	best = -1
	for i := range r.Parts {
		if r.Place[i] < 0 && (best < 0 || r.Parts[i].Counts.Executions > r.Parts[best].Counts.Executions) {
			best = i
		}
	}
	return best
}

// minCounted is how often a region's first block must have been executed for counts to say more than
// the depth of loops.
const minCounted = 64

// weigh takes the counts of executions, or eight for each way back that a part lies below.
func weigh(r *Region) {
	counted := r.Parts[0].Counts.Executions >= minCounted
	for i := range r.Parts {
		w := r.Parts[i].Counts.Executions + 1
		if !counted {
			w = 1 << (3 * min(r.depth(i), 4))
		}
		r.Weight = append(r.Weight, w)
	}
	if r.Entries = 1; counted {
		r.Entries = WorthOf(r.Unit).Entries
	}
}

// depth returns how many ways back lead from behind part or itself to ahead of it or to itself.
func (r *Region) depth(part int) (n int) {
	for from := range r.Parts {
		for link := range r.Parts[from].Next {
			to := r.Next(from, uint8(link))
			if to >= 0 && r.Place[to] <= r.Place[part] && r.Place[part] <= r.Place[from] {
				n++
			}
		}
		for to := range r.Jumps(from) {
			if r.Place[to] <= r.Place[part] && r.Place[part] <= r.Place[from] {
				n++
			}
		}
	}
	return n
}

// countUses counts the uses of registers by micro-operations.
func countUses(r *Region) {
	total, floats := uint64(0), uint64(0)
	for i := range r.Parts {
		w := r.Weight[i]
		for j := range r.Parts[i].Uops() {
			u := &r.Parts[i].Uops()[j]
			info := code.Of(u.Op)
			total += w
			if info.Rd == isa.RegF || info.Rs1 == isa.RegF || info.Rs2 == isa.RegF {
				floats += w
			}
			r.reads(info.Rs1, u.Rs1, w)
			r.reads(info.Rs2, u.Rs2, w)
			r.reads(info.Rs3, u.Rs3(), w)
			if info.Rd != isa.RegNone && u.Rd < hart.Sink {
				r.Uses[u.Rd].Writes += w
			}
			if u.Op == isa.AMOCAS_Q {
				r.reads(isa.RegX, code.Pair(u.Rs2), w)
				if high := code.Pair(u.Rd); high < hart.Sink {
					r.Uses[high].Reads += w
					r.Uses[high].Writes += w
				}
			}
		}
	}
	r.Floats = floats*8 >= total
}

func (r *Region) reads(file isa.RegFile, slot uint8, w uint64) {
	if file != isa.RegNone && slot != hart.X && slot < hart.Sink {
		r.Uses[slot].Reads += w
	}
}

// findWild finds the registers that do not move by steps. A register that is only ever moved by
// constants, copied, or made of sums of such, leads to one page mostly, as often as it is used; what
// is loaded, or masked out of a hash, does not.
func findWild(r *Region) {
	for before := ^uint32(0); before != r.Wild; {
		before = r.Wild
		for i := range r.Parts {
			for j := range r.Parts[i].Uops() {
				u := &r.Parts[i].Uops()[j]
				if info := code.Of(u.Op); info.Rd == isa.RegX && u.Rd < hart.X+32 && (!steps(u.Op) || r.isWild(info.Rs1, u.Rs1) || r.isWild(info.Rs2, u.Rs2)) {
					r.Wild |= 1 << (u.Rd - hart.X)
				}
			}
		}
	}
}

func (r *Region) isWild(file isa.RegFile, slot uint8) bool {
	return file == isa.RegX && r.Wild>>(slot-hart.X)&1 != 0
}

// steps reports whether what op computes lies near to what it computed before, if the operands do.
func steps(op isa.Op) bool {
	switch op {
	case isa.ADD, isa.ADDI, isa.SUB, isa.ADDW, isa.ADDIW, isa.SUBW, isa.SLLI, isa.SLLIW, isa.ADD_UW, isa.SLLI_UW,
		isa.SH1ADD, isa.SH2ADD, isa.SH3ADD, isa.SH1ADD_UW, isa.SH2ADD_UW, isa.SH3ADD_UW,
		code.OpConst, code.OpPCConst, code.OpMove, code.OpZextW, code.OpJump:
		return true
	}
	return false
}

// planParts makes the parts' plans. A block that is a region by itself has its loop in its plan.
func planParts(r *Region) {
	r.Plans = slices.Grow(r.Plans[:0], len(r.Parts))[:len(r.Parts)]
	if r.Alone() {
		r.Plans[0].Make(&r.Parts[0], false)
		return
	}
	for i := range r.Parts {
		r.Plans[i].MakePart(&r.Parts[i], func(n int, u *code.Uop) bool { return r.remembers(i, n, u) })
	}
}

// remembers reports whether the page of an access, a part's nth, is worth remembering: if samples say so, or if they say nothing
// and its base moves by steps.
func (r *Region) remembers(part, n int, u *code.Uop) bool {
	p := &r.Parts[part]
	switch {
	case p.Stay>>n&1 != 0:
		return true
	case p.Stray>>n&1 != 0:
		return false
	}
	return !r.isWild(isa.RegX, u.Rs1)
}

// minReuse is how often a group must be executed an entry, on average, for its page to be worth remembering: the entry
// forgets it.
const minReuse = 2

// placePages gives places to the groups that are worth it, those of the heaviest parts first.
func placePages(r *Region) {
	if r.Alone() {
		return
	}
	byWeight := slices.Clone(r.Order)
	slices.SortStableFunc(byWeight, func(a, b int) int {
		switch {
		case r.Weight[a] > r.Weight[b]:
			return -1
		case r.Weight[a] < r.Weight[b]:
			return 1
		}
		return 0
	})
	for _, i := range byWeight {
		for g := range r.Plans[i].Groups() {
			if g.Remembered && !g.References && r.Pages < hart.Memos && r.Weight[i] >= minReuse*r.Entries {
				r.Pages++
				g.Place = uint8(r.Pages)
			}
		}
	}
}
