package plan

import (
	"iter"

	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// Accesses of one unit from one base register, unchanged between them and close
// together, form a group: the first one checks that the bytes of all lie in one
// page that the first level knows, and the others need no check. Nothing between two
// members can take the translation back, or begin a phase of the collector: that happens
// at polls only.
//
// In a loop that is one unit an access is a group even if it is alone: it remembers its
// page from one round to the next.
//
// The search knows of each register which base it was made from, and by how much it
// differs:
//
//	            a0          a1          groups
//	ld 0(a0)    base 10     base 11     1: bytes 0 to 8 from base 10
//	addi a0,8   base 10+8
//	sd 0(a0)                            1: bytes 0 to 16, stores
//	ld a1,(a1)              base 32     2: from base 11
//	ld 0(a1)                            3: from base 32

const (
	// maxGroups is the number of words in State that keep what a group's check has found.
	maxGroups = uint8(hart.Addends)
	// maxSpan bounds the bytes from a group's first to its last: the larger, the more
	// often a group lies across two pages and gains nothing.
	maxSpan = 512
)

// Group is a set of accesses that share one check.
type Group struct {
	Slot  uint8 // number of its word in State
	First int   // micro-operation that checks
	// Delta is what the first access's register has more than the base. Lo and Hi are the
	// distances from the base of the group's first byte and of the one behind its last.
	Delta, Lo, Hi int64
	Stores        bool // a member stores
	References    bool // a member stores a reference

	// Remembered is for the parts of larger units: the page is worth remembering until the part is
	// executed again, in the word that the unit gives to the group (Place, counted from 1; 0: none).
	Remembered bool
	Place      uint8

	members int
}

// noGroup is the number of no group; others are numbered from 1.
const noGroup = 0

// Group returns the group of micro-operation i, or nil.
func (p *Plan) Group(i int) *Group {
	if n := p.number[i]; n != noGroup {
		return &p.groups[n]
	}
	return nil
}

// Groups yields the groups that are of use.
func (p *Plan) Groups() iter.Seq[*Group] {
	return func(yield func(*Group) bool) {
		for n := uint8(1); n <= p.used; n++ {
			if g := &p.groups[n]; p.number[g.First] == n && !yield(g) {
				return
			}
		}
	}
}

// origin says that a register holds the value of a base plus delta. Bases are
// numbered as they come up: the registers' values at the unit's start, then every
// value that is not a sum of one and a constant. There are fewer than 256: a unit has
// code.MaxInsns instructions, of two micro-operations or one, and an end.
type origin struct {
	base  uint8
	delta int32 // of code.MaxInsns immediates of 12 bits at most
}

// origins are those of the x registers.
type origins [32]origin

// atStart are the origins at the unit's start.
var atStart = func() (o origins) {
	for i := range o {
		o[i].base = uint8(i)
	}
	return o
}()

// maxBases is more than the number of bases that a unit can have.
const maxBases = 256

// compute notes what u does to registers.
func (p *Plan) compute(held *origins, u *code.Uop) {
	switch d := u.Rd - hart.X; {
	case int(d) >= len(held):
	case u.Op == isa.ADDI:
		from := held[u.Rs1-hart.X]
		held[d] = origin{from.base, from.delta + int32(u.Imm)}
	case u.Op == code.OpMove:
		held[d] = held[u.Rs1-hart.X]
	default:
		held[d] = origin{base: p.bases}
		p.bases++
	}
	if u.Op == isa.AMOCAS_Q && u.Rd != hart.Sink {
		held[code.Pair(u.Rd)-hart.X] = origin{base: p.bases}
		p.bases++
	}
}

// join finds a group for the access u, micro-operation i and the unit's nth access, from a register of this origin.
func (p *Plan) join(i, nth int, u *code.Uop, from origin) {
	info := code.Of(u.Op)
	at := int64(from.delta) + u.Imm
	n := p.open[from.base]
	if n == noGroup || !p.groups[n].join(at, info) {
		n = noGroup
		if p.used < maxGroups {
			p.used++
			n = p.used
			p.groups[n] = Group{Slot: n - 1, First: i, Delta: int64(from.delta), Lo: at, Hi: at + int64(info.Size), Stores: info.Writes,
				Remembered: p.remembers != nil && p.remembers(nth, u)}
		}
		p.open[from.base] = n
	}
	if n != noGroup {
		g := &p.groups[n]
		g.References = g.References || info.Reference
		g.members++
		p.number[i] = n
	}
}

// join adds an access to the group if the span allows it.
func (g *Group) join(at int64, info *code.Info) bool {
	lo, hi := min(g.Lo, at), max(g.Hi, at+int64(info.Size))
	if hi-lo > maxSpan {
		return false
	}
	g.Lo, g.Hi, g.Stores = lo, hi, g.Stores || info.Writes
	return true
}

// settle leaves out groups that gain nothing, and has the slow path include the
// others.
func (p *Plan) settle() {
	if p.used == 0 {
		return
	}
	for i := range p.Ops {
		n := p.number[i]
		switch {
		case n == noGroup:
		case p.groups[n].members == 1 && (i > p.Loop && !p.groups[n].Remembered || p.groups[n].References):
			p.number[i] = noGroup
		case !p.Dense:
			if p.From < 0 {
				p.From = i
			}
			p.To = max(i, p.Loop)
		}
	}
}
