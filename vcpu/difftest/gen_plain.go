package difftest

import "github.com/hartwood-vm/hartwood/vcpu/isa"

// rowsOf returns the rows of the given classes.
func rowsOf(classes ...isa.Class) (rows []isa.Row) {
	for _, r := range isa.Rows() {
		for _, c := range classes {
			if r.Class == c {
				rows = append(rows, r)
			}
		}
	}
	return rows
}

var (
	computeRows = rowsOf(isa.ClassALU, isa.ClassMul, isa.ClassDiv)
	floatRows   = rowsOf(isa.ClassFP)
	accessRows  = rowsOf(isa.ClassLoad, isa.ClassStore, isa.ClassFPLoad, isa.ClassFPStore)
	atomicRows  = rowsOf(isa.ClassAtomic)
)

const maskRM = 7 << 12

// fromRow draws an instruction of row r: every bit that the row leaves open is
// random, but registers that must not be written and reserved rounding modes.
func (g *gen) fromRow(r *isa.Row) uint32 {
	raw := r.Match | g.u32()&^r.Mask
	raw = setField(raw, 7, g.register(r.Format.Rd(), true), r.Format.Rd())
	raw = setField(raw, 15, g.register(r.Format.Rs1(), false), r.Format.Rs1())
	raw = setField(raw, 20, g.register(r.Format.Rs2(), false), r.Format.Rs2())
	raw = setField(raw, 27, g.register(r.Format.Rs3(), false), r.Format.Rs3())
	switch r.Format {
	case isa.FmtFMA, isa.FmtFRm, isa.FmtF1Rm, isa.FmtXF1Rm, isa.FmtFX1Rm:
		if r.Mask&maskRM == 0 {
			raw = raw&^maskRM | pick(g.dice, []uint32{0, 1, 2, 3, 4, 7, 7, 7})<<12
		}
	case isa.FmtRound:
		raw = raw&^(15<<20) | uint32(g.n(11))<<20
	case isa.FmtU:
		raw = raw&0xfff | uint32(g.upper())
	case isa.FmtI:
		if g.chance(40) {
			raw = raw&^(0xfff<<20) | uint32(pick(g.dice, []int32{0, 1, -1, 2047, -2048, 255, 4, -8}))<<20
		}
	}
	return raw
}

// upper draws the immediate of LUI and AUIPC.
func (g *gen) upper() int32 {
	if g.chance(40) {
		return pick(g.dice, []int32{0, -1 << 31, 0x7fff_f000, -1 << 12, 1 << 12})
	}
	return int32(g.u32() &^ 0xfff)
}

// setField writes the register number v at a bit position if the operand exists.
func setField(raw uint32, at uint, v uint8, file isa.RegFile) uint32 {
	if file == isa.RegNone {
		return raw
	}
	return raw&^(31<<at) | uint32(v)<<at
}

func (g *gen) register(file isa.RegFile, written bool) uint8 {
	switch {
	case file == isa.RegF:
		return g.freg()
	case written:
		return g.dst()
	}
	return g.src()
}

func (g *gen) compute() { g.add(plain(g.fromRow(&computeRows[g.n(len(computeRows))]))) }

// float draws a floating-point instruction. QEMU (10.0) takes the rounding ones of
// Zfa for free of side effects and drops them, with their flags, if nobody reads
// the result; so it is stored.
func (g *gen) float() {
	r := &floatRows[g.n(len(floatRows))]
	raw := g.fromRow(r)
	b := g.bases[0]
	at := int32(8 * g.n(128))
	switch r.Op {
	case isa.FROUND_S, isa.FROUND_D, isa.FROUND_H, isa.FROUNDNX_S, isa.FROUNDNX_D, isa.FROUNDNX_H:
		g.add(plain(raw), op(isa.FSD, 0, b.reg, isa.Decode(raw).Rd, at))
	case isa.FCVTMOD_W_D:
		raw = setField(raw, 7, g.temp(), isa.RegX)
		g.add(plain(raw), op(isa.SD, 0, b.reg, isa.Decode(raw).Rd, at))
	default:
		g.add(plain(raw))
	}
}

// compressed16 has all encodings of each compressed instruction, by its name.
type compressed16 struct {
	name string
	raws []uint16
	insn isa.Insn // of the first
}

var compressedPlain, compressedMemory = compressedForms()

func compressedForms() (computing, memory []compressed16) {
	byName := map[string]int{}
	var all []compressed16
	for raw := range uint32(1 << 16) {
		name, _ := isa.Compressed(raw)
		if name == "" {
			continue
		}
		i, ok := byName[name]
		if !ok {
			i = len(all)
			byName[name] = i
			all = append(all, compressed16{name: name, insn: isa.Decode(raw)})
		}
		all[i].raws = append(all[i].raws, uint16(raw))
	}
	for _, c := range all {
		switch c.insn.Op.Row().Class {
		case isa.ClassALU, isa.ClassMul:
			computing = append(computing, c)
		case isa.ClassLoad, isa.ClassStore, isa.ClassFPLoad, isa.ClassFPStore:
			memory = append(memory, c)
		}
	}
	return computing, memory
}

// writable reports whether in's destination may be written.
func (g *gen) writable(in isa.Insn) bool {
	return in.Op.Row().Format.Rd() != isa.RegX || !g.fixed[in.Rd]
}

// compressed draws a compressed instruction that computes.
func (g *gen) compressed() {
	for range 8 {
		raw := uint32(pick(g.dice, pick(g.dice, compressedPlain).raws))
		if g.writable(isa.Decode(raw)) {
			g.add(plain(raw))
			return
		}
	}
	g.compute()
}

// idiom draws a sequence that an engine may treat as one instruction.
func (g *gen) idiom() {
	r, a := g.temp(), g.src()
	upper := g.upper()
	low := int32(g.n(1<<12)) - 2048
	switch g.n(11) {
	case 0:
		g.add(op(isa.LUI, r, 0, 0, upper), op(isa.ADDI, r, r, 0, low))
	case 1:
		g.add(op(isa.LUI, r, 0, 0, upper), op(isa.ADDIW, r, r, 0, low))
	case 2:
		g.add(op(isa.AUIPC, r, 0, 0, upper), op(isa.ADDI, r, r, 0, low))
	case 3:
		g.add(op(isa.LUI, r, 0, 0, upper), op(isa.ADDIW, r, r, 0, low), op(isa.SLLI, r, r, 0, int32(g.n(64))), op(isa.ADDI, r, r, 0, low))
	case 4:
		g.add(op(isa.SLLI, r, a, 0, 32), op(pick(g.dice, []isa.Op{isa.SRAI, isa.SRLI}), r, r, 0, int32(36-g.n(8))))
	case 5:
		n := pick(g.dice, []int32{48, 56})
		g.add(op(isa.SLLI, r, a, 0, n), op(pick(g.dice, []isa.Op{isa.SRAI, isa.SRLI}), r, r, 0, n))
	case 6:
		g.add(op(isa.SLLI, r, a, 0, int32(g.between(1, 4))), op(isa.ADD, r, r, g.src(), 0))
	case 7:
		g.add(op(isa.ADDI, r, 0, 0, low), op(isa.SLLI, r, r, 0, int32(g.n(64))), op(isa.XORI, g.dst(), r, 0, low))
	case 8:
		g.rotation(r, a)
	case 9:
		words := []isa.Op{isa.ADDW, isa.SUBW, isa.SLLW, isa.SRLW, isa.SRAW, isa.MULW, isa.XOR, isa.AND, isa.SLTU, isa.ADD, isa.MIN}
		g.add(op(pick(g.dice, words), r, a, g.src(), 0), op(isa.ADDIW, g.dst(), r, 0, 0))
	case 10: // a value that nobody sees
		g.add(plain(setField(g.fromRow(&computeRows[g.n(len(computeRows))]), 7, r, isa.RegX)), g.interlude(r), op(isa.SRLIW, r, a, 0, int32(g.n(32))))
	}
}

// rotation draws two shifts and an OR that make a rotation, or nearly.
func (g *gen) rotation(r, a uint8) {
	left, right, width := isa.SLLI, isa.SRLI, 64
	if g.chance(60) {
		left, right, width = isa.SLLIW, isa.SRLIW, 32
	}
	n := g.between(1, width-1)
	m := width - n
	if g.chance(15) {
		m = g.n(width)
	}
	t := g.temp(r)
	items := []item{op(left, r, a, 0, int32(n)), op(right, t, a, 0, int32(m))}
	if g.chance(50) {
		items[0], items[1] = items[1], items[0]
	}
	if g.chance(40) {
		items = append(items[:1], g.interlude(t), items[1])
	}
	if g.chance(40) {
		items = append(items, g.interlude(r))
	}
	or := op(isa.OR, pick(g.dice, []uint8{r, t, g.dst()}), r, t, 0)
	if g.chance(50) {
		or = op(isa.OR, pick(g.dice, []uint8{r, t, g.dst()}), t, r, 0)
	}
	g.add(append(items, or)...)
}

// interlude draws what stands between instructions of an idiom: it may read and write
// r, or have nothing to do with it.
func (g *gen) interlude(r uint8) item {
	row := &computeRows[g.n(len(computeRows))]
	raw := g.fromRow(row)
	switch g.n(4) {
	case 0:
		raw = setField(raw, 7, r, isa.RegX)
	case 1:
		raw = setField(raw, 15, r, row.Format.Rs1())
	}
	return plain(raw)
}

// csr draws accesses to fcsr and its fields. frm may become reserved only
// until the next instruction, which sets it again.
func (g *gen) csr() {
	valid := func() uint8 { return uint8(g.n(5)) }
	swap := func(n isa.CSR, v uint8) item { return op(isa.CSRRWI, g.dst(), v, 0, int32(n)) }
	all := []isa.Op{isa.CSRRW, isa.CSRRS, isa.CSRRC, isa.CSRRWI, isa.CSRRSI, isa.CSRRCI}
	o := pick(g.dice, all)
	switch g.n(4) {
	case 0:
		g.add(op(o, g.dst(), g.src(), 0, int32(isa.CSR_FFLAGS)))
	case 1:
		g.add(swap(isa.CSR_FRM, valid()))
	case 2:
		g.add(op(o, g.dst(), g.src(), 0, int32(isa.CSR_FRM)), op(isa.CSRRS, g.dst(), 0, 0, int32(isa.CSR_FCSR)),
			swap(isa.CSR_FRM, valid()))
	case 3:
		g.add(op(o, g.dst(), g.src(), 0, int32(isa.CSR_FCSR)), swap(isa.CSR_FRM, valid()))
	}
}

// order draws fences and hints, and the waits that user programs may use.
func (g *gen) order() {
	o := pick(g.dice, []isa.Op{isa.FENCE, isa.FENCE, isa.FENCE, isa.FENCE_I, isa.PAUSE, isa.PREFETCH_I, isa.PREFETCH_R,
		isa.PREFETCH_W, isa.WRS_NTO, isa.WRS_STO})
	r := o.Row()
	g.add(plain(r.Match | g.u32()&^r.Mask))
}

// moveStack moves the stack pointer away and back.
func (g *gen) moveStack() {
	if g.bases[0].reg != 2 {
		g.compressed()
		return
	}
	by := int32(16 * g.between(1, 31))
	if g.chance(50) {
		by = -by
	}
	g.add(plain(addi16sp(by)), plain(g.fromRow(&computeRows[g.n(len(computeRows))])), plain(addi16sp(-by)))
}

// addi16sp encodes C.ADDI16SP.
func addi16sp(v int32) uint32 {
	u := uint32(v)
	return 0x6101 | u>>9&1<<12 | u>>4&1<<6 | u>>6&1<<5 | u>>7&3<<3 | u>>5&1<<2
}
