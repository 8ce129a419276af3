package quick

import (
	"math"

	. "github.com/hartwood-vm/hartwood/jitworker/amd64"
	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
	"github.com/hartwood-vm/hartwood/vcpu/mutator"
)

// The instructions of the managed heap, after the model of package mutator. A
// reference is stored by a barrier and an ordinary store, swap or compare-and-swap.
//
// Stores look the page of their address up in any case. Those of references do so with
// State.RefID instead of DataID. The two are equal while the collector does not mark, and
// no entry has the other value. So without marking a store has no further
// instruction for the barrier, and with marking it misses and comes to the barrier out of
// line (memory.go). Swaps look at State.Marking.
//
// No safe point falls between a barrier's look at one of these and the store. Both are
// of one guest instruction, so of one block, and native code polls at the beginning of
// blocks only. Where either leaves it does so for the interpreter to execute that one
// micro-operation and to come back (NativeUop), during which the hart executes no
// messages. And if the store raises an exception, PC is at the instruction, which is
// executed again from its barrier on.

// storesReference reports whether micro-operation i is an ordinary store of a reference.
func (c *Compiler) storesReference(i int) bool {
	uops := c.b.Uops()
	return i > 0 && uops[i].Op == isa.SD && uops[i-1].Op == interp.OpBarrier
}

// barrier compiles what comes before the store of a reference. Ordinary stores do it
// themselves, see storeWithBarrier.
func (c *Compiler) barrier(*interp.Uop) {
	if c.storesReference(c.index + 1) {
		return
	}
	marking, done := c.NewLabel(), c.NewLabel()
	c.testMarking(NE, marking)
	c.Bind(done)
	c.behind((*Compiler).barrierAside, later{start: marking, end: done, warm: c.warm()})
}

func (c *Compiler) barrierAside(l *later) {
	c.Bind(l.start)
	c.logOverwritten(int(l.index), l.end, l.warm)
	c.Jmp(l.end)
}

// testMarking goes to l if the collector marks (NE) or does not (E).
func (c *Compiler) testMarking(cond Cond, l Label) {
	c.AluMI(CMP, At(rState, offMarking), mutator.Off)
	c.Jcc(cond, l)
}

// logOverwritten runs the routine log for the barrier that is micro-operation i. Where
// that cannot do it the interpreter does, and code goes on at done, with the f registers
// loaded if warm.
func (c *Compiler) logOverwritten(i int, done Label, warm bool) {
	u := &c.b.Uops()[i]
	slow := c.NewLabel()
	c.load64(RAX, u.Rs1)
	if u.Imm != 0 {
		c.AluRI(ADD, RAX, int32(u.Imm))
	}
	c.load64(RCX, u.Rs2)
	c.call(CallLog)
	c.Jcc(NE, slow)
	c.later = append(c.later, later{index: int32(i), emit: (*Compiler).leaveUop, start: slow, resume: done, warm: warm})
}

// log returns the routine that logs the reference at the guest's address in RAX, which
// that in RCX is about to replace, as mutator.State.Barrier does. It returns with Z set
// if that has been done, else nothing has. RAX, RCX and RDX are used.
func log() []byte {
	const nearMask, farMask = (shardedtlb.FirstLevelEntries - 1) << 4, (shardedtlb.FarEntries - 1) << 4
	var a Asm
	far, known, overwritten, stored, missed := a.NewLabel(), a.NewLabel(), a.NewLabel(), a.NewLabel(), a.NewLabel()
	a.TestAL(7)
	a.Jcc(NE, missed)
	a.MovMR(At(rState, offStored), RCX)
	a.MovRR(RDX, RAX)
	a.AluRI(AND, RDX, -4096)
	a.AluRM(OR, RDX, At(rState, offDataID))
	a.MovRR32(RCX, RAX)
	a.ShiftRI32(SHR, RCX, 12-4)
	a.AluRI32(AND, RCX, nearMask)
	a.AluRM(CMP, RDX, Indexed(rState, RCX, offLoad))
	a.Jcc(NE, far)
	a.AluRM(ADD, RAX, Indexed(rState, RCX, offLoad+offAddend))
	a.Bind(known)
	a.MovRM(RAX, At(RAX, 0))
	a.MovRM(RDX, At(rState, offLogLen))
	a.AluRI(CMP, RDX, mutator.LogEntries-2)
	a.Jcc(A, missed)
	logIfReference(&a, overwritten)
	a.Bind(overwritten)
	a.AluMI(CMP, At(rState, offMarking), mutator.Rooting)
	a.Jcc(NE, stored)
	a.MovRM(RAX, At(rState, offStored))
	logIfReference(&a, stored)
	a.Bind(stored)
	a.MovMR(At(rState, offLogLen), RDX)
	a.AluRR(CMP, RDX, RDX)
	a.Bind(missed)
	a.Ret()

	a.Bind(far)
	a.MovRR(RCX, RDX)
	a.ShiftRI(SHR, RCX, 12-4)
	a.AluRI32(AND, RCX, farMask)
	a.AluRM(CMP, RDX, Indexed(rState, RCX, offFarLoad))
	a.Jcc(NE, missed)
	a.AluRM(ADD, RAX, Indexed(rState, RCX, offFarLoad+offAddend))
	a.Jmp(known)
	return a.Finish()
}

// logIfReference puts RAX into the log, at number RDX, if it is an address of the heap;
// else it goes to other. RCX is used.
func logIfReference(a *Asm, other Label) {
	a.MovRR(RCX, RAX)
	a.AluRM(SUB, RCX, At(rState, offHeapBase))
	a.AluRM(CMP, RCX, At(rState, offHeapSize))
	a.Jcc(AE, other)
	a.MovMR(Scaled(rState, RDX, 3, offLog), RAX)
	a.AluRI(ADD, RDX, 1)
}

// operand is the value of a slot, which the block may say.
type operand struct {
	slot  uint8
	v     uint64
	known bool
}

// operand finds out whether the block says what a slot holds before the current
// micro-operation.
func (c *Compiler) operand(slot uint8) operand {
	if slot == hart.X {
		return operand{slot, 0, true}
	}
	uops := c.b.Uops()
	for i := c.index - 1; i >= 0; i-- {
		if u := &uops[i]; writes(u, slot) {
			return operand{slot, uint64(u.Imm), u.Op == interp.OpConst}
		}
	}
	return operand{slot: slot}
}

// allocate compiles gc.new: the next slot of the Buffer for the object's size. All that
// is unusual, an empty Buffer too, is the interpreter's.
func (c *Compiler) allocate(u *interp.Uop) {
	typ, length := c.operand(u.Rs1), c.operand(u.Rs2)
	if typ.known && typ.v > math.MaxInt32/shapeSize || length.known && length.v > mutator.MaxLength {
		c.interpret()
		return
	}
	resume := c.NewLabel()
	slow := c.slowCase(resume)
	c.objectSize(typ, length, slow)
	// From here on RCX is a size that is not rounded up yet, the class of the size, its
	// Buffer.
	c.AluRI(CMP, RCX, mutator.MaxSmall+mutator.Granule-1)
	c.Jcc(A, slow)
	c.ShiftRI32(SHR, RCX, granuleBits)
	c.AluRM(ADD, RCX, At(rState, offClass))
	c.MovzxRM(RCX, At(RCX, 0), 1)
	c.ShiftRI32(SHL, RCX, bufferBits)
	c.MovRM(RAX, Indexed(rState, RCX, offCur))
	c.AluRM(CMP, RAX, Indexed(rState, RCX, offEnd))
	c.Jcc(E, slow)
	c.MovRM(RDX, Indexed(rState, RCX, offSize))
	c.AluRR(ADD, RDX, RAX)
	c.MovMR(Indexed(rState, RCX, offCur), RDX)
	c.header(typ, length)
	c.MovRM(RCX, At(rState, offHeapAddend))
	c.MovMR(Indexed(RAX, RCX, 0), RDX)
	c.put(u.Rd, RAX)
	c.Bind(resume)
}

// objectSize sets RCX to the size of an object plus what rounding up to granules adds at
// most, or goes to slow. It does not overflow: parts have 32 bits. RAX and RDX are used.
func (c *Compiler) objectSize(typ, length operand, slow Label) {
	shape := int32(0)
	if typ.known {
		c.AluMI(CMP, At(rState, offNumTypes), int32(typ.v))
		c.Jcc(BE, slow)
		c.MovRM(RAX, At(rState, offTypes))
		shape = int32(typ.v) * shapeSize
	} else {
		c.load64(RAX, typ.slot)
		c.AluRM(CMP, RAX, At(rState, offNumTypes))
		c.Jcc(AE, slow)
		c.ShiftRI(SHL, RAX, shapeBits)
		c.AluRM(ADD, RAX, At(rState, offTypes))
	}
	switch {
	case !length.known:
		c.load64(RCX, length.slot)
		c.MovRR32(RDX, RCX)
		c.AluRR(CMP, RDX, RCX)
		c.Jcc(NE, slow)
	case length.v != 0:
		c.MovRI(RCX, int64(length.v))
	}
	c.MovRM(RDX, At(RAX, shape+offFixed)) // first, see mutator.Shape
	c.TestRR(RDX, RDX)
	c.Jcc(E, slow)
	if length.known && length.v == 0 {
		c.Lea(RCX, At(RDX, mutator.Granule-1))
		return
	}
	c.MovRM(RAX, At(RAX, shape+offElem))
	c.ImulRR(RCX, RAX)
	c.Lea(RCX, Indexed(RDX, RCX, mutator.Granule-1))
}

// header sets RDX to an object's header.
func (c *Compiler) header(typ, length operand) {
	switch {
	case typ.known && length.known:
		c.MovRI(RDX, int64(typ.v|length.v<<32))
	case length.known:
		c.MovRI(RDX, int64(length.v<<32))
		c.alu(OR, RDX, typ.slot)
	default:
		c.load64(RDX, length.slot)
		c.ShiftRI(SHL, RDX, 32)
		if typ.known {
			c.AluRI(OR, RDX, int32(typ.v))
		} else {
			c.alu(OR, RDX, typ.slot)
		}
	}
}
