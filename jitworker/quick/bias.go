package quick

import "github.com/hartwood-vm/hartwood/vcpu/code"

// Code is laid out as the block's exits were counted. The commoner way of a branch
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
func (c *Compiler) reached(u *code.Uop) (reached, taken uint64) {
	reached = c.b.Counts.Executions
	for _, earlier := range c.b.Counts.Taken[:u.Link()] { // links are numbered in the order of their exits
		reached -= min(reached, earlier)
	}
	return reached, c.b.Counts.Taken[u.Link()]
}

// likely reports whether the branch u is rather taken than not.
func (c *Compiler) likely(u *code.Uop) bool {
	reached, taken := c.reached(u)
	if reached < minReached {
		return u.Target() <= int64(u.Off)*2
	}
	return taken > reached/2
}

// goesOn reports whether the code goes on behind the branch u: it is not nearly always
// taken.
func (c *Compiler) goesOn(u *code.Uop) bool {
	reached, taken := c.reached(u)
	return reached < minCut || reached-min(reached, taken) > reached/maxStay || c.b.Open(u.Link()) || c.b.Open(u.Link()+1)
}

// goOn leaves the block behind the branch last, with which the code ends. The link is the
// next exit's, which has no code.
func (c *Compiler) goOn(last *code.Uop) {
	end := c.b.Cut(last)
	c.leaveFor(&end)
}
