package plan

import (
	"slices"

	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// A loop that stores one element a round, computed of elements that it has loaded and of registers that stay as they are, is
// a map:
//
//	loop: lw   a5,0(a3)       c[j] += factor * b[j]
//	      lw   a2,0(a4)
//	      addi a4,a4,4
//	      mulw a5,a5,a1
//	      addi a3,a3,4
//	      addw a5,a5,a2
//	      sw   a5,-4(a4)
//	      bne  a0,a4,loop
//
// What rounds of it store is that of one round, for several elements side by side. Of a sum, difference, product or bitwise
// operation the lower bits depend on the operands' lower bits alone, so that it does not matter how a load has extended its
// element. No round may load what another one has stored: what is loaded by way of the register that the store goes by is
// loaded from where the store goes, ahead of it; what is loaded by way of others has to be apart, which is for the host's code
// to see.

// Lane is a step of computing the element that a map stores.
type Lane struct {
	Op LaneOp
	// Place and Group are where an element is loaded; the value is what Place says.
	Place Place
	Group *Group
	// A and B are the operands of all others, by their numbers in Wide.Map.
	A, B int
}

// LaneOp is what a step does.
type LaneOp uint8

// The steps.
const (
	LaneLoad  LaneOp = iota // an element
	LaneValue               // the lower bits of a register and a constant, in each round the same
	LaneAdd
	LaneSub
	LaneAnd
	LaneOr
	LaneXor
	LaneMul // of elements of two or four bytes
)

// Leaf reports whether a step has no operands.
func (op LaneOp) Leaf() bool { return op <= LaneValue }

const (
	// MaxLaneValues bounds the values of a map, MaxLaneBases the registers that it loads by beside the one it stores by,
	// MaxLaneDepth the intermediate results that there are at once.
	MaxLaneValues = 3
	MaxLaneBases  = 2
	MaxLaneDepth  = 3
	// maxLaneReach is how far from each other the loads by one register may be.
	maxLaneReach = 256
)

// laneRow is how an operation computes: by a step, whose second operand is the immediate one perhaps; if it is an operation of
// 32 bits elements are no longer.
type laneRow struct {
	op        LaneOp
	immediate bool
	word      bool
}

var laneRows = map[isa.Op]laneRow{
	isa.ADD: {op: LaneAdd}, isa.ADDW: {op: LaneAdd, word: true}, isa.ADDI: {op: LaneAdd, immediate: true}, isa.ADDIW: {op: LaneAdd, immediate: true, word: true},
	isa.SUB: {op: LaneSub}, isa.SUBW: {op: LaneSub, word: true},
	isa.MUL: {op: LaneMul}, isa.MULW: {op: LaneMul, word: true},
	isa.AND: {op: LaneAnd}, isa.ANDI: {op: LaneAnd, immediate: true},
	isa.OR: {op: LaneOr}, isa.ORI: {op: LaneOr, immediate: true},
	isa.XOR: {op: LaneXor}, isa.XORI: {op: LaneXor, immediate: true},
}

// result is what an operation of the round computes of two symbols.
type result struct {
	laneRow
	a, b symbol
}

// compute executes u if it is an operation that maps have; false if it is none.
func (r *round) compute(u *code.Uop) bool {
	row, ok := laneRows[u.Op]
	if !ok {
		return false
	}
	x := result{laneRow: row, a: r.x[u.Rs1-hart.X]}
	if row.immediate {
		x.b.Place = Place{hart.X, u.Imm}
	} else {
		x.b = r.x[u.Rs2-hart.X]
	}
	r.results = append(r.results, x)
	return r.write(u.Rd, symbol{result: len(r.results)})
}

// settleResults reports whether all that is computed is so of registers that stay, and of what has been loaded: then the last
// round has all results that there are.
func (r *round) settleResults() bool {
	for i := range r.results {
		for _, s := range []symbol{r.results[i].a, r.results[i].b} {
			if s.place() && r.written>>(s.Slot-hart.X)&1 != 0 {
				return false
			}
		}
	}
	return true
}

// settleMap finds whether the round's one store stores a result.
func (r *round) settleMap() bool {
	if len(r.stores) != 1 {
		return false
	}
	loads := 0
	_, depth, ok := r.lane(r.stores[0].value, &loads)
	return ok && depth <= MaxLaneDepth && loads == len(r.loads) && r.fewBases()
}

// lane adds to the map what computes s, and returns its number and how many intermediate results that takes at once. A load
// that is used twice would be executed twice: there is no map then.
func (r *round) lane(s symbol, loads *int) (n, depth int, ok bool) {
	w := &r.w
	var l Lane
	switch {
	case s.place():
		l, depth = Lane{Op: LaneValue, Place: s.Place}, 1
	case s.load != 0:
		*loads++
		if l, ok = r.laneLoad(&r.loads[s.load-1]); !ok {
			return 0, 0, false
		}
		depth = 1
	default:
		x := r.results[s.result-1]
		if x.word && w.Bytes > 4 || x.op == LaneMul && w.Bytes != 2 && w.Bytes != 4 {
			return 0, 0, false
		}
		a, da, okA := r.lane(x.a, loads)
		b, db, okB := r.lane(x.b, loads)
		if !okA || !okB {
			return 0, 0, false
		}
		if w.Map[b].Op.Leaf() {
			db = 0 // is an operand in memory
		}
		l, depth = Lane{Op: x.op, A: a, B: b}, max(da, db+1)
	}
	if slices.Contains(w.Map, l) && l.Op != LaneValue || len(w.Map) == maxLanes {
		return 0, 0, false
	}
	w.Map = append(w.Map, l)
	return len(w.Map) - 1, depth, true
}

// maxLanes bounds the steps of a map. A result that is used more than once is computed as often.
const maxLanes = 12

// laneLoad is the step of a load.
func (r *round) laneLoad(a *access) (l Lane, ok bool) {
	w := &r.w
	at, ok := r.canonical(a.at)
	step, _ := r.moves(at.Slot)
	l = Lane{Op: LaneLoad, Place: at, Group: r.p.Group(a.index)}
	if !ok || a.size != w.Bytes || step != w.Bytes || l.Group == nil {
		return l, false
	}
	return l, at.Slot != w.To.Slot || at == w.To && a.index < r.stores[0].index
}

// fewBases reports whether the map has few registers to load by, and few values.
func (r *round) fewBases() bool {
	bases, values := r.w.LaneBases(), 0
	for _, l := range r.w.Map {
		switch {
		case l.Op == LaneValue:
			values++
		case l.Op == LaneLoad && l.Place.Slot != r.w.To.Slot:
			i := slices.IndexFunc(bases, func(b Lane) bool { return b.Place.Slot == l.Place.Slot })
			if far := l.Place.Delta - bases[i].Place.Delta; far > maxLaneReach || far < -maxLaneReach {
				return false
			}
		}
	}
	return len(bases) <= MaxLaneBases && values <= MaxLaneValues
}

// LaneBases returns the first load by each register that a map loads by, beside the one that it stores by.
func (w *Wide) LaneBases() (bases []Lane) {
	for _, l := range w.Map {
		if l.Op == LaneLoad && l.Place.Slot != w.To.Slot && !slices.ContainsFunc(bases, func(b Lane) bool { return b.Place.Slot == l.Place.Slot }) {
			bases = append(bases, l)
		}
	}
	return bases
}
