package region

import "github.com/hartwood-vm/hartwood/vcpu/code"

const (
	// minWork is how many instructions a region must execute an entry, on average, to be worth entering, and minStay
	// to stay so.
	minWork = 256
	minStay = 64
)

// Worth is what a unit has been good for, as far as counts say.
type Worth struct {
	Insns   float64 // executed
	Entries uint64  // from outside, at least 1
}

// Pays reports whether a unit is worth making a region.
func (w Worth) Pays() bool { return w.Insns >= minWork*float64(w.Entries) }

// Stays reports whether a region is still worth it.
func (w Worth) Stays() bool { return w.Insns >= minStay*float64(w.Entries) }

// WorthOf returns what u has been good for. Whoever has left it, by an exit to other code, a call, an indirect jump or a
// system instruction, had come; and so has whoever executed the first block otherwise than by the unit's own ways.
func WorthOf(u *code.Unit) (w Worth) {
	came, left := u.Parts[0].Counts.Executions, uint64(0)
	for i := range u.Parts {
		p := &u.Parts[i]
		stayed, exits := uint64(0), uint64(0)
		for link, to := range p.Next {
			exits += p.Counts.Taken[link]
			if to == 1 {
				came -= min(came, p.Counts.Taken[link])
			}
			if to != 0 {
				stayed += p.Counts.Taken[link]
			}
		}
		jumped := p.Counts.Executions - min(p.Counts.Executions, exits)
		inside, first := jumps(u, p)
		stayed += uint64(inside * float64(jumped))
		came -= min(came, uint64(first*float64(jumped)))
		left += p.Counts.Executions - min(p.Counts.Executions, stayed)
		w.Insns += float64(p.Counts.Executions) * p.MeanInsns(p.Counts)
	}
	w.Entries = max(came, left, 1)
	return w
}

// jumps returns which part of the jumps at p's end lead to parts of u, and which to the first one, from 0 to 1.
func jumps(u *code.Unit, p *code.Part) (inside, first float64) {
	all := uint64(0)
	for _, w := range p.Ways {
		all += w.Times
	}
	if all == 0 {
		return 0, 0
	}
	for _, w := range p.Ways {
		for _, to := range p.Jumps {
			if to != 0 && u.Parts[to-1].PA == w.PA {
				inside += float64(w.Times) / float64(all)
				if to == 1 {
					first += float64(w.Times) / float64(all)
				}
			}
		}
	}
	return inside, first
}
