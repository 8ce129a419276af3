package region

import (
	"fmt"
	"iter"
	"strings"

	"github.com/hartwood-vm/hartwood/jitworker/plan"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// Region is what is known of a unit, as the passes find it out.
type Region struct {
	*code.Unit
	// Order has the parts in the order in which their code lies, Place is where each is in it. The
	// first part comes first.
	Order []int
	Place []int
	// Weight says of each part how often it is executed, compared with the others.
	Weight []uint64
	// Entries is how often the region is entered, in the same measure.
	Entries uint64
	// Uses are the uses of the slots of x and f registers.
	Uses [hart.Sink]Use
	// Wild has a bit for each x register that some instruction sets from memory or otherwise to what
	// does not lie near to what it was, as far as can be told without samples.
	Wild uint32
	// Plans are the parts' plans. Pages is how many groups of accesses in them have a place to
	// remember their page in.
	Plans []plan.Plan
	Pages int
	// Floats says that floating point is a good part of what is executed.
	Floats bool
	alone  bool
	// Rough has for each part the f registers, a bit each, that may hold at its beginning a double that has
	// not been looked at since it was computed: one that is a NaN may be another than the canonical one.
	Rough []uint32
	// Checked are those that are looked at where the region is entered: code of it takes it for granted that they hold
	// no other NaN then.
	Checked uint32
	never   uint32 // those that are not left rough
}

// Use is how often a register is read and written, in the parts' weights.
type Use struct{ Reads, Writes uint64 }

// Weight is what it is worth to have the register in one of the host's: what is written to memory
// and read again takes longer than a read.
func (u Use) Weight() uint64 { return u.Reads + 2*u.Writes }

// Alone reports whether the region is one block that loops by a branch or a jump.
func (r *Region) Alone() bool { return r.alone }

func alone(u *code.Unit) bool {
	p := &u.Parts[0]
	last := &p.Uops()[len(p.Uops())-1]
	_, call := last.Return()
	return len(u.Parts) == 1 && p.Jumps[0] == 0 && !(call && last.Op == code.OpJump && p.Next[last.Link()] != 0)
}

// Polls reports whether the way from a part to another polls: each that leads to code above does, so
// that every loop has one.
func (r *Region) Polls(from, to int) bool { return r.Place[to] <= r.Place[from] }

// Next returns the part that an exit of a part leads to, or -1.
func (r *Region) Next(part int, link uint8) int { return int(r.Parts[part].Next[link]) - 1 }

// Jumps yields the parts that a part's indirect jump leads to, the likeliest first.
func (r *Region) Jumps(part int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for _, to := range r.Parts[part].Jumps {
			if to == 0 || !yield(int(to)-1) {
				return
			}
		}
	}
}

// SamePage reports whether two parts lie in one page.
func (r *Region) SamePage(a, b int) bool {
	return r.Parts[a].PA/physmem.PageSize == r.Parts[b].PA/physmem.PageSize
}

// Make makes r the region of a unit, in the memory of the last one.
func (r *Region) Make(u *code.Unit) {
	*r = Region{Unit: u, Order: r.Order[:0], Place: r.Place[:0], Weight: r.Weight[:0], Plans: r.Plans, Rough: r.Rough[:0]}
	r.alone = alone(u)
	for _, p := range passes {
		p.run(r)
	}
}

// String shows the region, for tests and people.
func (r *Region) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "entered %d, wild%s, floats %v, %d pages%s\n", r.Entries, names(r.Wild), r.Floats, r.Pages, floatNames("checked", r.Checked))
	for _, i := range r.Order {
		p := &r.Parts[i]
		fmt.Fprintf(&b, "part %d at %#x, %d instructions, weight %d:", i, p.PA, p.Insns(), r.Weight[i])
		for link := range p.Next {
			if to := r.Next(i, uint8(link)); to >= 0 {
				how := ""
				if r.Polls(i, to) {
					how = " polls"
				}
				if !r.SamePage(i, to) {
					how += " crosses"
				}
				fmt.Fprintf(&b, " %d->%d%s", link, to, how)
			}
		}
		for to := range r.Jumps(i) {
			fmt.Fprintf(&b, " jumps->%d", to)
		}
		b.WriteString(floatNames("rough", r.Rough[i]))
		b.WriteByte('\n')
		if i < len(r.Plans) {
			for g := range r.Plans[i].Groups() {
				fmt.Fprintf(&b, "  group from %d, bytes %d to %d, place %d\n", g.First, g.Lo, g.Hi, g.Place)
			}
		}
	}
	for slot, u := range r.Uses {
		if u != (Use{}) {
			fmt.Fprintf(&b, "%s %d+%d\n", nameOf(uint8(slot)), u.Reads, u.Writes)
		}
	}
	return b.String()
}

func nameOf(slot uint8) string {
	if slot >= hart.F {
		return isa.FName(slot - hart.F)
	}
	return isa.XName(slot - hart.X)
}

func floatNames(what string, set uint32) (s string) {
	for i := range uint8(32) {
		if set>>i&1 != 0 {
			s += " " + isa.FName(i)
		}
	}
	if s != "" {
		s = ", " + what + s
	}
	return s
}

func names(set uint32) (s string) {
	for i := range uint8(32) {
		if set>>i&1 != 0 {
			s += " " + isa.XName(i)
		}
	}
	return s
}
