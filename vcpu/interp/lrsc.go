package interp

import (
	"encoding/binary"

	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// loadReserved loads and remembers what the SC or WRS of the same block will compare with.
func loadReserved(c *Core, in *Uop, _ uint64) bool {
	s := c.S
	_, host, ok := c.atomicAddr(s.R[in.Rs1], uint64(in.Rs3), shardedtlb.Load)
	if !ok {
		return false
	}
	s.ResHost = uintptr(host)
	s.ResVal = loadHost(host, uint64(in.Rs3))
	v := s.ResVal
	if in.Rs3 == 4 {
		v = uint64(int32(v))
	}
	s.R[in.Rd] = v
	return true
}

// pairedSC stores if the word is the LR's and still has the value that LR loaded.
func pairedSC(c *Core, in *Uop, _ uint64) bool {
	s := c.S
	size := uint64(in.Rs3)
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
func loneSC(c *Core, in *Uop, _ uint64) bool {
	if _, _, ok := c.atomicAddr(c.S.R[in.Rs1], uint64(in.Rs3), shardedtlb.Store); !ok {
		return false
	}
	c.S.R[in.Rd] = 1
	return true
}

// maxReserved bounds the instructions that a reservation survives; constrained
// loops have at most 16.
const maxReserved = 64

// stepLR executes the LR that the block has stopped at, which is c.open, and steps
// on from there; false if the LR or the SC raised an exception.
func (c *Core) stepLR() bool {
	u := c.open
	if !loadReserved(c, &u, 0) {
		return false
	}
	c.S.PC += uint64(u.Rs2)
	c.S.Count++
	return c.stepReserved(u.Rs3)
}

// stepReserved executes instructions one by one, with a reservation of size bytes,
// as long as they only compute: an SC to the same word then stores if the word
// still has its value. At the first instruction that is not allowed there it
// returns true, with PC at that instruction and the reservation gone; false if
// the SC raised an exception.
func (c *Core) stepReserved(size uint8) bool {
	s := c.S
	if c.stepper == nil {
		c.stepper = newStepper()
	}
	for range maxReserved {
		raw, ok := c.fetchRaw(s.PC)
		if !ok { // the fetch faults again in the main loop, which reports it
			break
		}
		in := isa.Decode(raw)
		if in.Op == isa.SC_W || in.Op == isa.SC_D {
			u := c.stepper.load(in)
			if u.Rs3 != size {
				s.ResHost = 0
			}
			if !pairedSC(c, u, 0) {
				return false
			}
			s.PC += in.Len()
			s.Count++
			return true
		}
		if !stepAllowed(in) {
			break
		}
		pc := s.PC
		if c.stepOne(in); s.PC <= pc {
			break
		}
	}
	s.ResHost = 0
	return true
}

// stepAllowed reports whether in may stand between an LR and its SC: integer
// computation, branches that do not go back, and jumps forward.
func stepAllowed(in isa.Insn) bool {
	switch in.Op.Row().Class {
	case isa.ClassALU, isa.ClassMul, isa.ClassDiv, isa.ClassBranch:
		return true
	case isa.ClassJump:
		return in.Op == isa.JAL && in.Imm > 0
	}
	return false
}

// maxLoop bounds the bytes of a constrained loop, which has 16 instructions at most, one
// behind the other: nothing in it leads further.
const maxLoop = 16 * 4

// within reports whether distance bytes forward is still in a loop.
func within(distance int64) bool { return distance > 0 && distance < maxLoop }

// meetsSC reports whether an SC may be reached from off bytes behind the block's start with
// a reservation, which survives only what may stand between an LR and its SC. Where there is
// too much to look at it may.
func (b *builder) meetsSC(off uint64) bool {
	looks := maxReserved
	return b.looksForSC(off, &looks)
}

func (b *builder) looksForSC(off uint64, looks *int) bool {
	for *looks > 0 {
		*looks--
		in, ok := b.instruction(off)
		switch {
		case !ok || in.Op == isa.SC_W || in.Op == isa.SC_D:
			return true
		case !stepAllowed(in):
			return false
		}
		switch in.Op.Row().Class {
		case isa.ClassBranch:
			if within(int64(in.Imm)) && b.looksForSC(off+uint64(in.Imm), looks) {
				return true
			}
		case isa.ClassJump:
			if !within(int64(in.Imm)) {
				return false
			}
			off += uint64(in.Imm)
			continue
		}
		off += in.Len()
	}
	return true
}

// instruction decodes what lies off bytes behind the block's start, on which the block
// depends from then on; false if the code is not there.
func (b *builder) instruction(off uint64) (in isa.Insn, ok bool) {
	if off+2 > uint64(len(b.code)) {
		return in, false
	}
	raw := uint32(binary.LittleEndian.Uint16(b.code[off:]))
	if raw&3 == 3 {
		if off+4 > uint64(len(b.code)) {
			return in, false
		}
		raw = binary.LittleEndian.Uint32(b.code[off:])
	}
	in = isa.Decode(raw)
	b.seen = max(b.seen, off+in.Len())
	return in, true
}

// stop is where every exit of a block that is stepped leads: back to the caller.
var stop = &Block{uops: []Uop{{Op: OpStop}}}

// stepper is the block that single instructions are executed in, kept so that
// stepping allocates nothing.
type stepper struct {
	block Block
	uops  [4]Uop // a check, the instruction, its end
	raw   [4]byte
}

func newStepper() *stepper {
	t := new(stepper)
	for i := range t.block.links {
		t.block.links[i].Store(stop)
	}
	return t
}

// load makes in the only instruction of the block and returns its first micro-operation.
func (t *stepper) load(in isa.Insn) *Uop {
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
	c.run(&c.stepper.block, c.S.PC, whole)
}

// Encoding reads the encoding at pc as a fetch would; ok is false if that faults.
func (c *Core) Encoding(pc uint64) (raw uint32, ok bool) { return c.fetchRaw(pc) }

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
	if pc%physmem.PageSize == physmem.PageSize-2 || c.MMU.SplitsPage(lo) {
		if hi, ok = c.fetchAddr(pc + 2); !ok {
			return 0, false
		}
	}
	return raw | uint32(c.Cache.half(hi))<<16, true
}
