package interp

import (
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
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
	c.EndReservation()
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
		if a := c.accessOf(in); a.size != 0 && c.Watch.Access(a.va, a.size, a.load, a.store, a.block) {
			return c.breakpoint(a.at)
		}
		switch in.Op {
		case isa.LR_W, isa.LR_D:
			u := &c.single(in, raw, c.mode).Uops()[0]
			if !loadReserved(c, u, 0) {
				return ExitException
			}
			reserved = code.Of(u.Op).Size
		case isa.SC_W, isa.SC_D:
			u := &c.single(in, raw, c.mode).Uops()[0]
			if code.Of(u.Op).Size != reserved {
				c.EndReservation()
			}
			if !pairedSC(c, u, 0) {
				return ExitException
			}
			reserved = 0
		default:
			if !code.KeepsReservation(in) {
				c.EndReservation()
				reserved = 0
			}
			if e := c.execute(in, raw, c.mode); e != ExitPoll {
				return e
			}
			continue
		}
		s.PC += in.Len()
		s.Count++
	}
	return ExitPoll
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

// accessOf returns the access of in; size is 0 if it makes none.
func (c *Core) accessOf(in isa.Insn) (a access) {
	i := code.Of(in.Op)
	a.at, a.size = c.S.R[hart.X+in.Rs1], uint64(i.Size)
	a.load, a.store = i.Reads, i.Writes
	switch i.Kind {
	case code.Load, code.Store:
		a.at += uint64(int64(in.Imm))
	case code.Cache:
		a.block = true
	case code.Atomic:
	default:
		return access{}
	}
	if a.va = a.at; a.block {
		a.va = cacheBlock(a.at)
	}
	return a
}
