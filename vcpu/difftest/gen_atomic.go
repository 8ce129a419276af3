package difftest

import "github.com/hartwood-vm/hartwood/vcpu/isa"

// aligned draws an address that is a multiple of 8 below reservable: a register
// and the instructions that set it.
func (g *gen) aligned() (reg uint8, items []item) {
	b := g.bases[0]
	if g.chance(40) {
		return b.reg, nil
	}
	return g.anywhere(b, 2048, 8)
}

// amo draws an AMO.
func (g *gen) amo() {
	r := &atomicRows[g.n(len(atomicRows))]
	switch r.Op {
	case isa.LR_W, isa.LR_D, isa.SC_W, isa.SC_D:
		g.reserved()
		return
	}
	t, items := g.aligned()
	g.add(append(items, plain(setField(g.fromRow(r), 15, t, isa.RegX)))...)
}

// pairOf draws the width of an LR and its SC.
func (g *gen) pairOf() (lr, sc *isa.Row) {
	if g.chance(50) {
		return isa.LR_W.Row(), isa.SC_W.Row()
	}
	return isa.LR_D.Row(), isa.SC_D.Row()
}

// reserved draws uses of LR and SC. Between the two stand only instructions that a
// constrained loop may have, so that the SC must succeed at some time, and here,
// where nobody interferes, does so at once in every implementation we know. SC
// without LR goes to a part of the data that is never reserved.
func (g *gen) reserved() {
	lrRow, scRow := g.pairOf()
	addr, items := g.aligned()
	got := g.temp(addr)
	failed := g.temp(addr, got)
	lr := plain(setField(setField(g.fromRow(lrRow), 15, addr, isa.RegX), 7, got, isa.RegX))
	sc := plain(setField(setField(g.fromRow(scRow), 15, addr, isa.RegX), 7, failed, isa.RegX))
	if g.chance(10) {
		lr.raw = setField(lr.raw, 7, 0, isa.RegX)
	}
	start, leave := len(items), -1
	here := g.here()
	items = append(items, lr)
	switch g.n(6) {
	case 0: // a read-modify-write
		for range g.n(4) {
			items = append(items, plain(g.safe(addr)))
		}
	case 1: // compare and swap: leaves without SC if the value is another
		leave = len(items)
		items = append(items, item{raw: encode(isa.BNE, 0, got, g.src(), 0), patch: patchJump})
	case 2: // a branch over part of what stands between
		items = append(items, item{raw: encode(pick(g.dice, branchOps).Op, 0, got, g.src(), 0), patch: patchJump, to: place{here, start + 3}},
			plain(g.safe(addr)))
	case 3: // a jump over it
		items = append(items, item{raw: rawCJ, patch: patchJump, to: place{here, start + 3}}, plain(g.safe(addr)))
	case 4: // an SC that must fail, elsewhere
		g.add(items...)
		g.loneSC(scRow)
		return
	case 5:
		g.loneSC(scRow)
		return
	}
	items = append(items, sc)
	if g.chance(60) { // again until it succeeds
		items = append(items, item{raw: encode(isa.BNE, 0, failed, 0, 0), patch: patchJump, to: place{here, start}})
	}
	if leave >= 0 {
		items[leave].to = place{here, len(items)}
	}
	g.add(items...)
}

// safe draws a computation that leaves addr alone.
func (g *gen) safe(addr uint8) uint32 {
	for {
		raw := g.fromRow(&computeRows[g.n(len(computeRows))])
		if in := isa.Decode(raw); in.Rd != addr {
			return raw
		}
	}
}

// loneSC draws an SC to a place that no LR reserves.
func (g *gen) loneSC(sc *isa.Row) {
	t := g.temp()
	addr := dataAddr(g.p.Slot) + reservable + uint64(8*g.n((dataStride-reservable)/8))
	g.add(item{raw: encode(isa.AUIPC, t, 0, 0, 0), patch: patchHigh, addr: addr},
		item{raw: encode(isa.ADDI, t, t, 0, 0), patch: patchLow, addr: addr},
		plain(setField(g.fromRow(sc), 15, t, isa.RegX)))
}
