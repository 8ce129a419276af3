package blocks

// pageHeat makes the blocks of a page in which much has been compiled count as hot earlier. Code
// is hot by the function and by the page: where some blocks have reached the threshold, the others
// are mostly on their way, and each that is interpreted takes harts out of native code and back.
// It is protected by the page's mu.
type pageHeat struct {
	native int   // the page's blocks that have native code
	ahead  uint8 // of the page's blocks
}

// aheadOf is the log2 of what executions count for in a page with n blocks of native code: with 16
// and more a block is compiled after a sixteenth of the threshold.
func aheadOf(n int) uint8 {
	switch {
	case n < 2:
		return 0
	case n < 4:
		return 1
	case n < 8:
		return 2
	case n < 16:
		return 3
	}
	return 4
}

// compiled says that n more of p's blocks have native code, or fewer. The caller holds p.mu.
func (p *Page) compiled(n int) {
	h := &p.heat
	h.native += n
	if ahead := aheadOf(h.native); ahead != h.ahead {
		h.ahead = ahead
		for _, b := range p.blocks.all() {
			b.heat.goAhead(ahead)
		}
	}
}
