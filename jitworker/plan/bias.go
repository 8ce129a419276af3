package plan

import "github.com/hartwood-vm/hartwood/vcpu/code"

// Code is laid out as the unit's exits were counted. The commoner way of a branch
// follows it, the other one is out of line. And the code ends behind a branch that is
// nearly always taken: what follows there is left to a block of its own, which is
// compiled when it turns out to be hot.

const (
	// minReached is how often a branch must have been reached for counts to say more than
	// the rule that backward branches are taken and forward ones are not.
	minReached = 16
	// Code ends behind a branch that was reached minCut times, and not taken by one in
	// maxStay of those at most.
	minCut  = 48
	maxStay = 16
)

// reached returns how often the branch u was reached, and how often it was taken.
func (p *Plan) reached(u *code.Uop) (reached, taken uint64) {
	reached = p.Counts.Executions
	for _, earlier := range p.Counts.Taken[:u.Link()] { // links are numbered in the order of their exits
		reached -= min(reached, earlier)
	}
	return reached, p.Counts.Taken[u.Link()]
}

// Likely reports whether the branch u is rather taken than not.
func (p *Plan) Likely(u *code.Uop) bool {
	reached, taken := p.reached(u)
	if reached < minReached {
		return u.Target() <= int64(u.Off)*2
	}
	return taken > reached/2
}

// cutBehind reports whether the code ends behind the branch u: it is nearly always taken.
func (p *Plan) cutBehind(u *code.Uop) bool {
	reached, taken := p.reached(u)
	return reached >= minCut && reached-min(reached, taken) <= reached/maxStay && !p.Open(u.Link()) && !p.Open(u.Link()+1)
}
