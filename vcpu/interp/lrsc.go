package interp

import (
	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// loadReserved loads and remembers what the SC or WRS of the same block will compare with.
func loadReserved(c *Core, in *code.Uop, _ uint64) bool {
	s, size := c.S, uint64(code.Of(in.Op).Size)
	_, host, ok := c.atomicAddr(s.R[in.Rs1], size, shardedtlb.Load)
	if !ok {
		return false
	}
	s.ResHost = uintptr(host)
	s.ResVal = loadHost(host, size)
	v := s.ResVal
	if size == 4 {
		v = uint64(int32(v))
	}
	s.R[in.Rd] = v
	return true
}

// pairedSC stores if the word is the LR's and still has the value that LR loaded.
func pairedSC(c *Core, in *code.Uop, _ uint64) bool {
	s := c.S
	size := uint64(code.Of(in.Op).Size)
	pa, host, ok := c.atomicAddr(s.R[in.Rs1], size, shardedtlb.Store)
	if !ok {
		return false
	}
	swapped := false
	if uintptr(host) == s.ResHost {
		p := c.beginAtomic(pa, size)
		if size == 4 {
			swapped = word32(host).CompareAndSwap(uint32(s.ResVal), uint32(s.R[in.Rs2]))
		} else {
			swapped = word64(host).CompareAndSwap(s.ResVal, s.R[in.Rs2])
		}
		c.endAtomic(p, pa, size)
	}
	s.ResHost = 0
	s.R[in.Rd] = 1
	if swapped {
		s.R[in.Rd] = 0
	}
	return true
}

// waitIsOver reports whether the word of size bytes that an LR of the running block
// has loaded is another by now.
func (c *Core) waitIsOver(size uint8) bool {
	return c.S.ResHost != 0 && loadHost(uint64(c.S.ResHost), uint64(size)) != c.S.ResVal
}

// loneSC is an SC that no reservation can have reached: it fails, after the
// checks that every SC makes.
func loneSC(c *Core, in *code.Uop, _ uint64) bool {
	if _, _, ok := c.atomicAddr(c.S.R[in.Rs1], uint64(code.Of(in.Op).Size), shardedtlb.Store); !ok {
		return false
	}
	c.S.R[in.Rd] = 1
	return true
}

// stepLR executes the LR that the block has stopped at, which is c.open, and steps
// on from there; false if the LR or the SC raised an exception.
func (c *Core) stepLR() bool {
	u := c.open
	if !loadReserved(c, &u, 0) {
		return false
	}
	c.S.PC += 4 // there is no shorter one
	c.S.Count++
	return c.stepReserved(code.Of(u.Op).Size)
}

// stepReserved executes instructions one by one, with a reservation of size bytes,
// as long as they only compute: an SC to the same word then stores if the word
// still has its value. At the first instruction that is not allowed there it
// returns true, with PC at that instruction and the reservation gone; false if
// the SC raised an exception.
func (c *Core) stepReserved(size uint8) bool {
	s := c.S
	for range code.MaxReserved {
		raw, ok := c.fetchRaw(s.PC)
		if !ok { // the fetch faults again in the main loop, which reports it
			break
		}
		in := isa.Decode(raw)
		if in.Op == isa.SC_W || in.Op == isa.SC_D {
			u := &c.single(in, raw, c.mode).Uops()[0]
			if code.Of(u.Op).Size != size {
				s.ResHost = 0
			}
			if !pairedSC(c, u, 0) {
				return false
			}
			s.PC += in.Len()
			s.Count++
			return true
		}
		if !code.KeepsReservation(in) {
			break
		}
		pc := s.PC
		if c.stepOne(in, raw); s.PC <= pc {
			break
		}
	}
	s.ResHost = 0
	return true
}

// stepOne executes in, which cannot fault, at PC.
func (c *Core) stepOne(in isa.Insn, raw uint32) { c.run(c.single(in, raw, c.mode), c.S.PC, whole) }

// Encoding reads the encoding at pc as a fetch would; ok is false if that faults.
func (c *Core) Encoding(pc uint64) (raw uint32, ok bool) { return c.fetchRaw(pc) }

// fetchRaw reads the encoding at pc; ok is false if the fetch faults.
func (c *Core) fetchRaw(pc uint64) (raw uint32, ok bool) {
	lo, ok := c.fetchAddr(pc)
	if !ok {
		return 0, false
	}
	raw = uint32(c.Cache.Half(lo))
	if raw&3 != 3 {
		return raw, true
	}
	hi := lo + 2
	if pc%physmem.PageSize == physmem.PageSize-2 || c.MMU.SplitsPage(lo) {
		if hi, ok = c.fetchAddr(pc + 2); !ok {
			return 0, false
		}
	}
	return raw | uint32(c.Cache.Half(hi))<<16, true
}
