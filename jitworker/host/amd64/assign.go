package amd64

import (
	"cmp"
	"slices"

	"github.com/hartwood-vm/hartwood/jitworker/host/amd64/x86"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
)

// A region has a map of its own, which is the home map but for some host registers: those of guest
// registers that it hardly uses are given to others that it uses more, which are operands in memory
// elsewhere. Where they lie in the home map stays as it is, so a way in or out is some exchanges
// between registers and memory, in any order.

// move is a host register that has another guest register in a region than at home.
type move struct {
	at           uint8 // its number, as a general-purpose register or as a vector register
	home, inside uint8 // the slots of the guest's registers
	float        bool
	writes       bool // the region writes to it
}

// assign chooses the map.
func (in *inside) assign() {
	in.pins, in.xpins = pins, xpins
	for _, m := range in.choose(hart.X, func(slot uint8) bool { return pins[slot-hart.X] != x86.NoReg }) {
		m.at = uint8(pins[m.home-hart.X])
		in.pins[m.home-hart.X], in.pins[m.inside-hart.X] = x86.NoReg, x86.Reg(m.at)
		in.moves = append(in.moves, m)
	}
	if !in.Floats {
		return
	}
	for _, m := range in.choose(hart.F, func(slot uint8) bool { return xpins[slot-hart.F] != x86.NoXmm }) {
		m.at, m.float = uint8(xpins[m.home-hart.F]), true
		in.xpins[m.home-hart.F], in.xpins[m.inside-hart.F] = x86.NoXmm, x86.Xmm(m.at)
		in.moves = append(in.moves, m)
	}
}

// moveCost is what it costs to enter and leave with one more move, in the measure of region.Use.Weight: two
// reads and two writes, some of which are waited for.
const moveCost = 8

// choose pairs registers of the file at base: the heaviest of those without a host register with the
// lightest of those with one, as long as that gains something.
func (in *inside) choose(base uint8, pinned func(slot uint8) bool) (list []move) {
	var with, without []uint8
	for slot := base; slot < base+32; slot++ {
		switch {
		case pinned(slot):
			with = append(with, slot)
		case in.Uses[slot].Weight() > 0:
			without = append(without, slot)
		}
	}
	weight := func(a, b uint8) int { return cmp.Compare(in.Uses[a].Weight(), in.Uses[b].Weight()) }
	slices.SortStableFunc(with, weight)
	slices.SortStableFunc(without, func(a, b uint8) int { return weight(b, a) })
	for i := range min(len(with), len(without)) {
		home, inside := with[i], without[i]
		if in.Uses[inside].Weight() <= in.Uses[home].Weight()+moveCost*in.Entries {
			break
		}
		list = append(list, move{home: home, inside: inside, writes: in.Uses[inside].Writes > 0})
	}
	return list
}

// exchange has the region's guest registers in their host registers, and in memory what lies there at
// home; of f registers too if floats.
func (c *Compiler) exchange(floats bool) {
	for _, m := range c.region.moves {
		switch {
		case !m.float:
			c.MovMR(cell(m.home), x86.Reg(m.at))
			c.MovRM(x86.Reg(m.at), cell(m.inside))
		case floats:
			c.MovMX(x86.F64, cell(m.home), x86.Xmm(m.at))
			c.MovXM(x86.F64, x86.Xmm(m.at), cell(m.inside))
		}
	}
}

// exchangeBack is the way back.
func (c *Compiler) exchangeBack(floats bool) {
	for _, m := range c.region.moves {
		switch {
		case !m.float:
			if m.writes {
				c.MovMR(cell(m.inside), x86.Reg(m.at))
			}
			c.MovRM(x86.Reg(m.at), cell(m.home))
		case floats:
			if m.writes {
				c.MovMX(x86.F64, cell(m.inside), x86.Xmm(m.at))
			}
			c.MovXM(x86.F64, x86.Xmm(m.at), cell(m.home))
		}
	}
}
