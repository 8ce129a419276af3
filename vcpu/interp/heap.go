package interp

import (
	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
	"github.com/hartwood-vm/hartwood/vcpu/mutator"
)

// Heap is what a Core needs of the managed heap beyond its fast paths, which are in
// package mutator. Its methods are called by the owner of the hart, in the middle of an
// instruction: they execute no messages.
type Heap interface {
	// Alloc returns a reference to a new object, 0 if there cannot be one. False: there
	// may be room later, and the hart waits for it.
	Alloc(typ, length uint64) (ref uint64, ok bool)
	// Flush takes the values that the barrier has logged.
	Flush()
}

// CauseStall is no exception: the instruction at PC waits for memory of the managed
// heap, and is to be executed again.
const CauseStall = ^uint64(0)

// managed makes u an operation of the managed heap. A reference is stored by two
// micro-operations: the barrier, which may log values and changes nothing else, and
// the store itself.
func (b *builder) managed(u *Uop, in isa.Insn) (more bool) {
	b.loseReservation()
	if !b.heap {
		return b.system(u, in) // illegal
	}
	barrier := *u
	barrier.Op = OpBarrier
	switch in.Op {
	case isa.GC_LD:
		u.Op = isa.LD
	case isa.GC_SD:
		u.Op = isa.SD
	case isa.GC_SWAP:
		u.Op, u.Imm, barrier.Imm = isa.AMOSWAP_D, 0, 0
	case isa.GC_CAS:
		u.Rs3, barrier.Imm = xslot(in.Rd), 0
	case isa.GC_NEW:
		return true
	default:
		return b.system(u, in)
	}
	if b.strict && (u.Op == isa.LD || u.Op == isa.SD) {
		if check, ok := strictCheck(*u, u.Op.Row().Class); ok {
			b.uops = append(b.uops, check)
		}
	}
	if u.Op != isa.LD {
		b.uops = append(b.uops, barrier)
	}
	return true
}

// barrierBody logs what a store is about to overwrite, if the collector wants it
// (package gcpar has the reason), and the new value while roots are being scanned.
// What cannot be read cannot be written: the store itself raises the exception.
func barrierBody(c *Core, in *Uop, _ uint64) bool {
	m := &c.S.Heap
	if m.Marking == mutator.Off {
		return true
	}
	cause, tval := c.Cause, c.Tval
	_, host, ok := c.atomicAddr(c.S.R[in.Rs1]+uint64(in.Imm), 8, shardedtlb.Load)
	if !ok { // misaligned, a device, or not there
		c.Cause, c.Tval = cause, tval
		return true
	}
	for !m.Barrier(word64(host).Load(), c.S.R[in.Rs2]) {
		c.Heap.Flush()
	}
	return true
}

func newBody(c *Core, in *Uop, _ uint64) bool {
	r := &c.S.R
	typ, length := r[in.Rs1], r[in.Rs2]
	ref, ok := c.S.Heap.Alloc(typ, length)
	if !ok {
		if ref, ok = c.Heap.Alloc(typ, length); !ok {
			return c.fault(CauseStall, 0)
		}
	}
	r[in.Rd] = ref
	return true
}

func init() {
	// The base operations that stand in for these never come here.
	never := func(*Core, *Uop, uint64) bool { panic("BUG: no micro-operation") }
	register(map[isa.Op]body{
		OpBarrier: barrierBody, isa.GC_NEW: newBody,
		isa.GC_LD: never, isa.GC_SD: never, isa.GC_SWAP: never,
	})
}

// Managed says that the blocks are for a machine with a managed heap.
func (k *Cache) Managed() { k.heap = true }
