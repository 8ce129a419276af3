package region

import "github.com/hartwood-vm/hartwood/vcpu/code"

const (
	// minWork is how many instructions a region must execute an entry, on average, to be worth entering, and minStay
	// to stay so.
	minWork = 64
	minStay = 32
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
		stayed := uint64(0)
		for link, to := range p.Next {
			if to == 1 {
				came -= min(came, p.Counts.Taken[link])
			}
			if to != 0 {
				stayed += p.Counts.Taken[link]
			}
		}
		left += p.Counts.Executions - min(p.Counts.Executions, stayed)
		w.Insns += float64(p.Counts.Executions) * p.MeanInsns(p.Counts)
	}
	w.Entries = max(came, left, 1)
	return w
}
