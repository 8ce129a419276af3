package interp

import (
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// Watcher is asked before anything is done, while a Core has one: each answer true raises a
// breakpoint in its place.
type Watcher interface {
	// Next comes before the next instruction.
	Next() (stop bool)
	// Execute comes before the instruction of size bytes at pc; size is 0 if it cannot be
	// fetched.
	Execute(pc, size uint64) (stop bool)
	// Access comes before an access to size bytes at va. block says that it is an operation on
	// the whole cache block, which va and size are.
	Access(va, size uint64, load, store, block bool) (stop bool)
}

// runWatched is Run with Watch set: instruction by instruction.
func (c *Core) runWatched() Exit {
	s := c.S
	s.ResHost = 0
	reserved := uint8(0) // bytes of the reservation, which counts within this call
	for s.Count < s.Limit.Load() {
		if c.Watch.Next() {
			return c.breakpoint(0)
		}
		raw, fetched := c.fetchRaw(s.PC)
		in := isa.Insn{}
		size := uint64(0)
		if fetched {
			in = isa.Decode(raw)
			size = in.Len()
		}
		if c.Watch.Execute(s.PC, size) {
			return c.breakpoint(s.PC)
		}
		if !fetched {
			return ExitException
		}
		if a := c.accessOf(in, raw); a.size != 0 && c.Watch.Access(a.va, a.size, a.load, a.store, a.block) {
			return c.breakpoint(a.at)
		}
		switch in.Op {
		case isa.LR_W, isa.LR_D:
			u := c.single(in)
			if !loadReserved(c, u, 0) {
				return ExitException
			}
			reserved = u.Rs3
		case isa.SC_W, isa.SC_D:
			u := c.single(in)
			if u.Rs3 != reserved {
				s.ResHost = 0
			}
			if !pairedSC(c, u, 0) {
				return ExitException
			}
			reserved = 0
		default:
			if !stepAllowed(in) {
				s.ResHost, reserved = 0, 0
			}
			if e := c.execute(in, raw, c.Cache.strict); e != ExitPoll {
				return e
			}
			continue
		}
		s.PC += in.Len()
		s.Count++
	}
	return ExitPoll
}

// single returns the one micro-operation of in.
func (c *Core) single(in isa.Insn) *Uop {
	if c.stepper == nil {
		c.stepper = newStepper()
	}
	return c.stepper.load(in)
}

func (c *Core) breakpoint(tval uint64) Exit {
	c.fault(CauseBreakpoint, tval)
	return ExitException
}

// access is what an instruction does to memory.
type access struct {
	at                 uint64 // effective address
	va, size           uint64 // what is accessed
	load, store, block bool
}

// accessOf returns the access of in, whose encoding is raw; size is 0 if it makes none.
func (c *Core) accessOf(in isa.Insn, raw uint32) (a access) {
	a.at = c.S.R[xslot(in.Rs1)]
	a.size = uint64(max(accessSize[in.Op], 1))
	switch in.Op.Row().Class {
	case isa.ClassLoad, isa.ClassFPLoad:
		a.at += uint64(int64(in.Imm))
		a.load = true
	case isa.ClassStore, isa.ClassFPStore:
		a.at += uint64(int64(in.Imm))
		a.store = true
	case isa.ClassAtomic: // funct3 is the width's logarithm
		a.size = 1 << (raw >> 12 & 7)
		a.load, a.store = in.Op != isa.SC_W && in.Op != isa.SC_D, in.Op != isa.LR_W && in.Op != isa.LR_D
	case isa.ClassCache:
		a.store, a.block, a.size = true, true, CacheBlockSize
	case isa.ClassHeap:
		a.size = 8
		a.load = in.Op == isa.GC_LD || in.Op == isa.GC_SWAP || in.Op == isa.GC_CAS
		a.store = in.Op == isa.GC_SD || in.Op == isa.GC_SWAP || in.Op == isa.GC_CAS
		if in.Op == isa.GC_LD || in.Op == isa.GC_SD {
			a.at += uint64(int64(in.Imm))
		}
	}
	if !a.load && !a.store {
		return access{}
	}
	if a.va = a.at; a.block {
		a.va = cacheBlock(a.at)
	}
	return a
}
