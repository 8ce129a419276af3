package difftest

import (
	"slices"

	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

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
	at := g.temp()
	switch size := 1 << (r.Match >> 12 & 7); size {
	case 8:
		at = t
	case 16:
		items = append(items, op(isa.ANDI, at, t, 0, -16))
	default:
		items = append(items, op(isa.ADDI, at, t, 0, int32(size*g.n(8/size))))
	}
	raw := setField(g.fromRow(r), 15, at, isa.RegX)
	switch r.Op {
	case isa.AMOCAS_B, isa.AMOCAS_H, isa.AMOCAS_W, isa.AMOCAS_D:
		rd := isa.Decode(raw).Rd
		expected := g.chance(60) // compares with the value that is there
		if rd == 0 && !g.alone || expected {
			rd = g.temp(at)
		}
		raw = setField(raw, 7, rd, isa.RegX)
		if expected {
			load := []isa.Op{isa.LB, isa.LH, isa.LW, isa.LD}[r.Match>>12&7]
			items = append(items, op(load, rd, at, 0, 0))
		}
	case isa.AMOCAS_Q:
		rd := g.pairExcept(at)
		if rd == 0 && !g.alone {
			g.compute()
			return
		}
		raw = setField(setField(raw, 7, rd, isa.RegX), 20, g.src()&^1, isa.RegX)
		if rd != 0 && g.chance(60) {
			items = append(items, op(isa.LD, rd, at, 0, 0), op(isa.LD, rd+1, at, 0, 8))
		}
	}
	g.add(append(items, plain(raw))...)
}

// pairExcept draws the first of two registers to write, neither of them other; x0 if it finds none.
func (g *gen) pairExcept(other uint8) uint8 {
	for range 32 {
		if r := uint8(g.between(1, 15)) * 2; !g.fixed[r] && !g.fixed[r+1] && r != other&^1 {
			return r
		}
	}
	return 0
}

// pair is an LR and its SC in the making.
type pair struct {
	addr   uint8 // register with the address
	got    uint8 // what LR loads
	failed uint8 // what SC says
	lr, sc item
	values []uint8 // registers that the instructions between the two write
}

// pair draws an LR and an SC to the address in register addr.
func (g *gen) pair(addr uint8) pair {
	lr, sc := isa.LR_W.Row(), isa.SC_W.Row()
	if g.chance(50) {
		lr, sc = isa.LR_D.Row(), isa.SC_D.Row()
	}
	p := pair{addr: addr, got: g.temp(addr)}
	p.failed = g.temp(addr, p.got)
	for range 3 {
		p.values = append(p.values, g.temp(append(p.values, addr, p.got, p.failed)...))
	}
	at := func(r *isa.Row, rd uint8) uint32 {
		return setField(setField(g.fromRow(r), 15, addr, isa.RegX), 7, rd, isa.RegX)
	}
	p.lr = plain(at(lr, pick(g.dice, []uint8{0, p.got, p.got, p.got})))
	p.sc = plain(setField(at(sc, p.failed), 20, g.steady(p), isa.RegX))
	return p
}

// steady draws a register whose value a second pass from LR to SC finds as the
// first did: an SC may fail for no reason, and then nobody must be able to tell.
func (g *gen) steady(p pair) uint8 {
	for {
		if r := g.src(); r != p.failed && !slices.Contains(p.values, r) {
			return r
		}
	}
}

// inside draws the n-th instruction between LR and SC: a computation out of
// steady registers.
func (g *gen) inside(p pair, n int) item {
	r := &computeRows[g.n(len(computeRows))]
	raw := setField(g.fromRow(r), 7, p.values[n], isa.RegX)
	raw = setField(raw, 15, g.steady(p), r.Format.Rs1())
	return plain(setField(raw, 20, g.steady(p), r.Format.Rs2()))
}

// reserved draws uses of LR and SC. Between the two stand only instructions that a
// constrained loop may have. An SC that may fail, for a poll comes between, is in a
// loop, and an SC without LR goes to a part of the data that is never reserved.
func (g *gen) reserved() {
	addr, items := g.aligned()
	p := g.pair(addr)
	start, here := len(items), g.here()
	again := g.chance(60)
	switch g.n(6) {
	case 0: // read, modify, write
		items = append(items, p.lr)
		for i := range g.n(4) {
			items = append(items, g.inside(p, i))
		}
		items = append(items, p.sc)
	case 1: // compare and swap: leaves without SC if the value is another
		end := start + 3
		if again {
			end++
		}
		items = append(items, p.lr,
			item{raw: encode(isa.BNE, 0, p.got, g.steady(p), 0), patch: patchJump, to: place{here, end}}, p.sc)
	case 2, 3: // a jump over what stands between
		jump := item{raw: rawCJ, patch: patchJump, to: place{here, start + 3}}
		if g.chance(70) {
			jump.raw = encode(pick(g.dice, branchOps).Op, 0, p.got, g.steady(p), 0)
		}
		if g.alone {
			jump = g.inside(p, 1)
		}
		items = append(items, p.lr, jump, g.inside(p, 0), p.sc)
		again = true
	case 4: // an SC that must fail, elsewhere
		g.add(append(items, p.lr)...)
		g.loneSC(p)
		return
	case 5:
		g.loneSC(p)
		return
	}
	if again {
		items = append(items, item{raw: encode(isa.BNE, 0, p.failed, 0, 0), patch: patchJump, to: place{here, start}})
	}
	g.add(items...)
}

// loneSC draws an SC to a place that no LR reserves.
func (g *gen) loneSC(p pair) {
	t := g.temp()
	addr := dataAddr(g.p.Slot) + reservable + uint64(8*g.n((dataStride-reservable)/8))
	g.add(item{raw: encode(isa.AUIPC, t, 0, 0, 0), patch: patchHigh, addr: addr},
		item{raw: encode(isa.ADDI, t, t, 0, 0), patch: patchLow, addr: addr},
		plain(setField(setField(p.sc.raw, 15, t, isa.RegX), 7, g.dst(), isa.RegX)))
}
