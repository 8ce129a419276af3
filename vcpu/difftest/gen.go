package difftest

import "github.com/hartwood-vm/hartwood/vcpu/isa"

// Generate draws the program for a slot from a seed and a stream of it. A program
// for lockstep runs in our machines alone, so exceptions are part of it, which the
// handler skips; and as engines are stopped at places of their own choice, there is
// none where that shows: an LR whose SC lies behind a jump.
func Generate(seed, stream uint64, slot int, lockstep bool) *Program {
	return generate(seededDice(seed, stream), slot, lockstep)
}

// base is a register that points into the data for the whole program.
type base struct {
	reg uint8
	off int // from the start of the data
}

// gen draws one program.
type gen struct {
	*dice
	p     *Program
	alone bool     // for lockstep
	fixed [32]bool // registers that units may read but not write
	bases []base   // the first is a multiple of 8
	loops [2]uint8 // counters, the outer loop's first
	ret   uint8    // return address of subroutines
	hot   []uint8  // registers that most instructions use, so that values flow
	hotF  []uint8

	units   []unit
	forward []forward
	open    []openLoop
	subs    []place // calls, to be given their targets
}

// openLoop is a loop whose end is not generated yet.
type openLoop struct {
	head     int
	entrable bool
}

func generate(d *dice, slot int, lockstep bool) *Program {
	g := &gen{dice: d, alone: lockstep, p: &Program{
		Slot: slot, Frame: d.n(len(frames)), FCSR: uint64(d.n(5)<<5 | d.n(32)), Data: d.u64() | 1, faults: lockstep,
	}}
	g.chooseRegisters()
	g.initialState()
	for n := g.between(6, 48); len(g.units) < n || len(g.open) > 0; {
		g.unit(len(g.units) >= n)
	}
	g.finish()
	return g.p
}

// chooseRegisters gives the registers with a fixed role to the program.
func (g *gen) chooseRegisters() {
	g.fix(frames[g.p.Frame].record)
	take := func(wanted ...uint8) uint8 {
		for _, r := range wanted {
			if g.chance(60) && !g.fixed[r] {
				g.fix(r)
				return r
			}
		}
		for {
			if r := uint8(g.between(1, 31)); !g.fixed[r] {
				g.fix(r)
				return r
			}
		}
	}
	g.ret = take(1, 5)
	link := frames[g.p.Frame].link // the image sets it: no role, but that of ret, fits it
	g.fix(link)
	// The middle of the data is the border of two pages.
	g.bases = []base{
		{take(2), pageSize + 8*(g.n(128)-128)},
		{take(8, 9, 10, 11, 12, 13, 14, 15), pageSize - g.n(128)},
		{take(), 0x700 + g.n(0x1200)},
	}
	g.loops = [2]uint8{take(9, 8), take(15)}
	g.fixed[link] = link == g.ret
	for range 7 {
		g.hot = append(g.hot, g.free(1))
		g.hotF = append(g.hotF, uint8(g.n(32)))
	}
}

func (g *gen) fix(r uint8) { g.fixed[r] = true }

// free draws a register from r up that units may write.
func (g *gen) free(from int) uint8 {
	for {
		if r := uint8(g.between(from, 31)); !g.fixed[r] {
			return r
		}
	}
}

// initialState draws the registers that have no role.
func (g *gen) initialState() {
	p := g.p
	for i := range p.X {
		p.X[i] = integer(g.dice)
	}
	for i := range p.F {
		p.F[i] = double(g.dice)
	}
	p.X[0] = 0
	for _, b := range g.bases {
		p.X[b.reg] = dataAddr(p.Slot) + uint64(b.off)
	}
	for _, r := range g.loops {
		p.X[r] = uint64(g.n(3)) // a branch may skip the head of a loop and end in its middle
	}
	p.frameRegisters()
}

// frameRegisters sets the registers that the image gives their values.
func (p *Program) frameRegisters() {
	f := frames[p.Frame]
	p.X[f.record] = recordAddr(p.Slot)
	p.X[f.link] = bodyAddr(p.Slot)
}

// dst draws an integer register to write, x0 now and then.
func (g *gen) dst() uint8 {
	switch {
	case g.chance(3):
		return 0
	case g.chance(70):
		return pick(g.dice, g.hot)
	}
	return g.free(1)
}

// temp draws a register to write that is not x0 and none of others.
func (g *gen) temp(others ...uint8) uint8 {
	for {
		r := g.free(1)
		clash := false
		for _, o := range others {
			clash = clash || o == r
		}
		if !clash {
			return r
		}
	}
}

// src draws an integer register to read.
func (g *gen) src() uint8 {
	if g.chance(70) {
		return pick(g.dice, g.hot)
	}
	return uint8(g.n(32))
}

func (g *gen) freg() uint8 {
	if g.chance(60) {
		return pick(g.dice, g.hotF)
	}
	return uint8(g.n(32))
}

// here is the beginning of the unit that is generated next.
func (g *gen) here() int { return len(g.units) }

// add appends a unit of items.
func (g *gen) add(items ...item) {
	g.units = append(g.units, unit{items: items, pair: -1})
}

// plain is an item without an address in it.
func plain(raw uint32) item { return item{raw: raw} }

func op(o isa.Op, rd, rs1, rs2 uint8, imm int32) item { return plain(encode(o, rd, rs1, rs2, imm)) }

// kinds are the units to draw from, with their weights. In subroutines only those
// up to simpleKinds are used.
var kinds = []struct {
	weight int
	make   func(*gen)
}{
	{26, (*gen).compute},
	{22, (*gen).float},
	{16, (*gen).compressed},
	{14, (*gen).access},
	{8, (*gen).compressedAccess},
	{6, (*gen).accessAnywhere},
	{4, (*gen).accessPCRelative},
	{6, (*gen).idiom},
	{8, (*gen).amo},
	{5, (*gen).reserved},
	{3, (*gen).csr},
	{2, (*gen).order},
	{1, (*gen).cacheBlock},
	{2, (*gen).moveStack},
	{10, (*gen).branch},
	{2, (*gen).jump},
	{2, (*gen).jumpComputed},
	{2, (*gen).jumpTable},
	{1, (*gen).rewrite},
	{4, (*gen).loopHead},
	{3, (*gen).call},
}

const simpleKinds = 14

// unit generates the next unit; winding up means that loops are to be closed.
func (g *gen) unit(windingUp bool) {
	if len(g.open) > 0 && (windingUp || g.chance(18)) {
		g.loopEnd()
		return
	}
	if g.alone && g.chance(4) {
		g.fault()
		return
	}
	g.one(len(kinds))
}

// one generates a unit of the first n kinds.
func (g *gen) one(n int) {
	total := 0
	for _, k := range kinds[:n] {
		total += k.weight
	}
	at := g.n(total)
	for _, k := range kinds[:n] {
		if at -= k.weight; at < 0 {
			k.make(g)
			return
		}
	}
}

// finish ends the main part, adds the subroutines and resolves all jumps.
func (g *gen) finish() {
	g.resolveForward()
	p := g.p
	p.end = g.here()
	g.add(item{raw: encode(isa.JAL, 0, 0, 0, 0), patch: patchJump, addr: saveAddr(p.Frame)})
	g.units[p.end].keep = true
	g.subroutines()
	p.units = g.units
	p.assemble()
}
