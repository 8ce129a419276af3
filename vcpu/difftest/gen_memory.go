package difftest

import "github.com/hartwood-vm/hartwood/vcpu/isa"

// width returns the bytes that a load, store or atomic accesses: funct3 is the
// logarithm, with the sign in bit 2.
func width(row *isa.Row) int { return 1 << (row.Match >> 12 & 3) }

// offset draws where in the data to access size bytes: at the border of the two
// pages, aligned, or anywhere from lo to hi.
func (g *gen) offset(size, lo, hi int) int {
	lo, hi = max(lo, 0), min(hi, dataStride-size)
	at := g.between(lo, hi)
	switch g.n(4) {
	case 0:
		if edge := pageSize - g.n(size+1); edge >= lo && edge <= hi {
			return edge
		}
	case 1:
		if even := at &^ (size - 1); even >= lo {
			return even
		}
	}
	return at
}

// at completes a load or store of row r with its address.
func (g *gen) at(r *isa.Row, raw uint32, reg uint8, imm int32) uint32 {
	raw = setField(raw, 15, reg, isa.RegX)
	switch r.Format {
	case isa.FmtStore, isa.FmtFStore:
		return raw&^(0x7f<<25|31<<7) | immS(imm)
	}
	return raw&^(0xfff<<20) | uint32(imm)<<20
}

// access draws a load or store off a base register.
func (g *gen) access() {
	r := &accessRows[g.n(len(accessRows))]
	b := pick(g.dice, g.bases)
	imm := g.offset(width(r), b.off-2048, b.off+2047) - b.off
	g.add(plain(g.at(r, g.fromRow(r), b.reg, int32(imm))))
}

// compressedAccess draws a compressed load or store off a base register.
func (g *gen) compressedAccess() {
	c := pick(g.dice, compressedMemory)
	for range 40 {
		raw := uint32(pick(g.dice, c.raws))
		in := isa.Decode(raw)
		for _, b := range g.bases {
			if b.reg == in.Rs1 && g.writable(in) && b.off+int(in.Imm)+width(in.Op.Row()) <= dataStride {
				g.add(plain(raw))
				return
			}
		}
	}
	g.access()
}

// anywhere draws instructions that put base plus a varying distance into a
// register; the distance is below span, a power of two, and a multiple of align.
func (g *gen) anywhere(b base, span, align int) (reg uint8, items []item) {
	t := g.temp()
	items = []item{op(isa.ANDI, t, g.src(), 0, int32(span-align))}
	if align == 1 && g.chance(40) {
		shift := g.between(1, 3)
		o := [][]isa.Op{{isa.SH1ADD, isa.SH1ADD_UW}, {isa.SH2ADD, isa.SH2ADD_UW}, {isa.SH3ADD, isa.SH3ADD_UW}}[shift-1][g.n(2)]
		items[0] = op(isa.ANDI, t, g.src(), 0, int32(span>>shift-1))
		return t, append(items, op(o, t, t, b.reg, 0))
	}
	return t, append(items, op(pick(g.dice, []isa.Op{isa.ADD, isa.ADD_UW}), t, t, b.reg, 0))
}

// accessAnywhere draws a load or store whose address depends on data.
func (g *gen) accessAnywhere() {
	r := &accessRows[g.n(len(accessRows))]
	b := pick(g.dice, g.bases)
	span := pick(g.dice, []int{16, 256, 2048})
	t, items := g.anywhere(b, span, 1)
	// Wherever the register points, the offset must stay within the data.
	lo, hi := max(-2048, -b.off), min(2047, dataStride-width(r)-(b.off+span-1))
	if lo > hi {
		g.access()
		return
	}
	imm := 0
	if g.chance(60) || lo > 0 || hi < 0 {
		imm = g.between(lo, hi)
	}
	raw := g.fromRow(r)
	if g.chance(50) {
		if r.Format == isa.FmtLoad && g.chance(60) {
			raw = setField(raw, 7, t, isa.RegX)
		}
		items, imm = g.element(b, t, span, imm)
	}
	g.add(append(items, plain(g.at(r, raw, t, int32(imm))))...)
}

// element draws what compilers make of an array's element: the register t becomes
// base, a scaled index and a constant, which the offset that is returned undoes.
func (g *gen) element(b base, t uint8, span, imm int) (items []item, left int) {
	shift := g.between(1, 3)
	by := g.between(max(-2048, imm-2047), min(2047, imm+2048))
	sum := op(isa.ADD, t, t, b.reg, 0)
	if g.chance(50) {
		sum = op(isa.ADD, t, b.reg, t, 0)
	}
	return []item{
		op(isa.ANDI, t, g.src(), 0, int32(span>>shift-1)), op(isa.SLLI, t, t, 0, int32(shift)), op(isa.ADDI, t, t, 0, int32(by)), sum,
	}, imm - by
}

// accessPCRelative draws an access whose address is a constant: auipc and an
// offset in the load or store itself.
func (g *gen) accessPCRelative() {
	r := &accessRows[g.n(len(accessRows))]
	addr := dataAddr(g.p.Slot) + uint64(g.offset(width(r), 0, dataStride))
	t := g.temp()
	g.add(item{raw: encode(isa.AUIPC, t, 0, 0, 0), patch: patchHigh, addr: addr},
		item{raw: g.at(r, g.fromRow(r), t, 0), patch: patchLow, addr: addr})
}

// cacheBlock draws CBO.ZERO of a block of the data. Linux, and so QEMU, allows
// its users no other operation on cache blocks.
func (g *gen) cacheBlock() {
	r := isa.CBO_ZERO.Row()
	b := pick(g.dice, g.bases)
	if g.chance(50) {
		g.add(plain(setField(r.Match, 15, b.reg, isa.RegX)))
		return
	}
	t, items := g.anywhere(b, 256, 1)
	g.add(append(items, plain(setField(r.Match, 15, t, isa.RegX)))...)
}
