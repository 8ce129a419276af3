package amd64

import (
	"unsafe"

	"github.com/hartwood-vm/hartwood/jitworker/host/amd64/x86"
	"github.com/hartwood-vm/hartwood/jitworker/plan"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
)

// A loop that maps elements (plan.Wide.Map) does as many of them at once as 32 bytes have, where wide.go would have a copy. What
// it loads by the register that it stores by lies where it stores; what it loads by others is apart from that, or the loop goes
// on as it is. Values lie in State.Lanes, in all elements; RCX is the end of what is stored, RAX that of what is loaded by
// another register, and if there are two R15 that of the second, whose own value waits in State.

// lanesRows are the instructions for elements of a size.
var lanesRows = map[int64]map[plan.LaneOp]x86.Lanes{
	1: {plan.LaneAdd: x86.VPADDB, plan.LaneSub: x86.VPSUBB},
	2: {plan.LaneAdd: x86.VPADDW, plan.LaneSub: x86.VPSUBW, plan.LaneMul: x86.VPMULLW},
	4: {plan.LaneAdd: x86.VPADDD, plan.LaneSub: x86.VPSUBD, plan.LaneMul: x86.VPMULLD},
	8: {plan.LaneAdd: x86.VPADDQ, plan.LaneSub: x86.VPSUBQ},
}

// bitLanes are those for elements of any size.
var bitLanes = map[plan.LaneOp]x86.Lanes{plan.LaneAnd: x86.VPAND, plan.LaneOr: x86.VPOR, plan.LaneXor: x86.VPXOR}

// lanesOf returns the instruction of a step for elements of a size.
func lanesOf(op plan.LaneOp, size int64) x86.Lanes {
	if l, ok := bitLanes[op]; ok {
		return l
	}
	return lanesRows[size][op]
}

const laneBytes = 32

// There is room for all values.
const _ = uint(unsafe.Sizeof(hart.State{}.Lanes) - plan.MaxLaneValues*laneBytes)

// secondBase is the second base's place while the first one's is looked at, waiting what R15 has been.
var (
	secondBase = x86.At(rState, offLaneBase)
	waiting    = x86.At(rState, offLaneCount)
)

// loadsElsewhere has RDX be no more than lies in the pages of what a map loads.
func (c *Compiler) loadsElsewhere(w *plan.Wide, narrow x86.Label) {
	for i := range w.Map {
		if l := &w.Map[i]; l.Op == plan.LaneLoad && (l.Place != w.To || l.Group != w.ToGroup) {
			c.boundByPage(l.Group, l.Place, narrow)
		}
	}
}

// mapBases sets RAX, and the second base's place, to the host's addresses of what a map loads. They are apart from RCX.
func (c *Compiler) mapBases(w *plan.Wide, narrow x86.Label) {
	bases := w.LaneBases()
	for i := len(bases) - 1; i >= 0; i-- {
		c.hostOf(x86.RAX, bases[i].Group, bases[i].Place)
		c.AluRR(x86.SUB, x86.RAX, x86.RCX)
		c.AluRI(x86.ADD, x86.RAX, apart)
		c.AluRI(x86.CMP, x86.RAX, 2*apart)
		c.Jcc(x86.BE, narrow)
		if c.Lea(x86.RAX, x86.Indexed(x86.RAX, x86.RCX, -apart)); i == 1 {
			c.MovMR(secondBase, x86.RAX)
		}
	}
}

// mapWide computes and stores the bytes ahead of RCX, as many as XMM2 says.
func (c *Compiler) mapWide(w *plan.Wide) {
	m := mapping{Compiler: c, w: w, bases: w.LaneBases()}
	c.MovRX(x86.F64, x86.RDX, x86.XMM2)
	c.MovMR(waiting, rCount)
	for i := range w.Map {
		if l := &w.Map[i]; l.Op == plan.LaneValue {
			c.placeIn(rCount, l.Place)
			c.MovXR(x86.F64, x86.XMM0, rCount)
			c.Broadcast(x86.XMM0, x86.XMM0, w.Bytes)
			c.LanesMX(m.value(i), x86.XMM0)
		}
	}
	if len(m.bases) > 1 {
		c.MovRM(rCount, secondBase)
		c.AluRR(x86.ADD, rCount, x86.RDX)
	}
	c.UnaryR(x86.NEG, x86.RDX)
	loop := c.NewLabel()
	c.Bind(loop)
	m.compute(len(w.Map)-1, x86.XMM0)
	c.LanesMX(x86.Scaled(x86.RCX, x86.RDX, 0, 0), x86.XMM0)
	c.AluRI(x86.ADD, x86.RDX, laneBytes)
	c.Jcc(x86.NE, loop)
	c.ZeroUppers()
	c.MovRM(rCount, waiting)
}

// mapping is a map that is being emitted.
type mapping struct {
	*Compiler
	w     *plan.Wide
	bases []plan.Lane
}

// value is where the value of step n lies.
func (m *mapping) value(n int) x86.Mem {
	at := int32(0)
	for i := range m.w.Map[:n] {
		if m.w.Map[i].Op == plan.LaneValue {
			at += laneBytes
		}
	}
	return x86.At(rState, offLanes+at)
}

// leaf is the operand of a step without operands.
func (m *mapping) leaf(n int) x86.Mem {
	l := &m.w.Map[n]
	switch {
	case l.Op == plan.LaneValue:
		return m.value(n)
	case l.Place.Slot == m.w.To.Slot:
		return x86.Scaled(x86.RCX, x86.RDX, 0, 0)
	case l.Place.Slot == m.bases[0].Place.Slot:
		return x86.Scaled(x86.RAX, x86.RDX, 0, int32(l.Place.Delta-m.bases[0].Place.Delta))
	default:
		return x86.Scaled(rCount, x86.RDX, 0, int32(l.Place.Delta-m.bases[1].Place.Delta))
	}
}

// compute sets x to what step n computes. The registers behind x are used.
func (m *mapping) compute(n int, x x86.Xmm) {
	l := &m.w.Map[n]
	if l.Op.Leaf() {
		m.LanesXM(x, m.leaf(n))
		return
	}
	m.compute(l.A, x)
	op := lanesOf(l.Op, m.w.Bytes)
	if m.w.Map[l.B].Op.Leaf() {
		m.LanesXXM(op, x, x, m.leaf(l.B))
		return
	}
	m.compute(l.B, x+1)
	m.LanesXXX(op, x, x, x+1)
}
