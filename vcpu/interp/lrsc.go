package interp

import (
	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
	"github.com/hartwood-vm/hartwood/vcpu/mem"
)

// loadReserved loads and remembers what the SC or WRS of the same block will compare with.
func loadReserved(c *Core, in *code.Uop, _ uint64) bool {
	r, size := &c.S.R, uint64(code.Of(in.Op).Size)
	v, f := c.LoadReserved(r[in.Rs1], size)
	if f.Kind != mem.OK {
		return c.raise(f, shardedtlb.Load)
	}
	if size == 4 {
		v = sext(uint32(v))
	}
	r[in.Rd] = v
	return true
}

// pairedSC stores if the word is the LR's and still has the value that LR loaded.
func pairedSC(c *Core, in *code.Uop, _ uint64) bool {
	r := &c.S.R
	done, f := c.StoreConditional(r[in.Rs1], uint64(code.Of(in.Op).Size), r[in.Rs2])
	if f.Kind != mem.OK {
		return c.raise(f, shardedtlb.Store)
	}
	r[in.Rd] = b2u(!done)
	return true
}

// waitIsOver reports whether the word of size bytes that an LR of the running block
// has loaded is another by now.
func (c *Core) waitIsOver(size uint8) bool {
	return c.ReservedChanged(uint64(size))
}

// loneSC is an SC that no reservation can have reached: it fails, after the
// checks that every SC makes.
func loneSC(c *Core, in *code.Uop, _ uint64) bool {
	if f := c.CheckUpdate(c.S.R[in.Rs1], uint64(code.Of(in.Op).Size)); f.Kind != mem.OK {
		return c.raise(f, shardedtlb.Store)
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
				c.EndReservation()
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
	c.EndReservation()
	return true
}

// stepOne executes in, which cannot fault, at PC.
func (c *Core) stepOne(in isa.Insn, raw uint32) { c.run(c.single(in, raw, c.mode), c.S.PC, whole) }

// fetchRaw reads the encoding at pc; ok is false if the fetch faults.
func (c *Core) fetchRaw(pc uint64) (raw uint32, ok bool) {
	raw, f := c.Encoding(pc)
	if f.Kind != mem.OK {
		return 0, c.raise(f, shardedtlb.Fetch)
	}
	return raw, true
}
