package interp

import (
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
	"github.com/hartwood-vm/hartwood/vcpu/mem"
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

// storesReference returns the body of an operation that stores a reference: it logs what
// store is about to overwrite, if the collector wants it (package gcpar has the reason), and
// the new value while roots are being scanned. What cannot be read cannot be written: store itself
// raises the exception, and begins anew with the log.
func storesReference(store body) body {
	return func(c *Core, in *code.Uop, pc uint64) bool {
		if c.S.Heap.Marking != mutator.Off {
			c.logOverwritten(in)
		}
		return store(c, in, pc)
	}
}

func (c *Core) logOverwritten(in *code.Uop) {
	m := &c.S.Heap
	for {
		old, f := c.LoadAtomic(c.S.R[in.Rs1]+uint64(in.Imm), 8)
		if f.Kind != mem.OK { // misaligned, a device, or not there
			return
		}
		if m.Barrier(old, c.S.R[in.Rs2]) {
			return
		}
		c.Heap.Flush()
	}
}

// storeDouble is SD.
func storeDouble(c *Core, in *code.Uop, _ uint64) bool {
	return c.store(c.S.R[in.Rs1]+uint64(in.Imm), 8, c.S.R[in.Rs2])
}

func newBody(c *Core, in *code.Uop, _ uint64) bool {
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
	register(map[isa.Op]body{
		isa.GC_SD: storesReference(storeDouble), isa.GC_SWAP: storesReference(swap64), isa.GC_CAS: storesReference(cas64),
		isa.GC_NEW: newBody,
	})
}
