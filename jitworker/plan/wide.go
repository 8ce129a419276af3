package plan

import (
	"cmp"
	"slices"

	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// The loops of memcpy and memset do nothing but store what they have loaded, or one value, and count. Many rounds of
// such a loop are one copy. Others compute what they store (maps.go). What the loops of libraries look like differs:
//
//	loop: ld a4,0(a1)           loop: ld a6,16(a1)     a4 brings over what the last round
//	      ld a5,8(a1)                 addi a3,a5,8     has loaded from 24(a1)
//	      addi a1,a1,16               sd a4,0(a5)
//	      sd a4,0(a0)                 ld a4,24(a1)
//	      sd a5,8(a0)                 sd a6,0(a3)
//	      addi a0,a0,16               addi a5,a5,16
//	      bltu a1,a3,loop             addi a1,a1,16
//	                                  bne a5,a2,loop
//
// So a round is executed on symbols: what each register holds is a value of the round's beginning and a constant, or what
// a load has brought. At the round's end it is seen how the registers move from round to round; then each store is known as
// a distance from one register, and what it stores by a distance from another. It is a copy if the stores of a round
// fill as many bytes as the registers move by, and the distances between loads and stores are all one.

// Place is an address: what a register, by its slot, holds at a round's beginning, and a constant.
type Place struct {
	Slot  uint8
	Delta int64
}

// Moved is a register that moves by a constant every round.
type Moved struct {
	Slot uint8
	Step int64
}

// Set is a register that holds at a round's beginning what another does, and a constant.
type Set struct {
	Slot uint8
	Place
}

// Wide is what rounds of the unit's loop come to that are executed together.
type Wide struct {
	Bytes int64 // stored a round, a power of two
	// To is where the first byte is stored in a round, From where the first one is loaded, and ToGroup and FromGroup are the
	// groups that those accesses are of. If nothing is loaded all bytes are those of register Fill, or 0 if that is x0.
	To, From           Place
	Copies             bool
	Fill               uint8
	ToGroup, FromGroup *Group
	// Map has the steps that compute the element that a round stores, operands first, if it is computed (maps.go).
	Map []Lane
	// Carried are the registers that bring over what the round before has loaded, eight bytes each, in the order in which
	// they are stored: ahead of all else.
	Carried []uint8
	Moves   []Moved
	Sets    []Set // that a round reads
	// High and Low are what the branch compares that ends the loop: it does not as long as High is larger, which it is by
	// Step less every round. Order says as what they are compared; if for equality, High may be smaller.
	High, Low Place
	Step      int64
	Order     Order
}

// Order is how a loop's branch compares.
type Order uint8

const (
	Equality Order = iota
	Unsigned
	Signed
)

// symbol is what a register holds in the round: what a register held at its beginning and a constant, or what load number
// load, counted from 1, has brought, or the result of that number.
type symbol struct {
	load, result int
	Place
}

// place reports whether the symbol is a register and a constant.
func (s symbol) place() bool { return s.load == 0 && s.result == 0 }

// access is a load or store of a round.
type access struct {
	at    Place
	size  int64
	value symbol // that is stored
	index int    // of the micro-operation
}

// round is a round on symbols.
type round struct {
	p             *Plan
	w             Wide
	x             [32]symbol
	written, read uint32 // registers; those of whose values at the beginning addresses and counts are made
	loads, stores []access
	results       []result
	branch        *code.Uop // that ends the loop
	compared      [2]Place
	again         bool // the loop goes on if it is taken
}

// maxCarried bounds the registers that are carried.
const maxCarried = 3

// wide returns what rounds of p's loop come to, or nil.
func (p *Plan) wide() *Wide {
	r := round{p: p}
	for i := range r.x {
		r.x[i].Slot = hart.X + uint8(i)
	}
	for i := range p.Ops[:p.Loop+1] {
		if !r.step(i, &p.Ops[i]) {
			return nil
		}
	}
	if r.settleResults() && r.settleStores() && r.settleBranch() && r.settleRegisters() {
		return &r.w
	}
	return nil
}

// step executes u, micro-operation i; false if that is nothing that such a loop does.
func (r *round) step(i int, u *code.Uop) bool {
	info := code.Of(u.Op)
	var a symbol
	if info.Rs1 == isa.RegX {
		if a = r.x[u.Rs1-hart.X]; !a.place() && u.Op != code.OpMove {
			return r.compute(u)
		}
	}
	switch {
	case u.Op == code.OpCount, u.Op == code.OpJump && i == r.p.Loop:
		return true
	case u.Op == code.OpMove:
		return r.write(u.Rd, a)
	case u.Op == isa.ADDI:
		a.Delta += u.Imm
		return r.write(u.Rd, a)
	case info.Kind == code.Load && info.Rd == isa.RegX:
		a.Delta += u.Imm
		r.loads = append(r.loads, access{at: a.Place, size: int64(info.Size), index: i})
		return r.write(u.Rd, symbol{load: len(r.loads)})
	case info.Kind == code.Store && info.Rs2 == isa.RegX:
		a.Delta += u.Imm
		r.stores = append(r.stores, access{at: a.Place, size: int64(info.Size), value: r.x[u.Rs2-hart.X], index: i})
		return true
	case info.Kind == code.Branch && r.branch == nil:
		b := r.x[u.Rs2-hart.X]
		r.branch, r.compared, r.again = u, [2]Place{a.Place, b.Place}, i == r.p.Loop
		return b.place()
	}
	return info.Rs1 == isa.RegX && r.compute(u)
}

func (r *round) write(slot uint8, s symbol) bool {
	if slot == hart.Sink {
		return true
	}
	r.x[slot-hart.X] = s
	r.written |= 1 << (slot - hart.X)
	return true
}

// moves returns by how much a register moves a round; false if that is no constant.
func (r *round) moves(slot uint8) (step int64, ok bool) {
	s := r.x[slot-hart.X]
	return s.Delta, s.place() && s.Slot == slot
}

// canonical returns a place as a distance from a register that moves by a constant: one that does not holds what it was made
// of another in the round before.
func (r *round) canonical(at Place) (Place, bool) {
	r.read |= 1 << (at.Slot - hart.X)
	if _, ok := r.moves(at.Slot); ok {
		return at, true
	}
	s := r.x[at.Slot-hart.X]
	if !s.place() {
		return at, false
	}
	step, ok := r.moves(s.Slot)
	return Place{s.Slot, at.Delta + s.Delta - step}, ok
}

// settleStores finds what is stored where.
func (r *round) settleStores() bool {
	w := &r.w
	for i := range r.stores {
		at, ok := r.canonical(r.stores[i].at)
		if r.stores[i].at = at; !ok || at.Slot != r.stores[0].at.Slot {
			return false
		}
	}
	if len(r.stores) == 0 || !r.fillsWhole() {
		return false
	}
	first := r.stores[0].value
	if w.To, w.ToGroup = r.stores[0].at, r.p.Group(r.stores[0].index); w.ToGroup == nil || w.ToGroup.References {
		return false
	}
	if first.result != 0 {
		return r.settleMap()
	}
	if first.load == 0 && r.written>>(first.Slot-hart.X)&1 == 0 {
		return r.settleFill(first)
	}
	return r.settleCopy()
}

// fillsWhole sorts the stores, and reports whether they fill a power of two of bytes, by which their register moves.
func (r *round) fillsWhole() bool {
	slices.SortFunc(r.stores, func(a, b access) int { return cmp.Compare(a.at.Delta, b.at.Delta) })
	end := r.stores[0].at.Delta
	for i := range r.stores {
		if r.stores[i].at.Delta != end {
			return false
		}
		end += r.stores[i].size
	}
	r.w.Bytes = end - r.stores[0].at.Delta
	step, _ := r.moves(r.stores[0].at.Slot)
	return step == r.w.Bytes && step&(step-1) == 0
}

// settleFill finds whether all stores store value, of eight bytes or 0.
func (r *round) settleFill(value symbol) bool {
	for i := range r.stores {
		if s := &r.stores[i]; s.value != value || value.Delta != 0 || s.size != 8 && value.Slot != hart.X {
			return false
		}
	}
	r.w.Fill = value.Slot
	return len(r.loads) == 0
}

// settleCopy finds whether all stores store what was loaded at one distance from there.
func (r *round) settleCopy() bool {
	w := &r.w
	w.Copies = true
	var lowest Place // that is loaded, in the same round or the one before
	for i := range r.stores {
		s := &r.stores[i]
		load, carried := s.value.load, false
		if s.value.place() && s.value.Delta == 0 {
			load, carried = r.x[s.value.Slot-hart.X].load, true
		}
		if load == 0 || r.loads[load-1].size != s.size || carried && (len(w.Carried) != i || s.size != 8 || i == maxCarried) {
			return false
		}
		from, ok := r.canonical(r.loads[load-1].at)
		if carried {
			from.Delta -= w.Bytes
			w.Carried = append(w.Carried, s.value.Slot)
		}
		if i == 0 {
			lowest = from
		}
		if from.Delta -= s.at.Delta - w.To.Delta; !ok || from != lowest {
			return false
		}
	}
	w.From = Place{lowest.Slot, lowest.Delta + 8*int64(len(w.Carried))}
	for i := range r.loads {
		if at, _ := r.canonical(r.loads[i].at); at == w.From {
			w.FromGroup = r.p.Group(r.loads[i].index)
		}
	}
	step, _ := r.moves(lowest.Slot)
	return step == w.Bytes && len(r.loads) == len(r.stores) && len(w.Carried) < len(r.stores) && w.FromGroup != nil
}

// settleBranch finds when the loop ends.
func (r *round) settleBranch() bool {
	w := &r.w
	if r.branch == nil {
		return false
	}
	a, aOK := r.canonical(r.compared[0])
	b, bOK := r.canonical(r.compared[1])
	if !aOK || !bOK {
		return false
	}
	stepA, _ := r.moves(a.Slot)
	stepB, _ := r.moves(b.Slot)
	switch op := goesOn(r.branch.Op, r.again); op {
	case isa.BNE:
		if w.High, w.Low, w.Step = a, b, stepB-stepA; w.Step < 0 {
			w.High, w.Low, w.Step = b, a, -w.Step
		}
		return ratio(w.Bytes, w.Step)
	case isa.BLTU, isa.BLT:
		w.High, w.Low, w.Step = b, a, stepA-stepB
		if w.Order = Unsigned; op == isa.BLT {
			w.Order = Signed
		}
	case isa.BGEU, isa.BGE:
		w.High, w.Low, w.Step = a, b, stepB-stepA
		if w.Order = Unsigned; op == isa.BGE {
			w.Order = Signed
		}
	default:
		return false
	}
	return (stepA == 0 || stepB == 0) && ratio(w.Bytes, w.Step)
}

// goesOn returns the branch that is taken when the loop goes on: op, or the opposite one.
func goesOn(op isa.Op, taken bool) isa.Op {
	if taken {
		return op
	}
	return map[isa.Op]isa.Op{isa.BEQ: isa.BNE, isa.BNE: isa.BEQ, isa.BLT: isa.BGE, isa.BGE: isa.BLT, isa.BLTU: isa.BGEU, isa.BGEU: isa.BLTU}[op]
}

// ratio reports whether bytes is step times a power of two.
func ratio(bytes, step int64) bool {
	return step > 0 && bytes%step == 0 && (bytes/step)&(bytes/step-1) == 0
}

// settleRegisters finds how registers move.
func (r *round) settleRegisters() bool {
	for i := range r.x {
		slot, s := hart.X+uint8(i), r.x[i]
		if r.written>>i&1 == 0 {
			continue
		}
		step, ok := r.moves(slot)
		switch read := r.read>>i&1 != 0; {
		case ok && step != 0:
			if !ratio(r.w.Bytes, max(step, -step)) {
				return false
			}
			r.w.Moves = append(r.w.Moves, Moved{slot, step})
		case ok, !read: // the next round sets it, or it stays
		case !s.place():
			return false
		default:
			by, ok := r.moves(s.Slot)
			if !ok {
				return false
			}
			r.w.Sets = append(r.w.Sets, Set{slot, Place{s.Slot, s.Delta - by}})
		}
	}
	return true
}
