package difftest

import "github.com/hartwood-vm/hartwood/vcpu/isa"

// forward is a jump to a later unit, chosen when all units are known.
type forward struct {
	from place
	skip int // units to jump over
}

// branchOps are the conditional branches; of the compressed ones the encoding
// with x8 and no displacement.
var branchOps = rowsOf(isa.ClassBranch)

const (
	rawCBeqz = 0xc001
	rawCBnez = 0xe001
	rawCJ    = 0xa001
	rawCJr   = 0x8002
	rawCJalr = 0x9002
)

// later notes that item k of the next unit jumps forward.
func (g *gen) later(k int) {
	g.forward = append(g.forward, forward{place{g.here(), k}, g.n(6)})
}

// branch draws a conditional branch forward.
func (g *gen) branch() {
	g.later(0)
	if g.chance(30) {
		g.add(item{raw: pick(g.dice, []uint32{rawCBeqz, rawCBnez}) | uint32(g.n(8))<<7, patch: patchJump})
		return
	}
	a, b := g.src(), g.src()
	if g.chance(25) {
		b = pick(g.dice, []uint8{0, a})
	}
	g.add(item{raw: encode(pick(g.dice, branchOps).Op, 0, a, b, 0), patch: patchJump})
}

// jump draws an unconditional jump forward.
func (g *gen) jump() {
	g.later(0)
	if g.chance(40) {
		g.add(item{raw: rawCJ, patch: patchJump})
		return
	}
	g.add(item{raw: encode(isa.JAL, g.dst(), 0, 0, 0), patch: patchJump})
}

// jumpComputed draws an indirect jump forward. The lowest bit of the target may
// be set; it is ignored.
func (g *gen) jumpComputed() {
	t := g.temp()
	g.later(1)
	g.add(op(isa.AUIPC, t, 0, 0, 0), item{raw: encode(isa.JALR, g.dst(), t, 0, 0), patch: patchLow, odd: g.chance(30)})
}

// jumpTable draws an indirect jump to one of two jumps.
func (g *gen) jumpTable() {
	t := g.temp()
	u := g.temp(t)
	here := g.here()
	g.later(4)
	g.later(5)
	g.add(op(isa.ANDI, t, g.src(), 0, 4), op(isa.AUIPC, u, 0, 0, 0), op(isa.ADD, t, t, u, 0),
		item{raw: encode(isa.JALR, g.dst(), t, 0, 0), patch: patchLow, to: place{here, 4}, from: 1},
		item{raw: encode(isa.JAL, 0, 0, 0, 0), patch: patchJump},
		item{raw: encode(isa.JAL, 0, 0, 0, 0), patch: patchJump})
}

// loopHead begins a loop. Branches may lead into the middle of one that is
// entrable, so its end tests the counter's sign.
func (g *gen) loopHead() {
	if len(g.open) == len(g.loops) {
		g.branch()
		return
	}
	n := g.between(1, 5)
	if len(g.open) == 0 && g.chance(10) {
		n = g.between(6, 60)
	}
	g.open = append(g.open, openLoop{g.here(), g.chance(40)})
	g.add(op(isa.ADDI, g.loops[len(g.open)-1], 0, 0, int32(n)))
}

func (g *gen) loopEnd() {
	depth := len(g.open) - 1
	l := g.open[depth]
	g.open = g.open[:depth]
	r := g.loops[depth]
	back := item{raw: encode(isa.BLT, 0, 0, r, 0), patch: patchJump, to: place{l.head + 1, 0}}
	if !l.entrable {
		back.raw = encode(isa.BNE, 0, r, 0, 0)
		if r >= 8 && r < 16 && g.chance(60) {
			back.raw = rawCBnez | uint32(r-8)<<7
		}
	}
	end := g.here()
	g.add(op(isa.ADDI, r, r, 0, -1), back)
	g.units[l.head].pair, g.units[end].pair = end, l.head
	g.units[l.head].entrable = l.entrable
}

// resolveForward gives the forward jumps of units their targets: never into a
// loop that must be entered by its head.
func (g *gen) resolveForward() {
	end := g.here()
	for _, f := range g.forward {
		i := f.from.unit
		j := min(i+1+f.skip, end)
		for h := i + 1; h < j; h++ {
			if u := g.units[h]; u.pair > h && u.pair >= j && !u.entrable {
				j = h
			}
		}
		g.units[i].items[f.from.item].to = place{j, 0}
	}
	g.forward = nil
}

// call draws the call of a subroutine that is generated when the main part ends.
func (g *gen) call() {
	if len(g.subs) == 3 {
		g.jump()
		return
	}
	t := g.temp()
	calls := [][]item{
		{{raw: encode(isa.JAL, g.ret, 0, 0, 0), patch: patchJump}},
		{op(isa.AUIPC, t, 0, 0, 0), {raw: encode(isa.JALR, g.ret, t, 0, 0), patch: patchLow}},
	}
	if g.ret == 1 {
		calls = append(calls, []item{op(isa.AUIPC, t, 0, 0, 0), {raw: encode(isa.ADDI, t, t, 0, 0), patch: patchLow},
			plain(rawCJalr | fieldRd(t))})
	}
	n := g.n(len(calls))
	g.subs = append(g.subs, place{g.here(), min(n, 1)})
	g.add(calls[n]...)
}

// subroutines generates what the calls call, each once.
func (g *gen) subroutines() {
	for _, from := range g.subs {
		g.units[from.unit].items[from.item].to = place{g.here(), 0}
		for range g.between(1, 3) {
			g.one(simpleKinds)
		}
		if g.chance(50) {
			g.add(plain(rawCJr | fieldRd(g.ret)))
		} else {
			g.add(op(isa.JALR, 0, g.ret, 0, 0))
		}
		g.units[g.here()-1].keep = true
	}
}

// rewrite draws code that executes an instruction, overwrites it, makes that
// visible with FENCE.I and executes what stands there now. The store covers the
// instruction alone, or another one before or behind it that stays as it is.
func (g *gen) rewrite() {
	t := g.temp()
	u := g.temp(t)
	v := g.temp(t, u)
	draw := func() uint32 { // leaves t, u and v alone
		for {
			raw := g.fromRow(&computeRows[g.n(len(computeRows))])
			if rd := isa.Decode(raw).Rd; rd != t && rd != u && rd != v {
				return raw
			}
		}
	}
	before, behind, after := draw(), draw(), draw()
	value, store, first, slot := uint64(after), isa.SW, 9, 9
	switch g.n(3) {
	case 1:
		value, store = value|uint64(behind)<<32, isa.SD
	case 2:
		value, store, first = value<<32|uint64(before), isa.SD, 8
	}
	here := g.here()
	items := append(constant(u, v, value), op(isa.ADDI, v, 0, 0, 2), plain(before), plain(draw()), plain(behind))
	items = append(items,
		item{raw: encode(isa.AUIPC, t, 0, 0, 0)},
		item{raw: encode(isa.ADDI, t, t, 0, 0), patch: patchLow, to: place{here, first}, from: 11},
		op(store, 0, t, u, 0),
		op(isa.FENCE_I, 0, 0, 0, 0),
		op(isa.ADDI, v, v, 0, -1),
		item{raw: encode(isa.BNE, 0, v, 0, 0), patch: patchJump, to: place{here, slot}})
	g.add(items...)
}

// constant returns seven instructions that load v into rd by way of t.
func constant(rd, t uint8, v uint64) []item {
	upHi, upLo := split(int64(int32(v >> 32)))
	hi, lo := split(int64(int32(v)))
	return []item{
		op(isa.LUI, rd, 0, 0, upHi), op(isa.ADDIW, rd, rd, 0, upLo), op(isa.SLLI, rd, rd, 0, 32),
		op(isa.LUI, t, 0, 0, hi), op(isa.ADDIW, t, t, 0, lo), op(isa.ADD_UW, t, t, 0, 0), op(isa.OR, rd, rd, t, 0),
	}
}
