package amd64

import (
	"math"

	"github.com/hartwood-vm/hartwood/jitworker/host/amd64/x86"
	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/vcpu/code"
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
// of one micro-operation, and native code polls at the beginning of blocks only. Where either
// leaves it does so for the interpreter to execute that one micro-operation, from its barrier on, and
// to come back (NativeUop), during which the hart executes no messages.

// barrier compiles what comes before the swap u of a reference. Ordinary stores do it
// themselves, see storeReferenceAside. What it cannot do goes to slow.
func (c *Compiler) barrier(slow x86.Label) {
	marking, done := c.NewLabel(), c.NewLabel()
	c.testMarking(x86.NE, marking)
	c.Bind(done)
	l := c.aside((*Compiler).barrierAside)
	l.start, l.end, l.slow = marking, done, slow
}

func (c *Compiler) barrierAside(l *aside) {
	u := &c.plan.Uops()[l.index]
	c.Bind(l.start)
	c.probeAligned(u, 8, stores, l.slow) // so that nothing is logged twice
	c.logOverwritten(u, l.slow)
	c.Jmp(l.end)
}

// testMarking goes to l if the collector marks (NE) or does not (E).
func (c *Compiler) testMarking(cond x86.Cond, l x86.Label) {
	c.AluMI(x86.CMP, x86.At(rState, offMarking), mutator.Off)
	c.Jcc(cond, l)
}

// logOverwritten runs the routine log for the store u of a reference. Where that cannot do it
// code goes to slow.
func (c *Compiler) logOverwritten(u *code.Uop, slow x86.Label) {
	c.load64(x86.RAX, u.Rs1)
	if u.Imm != 0 {
		c.AluRI(x86.ADD, x86.RAX, int32(u.Imm))
	}
	c.load64(x86.RCX, u.Rs2)
	c.call(CallLog)
	c.Jcc(x86.NE, slow)
}

// log returns the routine that logs the reference at the guest's address in RAX, which
// that in RCX is about to replace, as mutator.State.Barrier does. It returns with Z set
// if that has been done, else nothing has. RAX, RCX and RDX are used.
func log() []byte {
	const nearMask, farMask = (shardedtlb.FirstLevelEntries - 1) << 4, (shardedtlb.FarEntries - 1) << 4
	var a x86.Asm
	far, known, overwritten, stored, missed := a.NewLabel(), a.NewLabel(), a.NewLabel(), a.NewLabel(), a.NewLabel()
	a.TestAL(7)
	a.Jcc(x86.NE, missed)
	a.MovMR(x86.At(rState, offStored), x86.RCX)
	a.MovRR(x86.RDX, x86.RAX)
	a.AluRI(x86.AND, x86.RDX, -4096)
	a.AluRM(x86.OR, x86.RDX, x86.At(rState, offDataID))
	a.MovRR32(x86.RCX, x86.RAX)
	a.ShiftRI32(x86.SHR, x86.RCX, 12-4)
	a.AluRI32(x86.AND, x86.RCX, nearMask)
	a.AluRM(x86.CMP, x86.RDX, x86.Indexed(rState, x86.RCX, offLoad))
	a.Jcc(x86.NE, far)
	a.AluRM(x86.ADD, x86.RAX, x86.Indexed(rState, x86.RCX, offLoad+offAddend))
	a.Bind(known)
	a.MovRM(x86.RAX, x86.At(x86.RAX, 0))
	a.MovRM(x86.RDX, x86.At(rState, offLogLen))
	a.AluRI(x86.CMP, x86.RDX, mutator.LogEntries-2)
	a.Jcc(x86.A, missed)
	logIfReference(&a, overwritten)
	a.Bind(overwritten)
	a.AluMI(x86.CMP, x86.At(rState, offMarking), mutator.Rooting)
	a.Jcc(x86.NE, stored)
	a.MovRM(x86.RAX, x86.At(rState, offStored))
	logIfReference(&a, stored)
	a.Bind(stored)
	a.MovMR(x86.At(rState, offLogLen), x86.RDX)
	a.AluRR(x86.CMP, x86.RDX, x86.RDX)
	a.Bind(missed)
	a.Ret()

	a.Bind(far)
	a.MovRR(x86.RCX, x86.RDX)
	a.ShiftRI(x86.SHR, x86.RCX, 12-4)
	a.AluRI32(x86.AND, x86.RCX, farMask)
	a.AluRM(x86.CMP, x86.RDX, x86.Indexed(rState, x86.RCX, offFarLoad))
	a.Jcc(x86.NE, missed)
	a.AluRM(x86.ADD, x86.RAX, x86.Indexed(rState, x86.RCX, offFarLoad+offAddend))
	a.Jmp(known)
	return a.Finish()
}

// logIfReference puts RAX into the log, at number RDX, if it is an address of the heap;
// else it goes to other. RCX is used.
func logIfReference(a *x86.Asm, other x86.Label) {
	a.MovRR(x86.RCX, x86.RAX)
	a.AluRM(x86.SUB, x86.RCX, x86.At(rState, offHeapBase))
	a.AluRM(x86.CMP, x86.RCX, x86.At(rState, offHeapSize))
	a.Jcc(x86.AE, other)
	a.MovMR(x86.Scaled(rState, x86.RDX, 3, offLog), x86.RAX)
	a.AluRI(x86.ADD, x86.RDX, 1)
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
	v, known := c.plan.Value(c.index, slot)
	return operand{slot, v, known}
}

// allocate compiles gc.new: the next slot of the Buffer for the object's size. All that
// is unusual, an empty Buffer too, is left to the interpreter.
func (c *Compiler) allocate(u *code.Uop) {
	typ, length := c.operand(u.Rs1), c.operand(u.Rs2)
	if typ.known && typ.v > math.MaxInt32/shapeSize || length.known && length.v > mutator.MaxLength {
		c.interpret()
		return
	}
	resume := c.NewLabel()
	slow := c.interpretAside(resume)
	c.objectSize(typ, length, slow)
	// From here on RCX is a size that is not rounded up yet, the class of the size, its
	// Buffer.
	c.AluRI(x86.CMP, x86.RCX, mutator.MaxSmall+mutator.Granule-1)
	c.Jcc(x86.A, slow)
	c.ShiftRI32(x86.SHR, x86.RCX, granuleBits)
	c.AluRM(x86.ADD, x86.RCX, x86.At(rState, offClass))
	c.MovzxRM(x86.RCX, x86.At(x86.RCX, 0), 1)
	c.ShiftRI32(x86.SHL, x86.RCX, bufferBits)
	c.MovRM(x86.RAX, x86.Indexed(rState, x86.RCX, offCur))
	c.AluRM(x86.CMP, x86.RAX, x86.Indexed(rState, x86.RCX, offEnd))
	c.Jcc(x86.E, slow)
	c.MovRM(x86.RDX, x86.Indexed(rState, x86.RCX, offSize))
	c.AluRR(x86.ADD, x86.RDX, x86.RAX)
	c.MovMR(x86.Indexed(rState, x86.RCX, offCur), x86.RDX)
	c.header(typ, length)
	c.MovRM(x86.RCX, x86.At(rState, offHeapAddend))
	c.MovMR(x86.Indexed(x86.RAX, x86.RCX, 0), x86.RDX)
	c.put(u.Rd, x86.RAX)
	c.Bind(resume)
}

// objectSize sets RCX to the size of an object plus what rounding up to granules adds at
// most, or goes to slow. It does not overflow: parts have 32 bits. RAX and RDX are used.
func (c *Compiler) objectSize(typ, length operand, slow x86.Label) {
	shape := int32(0)
	if typ.known {
		c.AluMI(x86.CMP, x86.At(rState, offNumTypes), int32(typ.v))
		c.Jcc(x86.BE, slow)
		c.MovRM(x86.RAX, x86.At(rState, offTypes))
		shape = int32(typ.v) * shapeSize
	} else {
		c.load64(x86.RAX, typ.slot)
		c.AluRM(x86.CMP, x86.RAX, x86.At(rState, offNumTypes))
		c.Jcc(x86.AE, slow)
		c.ShiftRI(x86.SHL, x86.RAX, shapeBits)
		c.AluRM(x86.ADD, x86.RAX, x86.At(rState, offTypes))
	}
	switch {
	case !length.known:
		c.load64(x86.RCX, length.slot)
		c.MovRR32(x86.RDX, x86.RCX)
		c.AluRR(x86.CMP, x86.RDX, x86.RCX)
		c.Jcc(x86.NE, slow)
	case length.v != 0:
		c.MovRI(x86.RCX, int64(length.v))
	}
	c.MovRM(x86.RDX, x86.At(x86.RAX, shape+offFixed)) // first, see mutator.Shape
	c.TestRR(x86.RDX, x86.RDX)
	c.Jcc(x86.E, slow)
	if length.known && length.v == 0 {
		c.Lea(x86.RCX, x86.At(x86.RDX, mutator.Granule-1))
		return
	}
	c.MovRM(x86.RAX, x86.At(x86.RAX, shape+offElem))
	c.ImulRR(x86.RCX, x86.RAX)
	c.Lea(x86.RCX, x86.Indexed(x86.RDX, x86.RCX, mutator.Granule-1))
}

// header sets RDX to an object's header.
func (c *Compiler) header(typ, length operand) {
	switch {
	case typ.known && length.known:
		c.MovRI(x86.RDX, int64(typ.v|length.v<<32))
	case length.known:
		c.MovRI(x86.RDX, int64(length.v<<32))
		c.alu(x86.OR, x86.RDX, typ.slot)
	default:
		c.load64(x86.RDX, length.slot)
		c.ShiftRI(x86.SHL, x86.RDX, 32)
		if typ.known {
			c.AluRI(x86.OR, x86.RDX, int32(typ.v))
		} else {
			c.alu(x86.OR, x86.RDX, typ.slot)
		}
	}
}
