package shardedtlb

import "math/bits"

// history is a set of the pages walked lately, in a form that shows at once which
// neighbours of a page are among them. Time goes in turns of half the window: a page
// is remembered for the rest of its turn and the whole next one, so for half the
// window to all of it.
type history struct {
	lines []historyLine // by block, see line
	shift uint          // of a block's hash, to make it a line's number
	left  int           // walks before the next turn
	half  int           // walks in a turn
	turn  uint64
}

// historyLine knows the pages walked of one block of 64. A block whose line another
// one needs is forgotten.
type historyLine struct {
	block  uint64
	turn   uint64 // of the last page added
	now    uint64 // bit i: page i of the block was added in that turn
	before uint64 // the same for the turn before it
}

const (
	maxStride = 63                    // pages; see strideOf
	fibonacci = 0x9e37_79b9_7f4a_7c15 // multiplied by it, numbers at round distances spread in the upper bits
)

// newHistory makes a history for a window of so many walks.
func newHistory(window int) history {
	log := bits.Len(uint(window - 1))
	return history{
		lines: make([]historyLine, 1<<log), shift: uint(64 - log),
		left: window / 2, half: window / 2, turn: 2, // lines as they are made belong to turn 0: known no more
	}
}

// line returns the place of a block, which a hash gives: streams often lie at round distances.
func (h *history) line(block uint64) *historyLine {
	return &h.lines[block*fibonacci>>h.shift]
}

// add tells of a walk for page.
func (h *history) add(page uint64) {
	if h.left--; h.left < 0 {
		h.left = h.half - 1
		h.turn++
	}
	block := page >> 6
	l := h.line(block)
	if l.block != block {
		*l = historyLine{block: block, turn: h.turn}
	} else if l.turn != h.turn {
		l.before = 0
		if l.turn == h.turn-1 {
			l.before = l.now
		}
		l.now, l.turn = 0, h.turn
	}
	l.now |= 1 << (page & 63)
}

// pages returns which pages of a block the history knows.
func (h *history) pages(block uint64) uint64 {
	l := h.line(block)
	switch {
	case l.block != block || l.turn < h.turn-1:
		return 0
	case l.turn == h.turn:
		return l.now | l.before
	}
	return l.now
}

// strideOf looks for the smallest step s, of at most maxStride, such that page-s and
// page-2s are both known. It returns 0 if there is none.
func (h *history) strideOf(page uint64) int64 {
	block, at := page>>6, page&63
	own := h.pages(block)
	below, above := h.pages(block-1), h.pages(block+1)
	// Bit k stands for page+k in ahead, and for page-k in back.
	ahead := own>>at | above<<(64-at)
	back := bits.Reverse64(own<<(63-at) | below>>(at+1))
	if ahead &^= 1; ahead != 0 {
		ahead &= evenBits(ahead) | evenBits(above>>at|h.pages(block+2)<<(64-at))<<32
	}
	if back &^= 1; back != 0 {
		back &= evenBits(back) | evenBits(bits.Reverse64(below<<(63-at)|h.pages(block-2)>>(at+1)))<<32
	}
	switch s, n := bits.TrailingZeros64(back), bits.TrailingZeros64(ahead); {
	case back|ahead == 0:
		return 0
	case s <= n:
		return int64(s)
	default:
		return -int64(n)
	}
}

// evenBits packs bits 0, 2, 4 to 62 of x into its lower half.
func evenBits(x uint64) uint64 {
	x &= 0x5555_5555_5555_5555
	x = (x | x>>1) & 0x3333_3333_3333_3333
	x = (x | x>>2) & 0x0f0f_0f0f_0f0f_0f0f
	x = (x | x>>4) & 0x00ff_00ff_00ff_00ff
	x = (x | x>>8) & 0x0000_ffff_0000_ffff
	return (x | x>>16) & 0xffff_ffff
}
