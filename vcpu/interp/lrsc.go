package interp

import (
	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// pairedLR loads and remembers what the SC of the same block will compare with.
func pairedLR(c *Core, in *uop, _ uint64) bool {
	s := c.S
	_, host, ok := c.atomicAddr(s.R[in.rs1], uint64(in.rs3), shardedtlb.Load)
	if !ok {
		return false
	}
	s.ResHost = uintptr(host)
	s.ResVal = loadHost(host, uint64(in.rs3))
	v := s.ResVal
	if in.rs3 == 4 {
		v = uint64(int32(v))
	}
	s.R[in.rd] = v
	return true
}

// pairedSC stores if the word is the LR's and still has the value that LR loaded.
func pairedSC(c *Core, in *uop, _ uint64) bool {
	s := c.S
	size := uint64(in.rs3)
	pa, host, ok := c.atomicAddr(s.R[in.rs1], size, shardedtlb.Store)
	if !ok {
		return false
	}
	swapped := false
	if uintptr(host) == s.ResHost {
		if size == 4 {
			swapped = word32(host).CompareAndSwap(uint32(s.ResVal), uint32(s.R[in.rs2]))
		} else {
			swapped = word64(host).CompareAndSwap(s.ResVal, s.R[in.rs2])
		}
	}
	s.ResHost = 0
	if swapped {
		c.atomicDone(pa, size)
		s.R[in.rd] = 0
	} else {
		s.R[in.rd] = 1
	}
	return true
}

// loneSC is an SC that no reservation can have reached: it fails, after the
// checks that every SC makes.
func loneSC(c *Core, in *uop, _ uint64) bool {
	if _, _, ok := c.atomicAddr(c.S.R[in.rs1], uint64(in.rs3), shardedtlb.Store); !ok {
		return false
	}
	c.S.R[in.rd] = 1
	return true
}

// maxReserved bounds the instructions that a reservation survives; constrained
// loops have at most 16.
const maxReserved = 64

// stepReserved executes the LR at PC and the instructions that follow, one by
// one, as long as they only compute: an SC to the same word then stores if the
// word still has its value. At the first instruction that is not allowed there
// it returns true, with PC at that instruction and the reservation gone; false
// if the LR or the SC raised an exception.
func (c *Core) stepReserved() bool {
	s := c.S
	if c.stepper == nil {
		c.stepper = newStepper()
	}
	var size uint8
	for n := 0; n < maxReserved; n++ {
		raw, ok := c.fetchRaw(s.PC)
		if !ok {
			// The fetch faults again in the main loop, which reports it.
			s.ResHost = 0
			return n > 0
		}
		in := isa.Decode(raw)
		switch row := in.Op.Row(); {
		case n == 0: // the LR itself
			u := c.stepper.load(in)
			if size = u.rs3; !pairedLR(c, u, 0) {
				return false
			}
		case in.Op == isa.SC_W || in.Op == isa.SC_D:
			u := c.stepper.load(in)
			if u.rs3 != size {
				s.ResHost = 0
			}
			if !pairedSC(c, u, 0) {
				return false
			}
			s.PC += in.Len()
			s.Count++
			return true
		case !c.stepAllowed(row, in):
			s.ResHost = 0
			return true
		default:
			c.stepOne(in)
			continue
		}
		s.PC += in.Len()
		s.Count++
	}
	s.ResHost = 0
	return true
}

// stepAllowed reports whether in may stand between an LR and its SC: integer
// computation and forward branches.
func (c *Core) stepAllowed(row *isa.Row, in isa.Insn) bool {
	switch row.Class {
	case isa.ClassALU, isa.ClassMul, isa.ClassDiv:
		return true
	case isa.ClassBranch:
		return in.Imm > 0
	case isa.ClassJump:
		return in.Op == isa.JAL && in.Imm > 0
	}
	return false
}

// stop is where every exit of a block that is stepped leads: back to the caller.
var stop = &Block{uops: []uop{{op: uopStop}}}

// stepper is the block that single instructions are executed in, kept so that
// stepping allocates nothing.
type stepper struct {
	block Block
	uops  [2]uop
}

func newStepper() *stepper {
	t := new(stepper)
	for i := range t.block.links {
		t.block.links[i].Store(stop)
	}
	return t
}

// load makes in the only instruction of the block and returns its first micro-operation.
func (t *stepper) load(in isa.Insn) *uop {
	b := builder{uops: t.uops[:0], lr: -1}
	if b.add(in) {
		b.end()
	}
	t.block.uops = b.uops
	return &t.block.uops[0]
}

// stepOne executes in, which cannot fault, at PC.
func (c *Core) stepOne(in isa.Insn) {
	c.stepper.load(in)
	c.run(&c.stepper.block, c.S.PC)
}

// fetchRaw reads the encoding at pc; ok is false if the fetch faults.
func (c *Core) fetchRaw(pc uint64) (raw uint32, ok bool) {
	lo, ok := c.fetchAddr(pc)
	if !ok {
		return 0, false
	}
	raw = uint32(c.Cache.half(lo))
	if raw&3 != 3 {
		return raw, true
	}
	hi := lo + 2
	if pc%physmem.PageSize == physmem.PageSize-2 {
		if hi, ok = c.fetchAddr(pc + 2); !ok {
			return 0, false
		}
	}
	return raw | uint32(c.Cache.half(hi))<<16, true
}
