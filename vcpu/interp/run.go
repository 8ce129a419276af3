package interp

import (
	"math/bits"
	"unsafe"

	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/blocks"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

const (
	pageMask = physmem.PageSize - 1
	tlbMask  = shardedtlb.FirstLevelEntries - 1
)

func b2u(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

func sext(v uint32) uint64 { return uint64(int64(int32(v))) }

// Run executes instructions from PC until something is the caller's to do.
func (c *Core) Run() Exit {
	s := c.S
	c.found = nil
	c.checkGeneration()
	if c.Watch != nil {
		return c.runWatched()
	}
	if e := c.Cache.Engine(); e != nil {
		c.counts = 1
		c.threshold = e.Threshold()
		c.sample.begin(s.Count, c.Cache.Sampled())
	}
	for {
		if s.Count >= s.Limit.Load() {
			return ExitPoll
		}
		pc, b := s.PC, c.found
		if c.found = nil; b == nil {
			if b = c.fetchCached(pc); b == nil {
				return ExitException
			}
		}
		e := c.run(b, pc, whole)
		for e == exitNative {
			before := s.Count
			e = c.runNative(c.native)
			c.Native.Insns += s.Count - before
			if e == exitRest {
				e = c.run(c.rest.block, c.rest.base, c.rest.uop)
			}
		}
		switch e {
		case exitAgain:
		case exitStep:
			if e := c.step(); e != ExitPoll {
				return e
			}
		case exitOpenLR:
			if !c.stepLR() {
				return ExitException
			}
		case exitReserved:
			if !c.stepReserved(c.reserved) {
				return ExitException
			}
		case ExitPoll, ExitException, ExitSystem:
			return e
		}
	}
}

// fetchCached returns the block at pc, or nil with an exception recorded.
func (c *Core) fetchCached(pc uint64) *blocks.Block {
	if b := c.known(pc); b != nil {
		return b
	}
	return c.fetch(pc)
}

// known returns the block at pc if the hart's table has it, or nil.
func (c *Core) known(pc uint64) *blocks.Block {
	if e := c.jump.Place(pc); e.Is(pc, c.S.TLB.FetchID) {
		if b := e.Block(); !b.Dead() {
			return b
		}
	}
	return nil
}

// whole makes run execute a block from its start.
const whole = -1

// run executes b, whose first instruction has the virtual address pc, and the
// blocks that follow it. It begins with b's micro-operation first; whole stands for
// the block's start, whose native code has precedence.
//
// This is the interpreter's one hot loop: a switch that the compiler turns into a
// jump table, over the micro-operations of the common instructions. What is not
// in it is a body of its own in the table bodies. The pointer in never passes the
// last micro-operation, which leaves the block.
func (c *Core) run(b *blocks.Block, pc uint64, first int) Exit {
	s := c.S
	r := &s.R
	tlb := &s.TLB
	var (
		in   *code.Uop
		next *blocks.Block
		va   uint64
		v    uint64
		ok   bool
		e    *shardedtlb.Entry
		j    *blocks.JumpEntry
		n    uint64 // executions that this one of the block counts for
	)
	if first != whole {
		if c.Cache.Sampled() == 0 {
			n = c.counts // native code has counted the block exactly
		}
		in = &b.Uops()[first]
		goto execute
	}
enter:
	n = c.counts
	if c.native = b.Native(); c.native != nil {
		if n, ok = c.sampled(c.native, pc); !ok {
			s.PC = pc
			return exitNative
		}
	}
	in = &b.Uops()[0]
execute:
	for {
		switch in.Op {
		case code.OpConst:
			r[in.Rd] = uint64(in.Imm)
		case code.OpPCConst:
			r[in.Rd] = pc + uint64(in.Imm)
		case code.OpMove:
			r[in.Rd] = r[in.Rs1]
		case code.OpZextW:
			r[in.Rd] = uint64(uint32(r[in.Rs1]))
		case isa.ADD:
			r[in.Rd] = r[in.Rs1] + r[in.Rs2]
		case isa.SUB:
			r[in.Rd] = r[in.Rs1] - r[in.Rs2]
		case isa.SLL:
			r[in.Rd] = r[in.Rs1] << (r[in.Rs2] & 63)
		case isa.SLT:
			r[in.Rd] = b2u(int64(r[in.Rs1]) < int64(r[in.Rs2]))
		case isa.SLTU:
			r[in.Rd] = b2u(r[in.Rs1] < r[in.Rs2])
		case isa.XOR:
			r[in.Rd] = r[in.Rs1] ^ r[in.Rs2]
		case isa.SRL:
			r[in.Rd] = r[in.Rs1] >> (r[in.Rs2] & 63)
		case isa.SRA:
			r[in.Rd] = uint64(int64(r[in.Rs1]) >> (r[in.Rs2] & 63))
		case isa.OR:
			r[in.Rd] = r[in.Rs1] | r[in.Rs2]
		case isa.AND:
			r[in.Rd] = r[in.Rs1] & r[in.Rs2]
		case isa.ADDI:
			r[in.Rd] = r[in.Rs1] + uint64(in.Imm)
		case isa.SLTI:
			r[in.Rd] = b2u(int64(r[in.Rs1]) < in.Imm)
		case isa.SLTIU:
			r[in.Rd] = b2u(r[in.Rs1] < uint64(in.Imm))
		case isa.XORI:
			r[in.Rd] = r[in.Rs1] ^ uint64(in.Imm)
		case isa.ORI:
			r[in.Rd] = r[in.Rs1] | uint64(in.Imm)
		case isa.ANDI:
			r[in.Rd] = r[in.Rs1] & uint64(in.Imm)
		case isa.SLLI:
			r[in.Rd] = r[in.Rs1] << (uint64(in.Imm) & 63)
		case isa.SRLI:
			r[in.Rd] = r[in.Rs1] >> (uint64(in.Imm) & 63)
		case isa.SRAI:
			r[in.Rd] = uint64(int64(r[in.Rs1]) >> (uint64(in.Imm) & 63))
		case isa.ADDIW:
			r[in.Rd] = sext(uint32(r[in.Rs1]) + uint32(in.Imm))
		case isa.SLLIW:
			r[in.Rd] = sext(uint32(r[in.Rs1]) << (uint64(in.Imm) & 31))
		case isa.SRLIW:
			r[in.Rd] = sext(uint32(r[in.Rs1]) >> (uint64(in.Imm) & 31))
		case isa.SRAIW:
			r[in.Rd] = uint64(int64(int32(r[in.Rs1]) >> (uint64(in.Imm) & 31)))
		case isa.ADDW:
			r[in.Rd] = sext(uint32(r[in.Rs1]) + uint32(r[in.Rs2]))
		case isa.SUBW:
			r[in.Rd] = sext(uint32(r[in.Rs1]) - uint32(r[in.Rs2]))
		case isa.SLLW:
			r[in.Rd] = sext(uint32(r[in.Rs1]) << (r[in.Rs2] & 31))
		case isa.SRLW:
			r[in.Rd] = sext(uint32(r[in.Rs1]) >> (r[in.Rs2] & 31))
		case isa.SRAW:
			r[in.Rd] = uint64(int64(int32(r[in.Rs1]) >> (r[in.Rs2] & 31)))
		case isa.RORI:
			r[in.Rd] = bits.RotateLeft64(r[in.Rs1], -int(in.Imm&63))
		case isa.RORIW:
			r[in.Rd] = sext(bits.RotateLeft32(uint32(r[in.Rs1]), -int(in.Imm&31)))
		case isa.MUL:
			r[in.Rd] = r[in.Rs1] * r[in.Rs2]
		case isa.MULW:
			r[in.Rd] = sext(uint32(r[in.Rs1]) * uint32(r[in.Rs2]))
		case isa.ADD_UW:
			r[in.Rd] = uint64(uint32(r[in.Rs1])) + r[in.Rs2]
		case isa.SH1ADD:
			r[in.Rd] = r[in.Rs1]<<1 + r[in.Rs2]
		case isa.SH2ADD:
			r[in.Rd] = r[in.Rs1]<<2 + r[in.Rs2]
		case isa.SH3ADD:
			r[in.Rd] = r[in.Rs1]<<3 + r[in.Rs2]
		case isa.SH1ADD_UW:
			r[in.Rd] = uint64(uint32(r[in.Rs1]))<<1 + r[in.Rs2]
		case isa.SH2ADD_UW:
			r[in.Rd] = uint64(uint32(r[in.Rs1]))<<2 + r[in.Rs2]
		case isa.SH3ADD_UW:
			r[in.Rd] = uint64(uint32(r[in.Rs1]))<<3 + r[in.Rs2]
		case isa.SLLI_UW:
			r[in.Rd] = uint64(uint32(r[in.Rs1])) << (uint64(in.Imm) & 63)
		case isa.ANDN:
			r[in.Rd] = r[in.Rs1] &^ r[in.Rs2]
		case isa.ORN:
			r[in.Rd] = r[in.Rs1] | ^r[in.Rs2]
		case isa.XNOR:
			r[in.Rd] = ^(r[in.Rs1] ^ r[in.Rs2])
		case isa.SEXT_B:
			r[in.Rd] = uint64(int64(int8(r[in.Rs1])))
		case isa.SEXT_H:
			r[in.Rd] = uint64(int64(int16(r[in.Rs1])))
		case isa.ZEXT_H:
			r[in.Rd] = uint64(uint16(r[in.Rs1]))
		case isa.MIN:
			r[in.Rd] = uint64(min(int64(r[in.Rs1]), int64(r[in.Rs2])))
		case isa.MINU:
			r[in.Rd] = min(r[in.Rs1], r[in.Rs2])
		case isa.MAX:
			r[in.Rd] = uint64(max(int64(r[in.Rs1]), int64(r[in.Rs2])))
		case isa.MAXU:
			r[in.Rd] = max(r[in.Rs1], r[in.Rs2])
		case isa.BEXT:
			r[in.Rd] = r[in.Rs1] >> (r[in.Rs2] & 63) & 1
		case isa.BEXTI:
			r[in.Rd] = r[in.Rs1] >> (uint64(in.Imm) & 63) & 1
		case isa.LB:
			va = r[in.Rs1] + uint64(in.Imm)
			e = &tlb.Load[va>>12&tlbMask]
			if va&^pageMask|tlb.DataID == e.Tag {
				r[in.Rd] = uint64(int64(*(*int8)(at(va + uint64(e.Addend)))))
			} else {
				if v, ok = c.loadSlow(va, 1); !ok {
					goto fault
				}
				r[in.Rd] = uint64(int64(int8(v)))
			}
		case isa.LH:
			va = r[in.Rs1] + uint64(in.Imm)
			e = &tlb.Load[va>>12&tlbMask]
			if (va+1)&^pageMask|tlb.DataID == e.Tag {
				r[in.Rd] = uint64(int64(*(*int16)(at(va + uint64(e.Addend)))))
			} else {
				if v, ok = c.loadSlow(va, 2); !ok {
					goto fault
				}
				r[in.Rd] = uint64(int64(int16(v)))
			}
		case isa.LW:
			va = r[in.Rs1] + uint64(in.Imm)
			e = &tlb.Load[va>>12&tlbMask]
			if (va+3)&^pageMask|tlb.DataID == e.Tag {
				r[in.Rd] = uint64(int64(*(*int32)(at(va + uint64(e.Addend)))))
			} else {
				if v, ok = c.loadSlow(va, 4); !ok {
					goto fault
				}
				r[in.Rd] = uint64(int64(int32(v)))
			}
		case isa.LD:
			va = r[in.Rs1] + uint64(in.Imm)
			e = &tlb.Load[va>>12&tlbMask]
			if (va+7)&^pageMask|tlb.DataID == e.Tag {
				r[in.Rd] = *(*uint64)(at(va + uint64(e.Addend)))
			} else {
				if v, ok = c.loadSlow(va, 8); !ok {
					goto fault
				}
				r[in.Rd] = v
			}
		case isa.LBU:
			va = r[in.Rs1] + uint64(in.Imm)
			e = &tlb.Load[va>>12&tlbMask]
			if va&^pageMask|tlb.DataID == e.Tag {
				r[in.Rd] = uint64(*(*uint8)(at(va + uint64(e.Addend))))
			} else {
				if v, ok = c.loadSlow(va, 1); !ok {
					goto fault
				}
				r[in.Rd] = v
			}
		case isa.LHU:
			va = r[in.Rs1] + uint64(in.Imm)
			e = &tlb.Load[va>>12&tlbMask]
			if (va+1)&^pageMask|tlb.DataID == e.Tag {
				r[in.Rd] = uint64(*(*uint16)(at(va + uint64(e.Addend))))
			} else {
				if v, ok = c.loadSlow(va, 2); !ok {
					goto fault
				}
				r[in.Rd] = v
			}
		case isa.LWU:
			va = r[in.Rs1] + uint64(in.Imm)
			e = &tlb.Load[va>>12&tlbMask]
			if (va+3)&^pageMask|tlb.DataID == e.Tag {
				r[in.Rd] = uint64(*(*uint32)(at(va + uint64(e.Addend))))
			} else {
				if v, ok = c.loadSlow(va, 4); !ok {
					goto fault
				}
				r[in.Rd] = v
			}
		case isa.SB:
			va = r[in.Rs1] + uint64(in.Imm)
			e = &tlb.Store[va>>12&tlbMask]
			if va&^pageMask|tlb.DataID == e.Tag {
				*(*uint8)(at(va + uint64(e.Addend))) = uint8(r[in.Rs2])
			} else if !c.storeSlow(va, 1, r[in.Rs2]) {
				goto fault
			}
		case isa.SH:
			va = r[in.Rs1] + uint64(in.Imm)
			e = &tlb.Store[va>>12&tlbMask]
			if (va+1)&^pageMask|tlb.DataID == e.Tag {
				*(*uint16)(at(va + uint64(e.Addend))) = uint16(r[in.Rs2])
			} else if !c.storeSlow(va, 2, r[in.Rs2]) {
				goto fault
			}
		case isa.SW:
			va = r[in.Rs1] + uint64(in.Imm)
			e = &tlb.Store[va>>12&tlbMask]
			if (va+3)&^pageMask|tlb.DataID == e.Tag {
				*(*uint32)(at(va + uint64(e.Addend))) = uint32(r[in.Rs2])
			} else if !c.storeSlow(va, 4, r[in.Rs2]) {
				goto fault
			}
		case isa.SD:
			va = r[in.Rs1] + uint64(in.Imm)
			e = &tlb.Store[va>>12&tlbMask]
			if (va+7)&^pageMask|tlb.DataID == e.Tag {
				*(*uint64)(at(va + uint64(e.Addend))) = r[in.Rs2]
			} else if !c.storeSlow(va, 8, r[in.Rs2]) {
				goto fault
			}
		case isa.FLD:
			if s.MStatus&hart.FSMask == 0 {
				goto illegal
			}
			va = r[in.Rs1] + uint64(in.Imm)
			e = &tlb.Load[va>>12&tlbMask]
			if (va+7)&^pageMask|tlb.DataID == e.Tag {
				r[in.Rd] = *(*uint64)(at(va + uint64(e.Addend)))
			} else {
				if v, ok = c.loadSlow(va, 8); !ok {
					goto fault
				}
				r[in.Rd] = v
			}
			s.MStatus |= hart.FSDirty
		case isa.FSD:
			if s.MStatus&hart.FSMask == 0 {
				goto illegal
			}
			va = r[in.Rs1] + uint64(in.Imm)
			e = &tlb.Store[va>>12&tlbMask]
			if (va+7)&^pageMask|tlb.DataID == e.Tag {
				*(*uint64)(at(va + uint64(e.Addend))) = r[in.Rs2]
			} else if !c.storeSlow(va, 8, r[in.Rs2]) {
				goto fault
			}
		case isa.BEQ:
			if r[in.Rs1] == r[in.Rs2] {
				goto taken
			}
		case isa.BNE:
			if r[in.Rs1] != r[in.Rs2] {
				goto taken
			}
		case isa.BLT:
			if int64(r[in.Rs1]) < int64(r[in.Rs2]) {
				goto taken
			}
		case isa.BGE:
			if int64(r[in.Rs1]) >= int64(r[in.Rs2]) {
				goto taken
			}
		case isa.BLTU:
			if r[in.Rs1] < r[in.Rs2] {
				goto taken
			}
		case isa.BGEU:
			if r[in.Rs1] >= r[in.Rs2] {
				goto taken
			}
		case code.OpEnd:
			goto taken
		case code.OpJump:
			r[in.Rd] = pc + b.Size()
			goto taken
		case isa.JALR:
			va = (r[in.Rs1] + uint64(in.Imm)) &^ 1
			r[in.Rd] = pc + b.Size()
			s.Count += uint64(in.N)
			pc = va
			if s.Count >= s.Limit.Load() {
				s.PC = pc
				return ExitPoll
			}
			goto lookup
		case isa.FENCE:
			s.Barrier()
		case code.OpSystem:
			c.Insn = b.System()
			s.PC = pc + uint64(in.Off)*2
			s.Count += uint64(in.N)
			return ExitSystem
		case code.OpWait_W, code.OpWait_D:
			if c.waitIsOver(code.Of(in.Op).Size) {
				goto taken
			}
		case code.OpOpenLR_W, code.OpOpenLR_D:
			s.PC = pc + uint64(in.Off)*2
			s.Count += uint64(in.N)
			c.open = *in
			return exitOpenLR
		case code.OpReserved_W, code.OpReserved_D:
			s.PC = pc
			c.reserved = code.Of(in.Op).Size
			return exitReserved
		case code.OpStop:
			s.PC = pc
			return ExitPoll
		case code.OpStep:
			s.PC = pc
			return exitStep
		case code.OpCount:
			if b.Bump(n) >= uint64(c.threshold) && c.hot(b, pc) {
				s.PC = pc
				return exitNative
			}
		default:
			if !bodies[in.Op](c, in, pc) {
				goto fault
			}
		}
		in = (*code.Uop)(unsafe.Add(unsafe.Pointer(in), code.UopSize))
	}

taken:
	if n != 0 {
		b.Take(in.Link(), n)
	}
	s.Count += uint64(in.N)
	pc += uint64(in.Target())
	if s.Count >= s.Limit.Load() && !b.Open(in.Link()) { // a reservation does not end here
		s.PC = pc
		return ExitPoll
	}
	if next = b.Next(in.Link()); next != nil {
		b = next
		goto enter
	}
	next = c.fetchCached(pc)
	if next == nil {
		s.PC = pc
		return ExitException
	}
	c.Cache.Link(b, in.Link(), next, in.Target())
	b = next
	goto enter

lookup:
	j = c.jump.Place(pc)
	if j.Is(pc, tlb.FetchID) {
		if next = j.Block(); !next.Dead() {
			goto went
		}
	}
	if next = c.fetch(pc); next == nil {
		s.PC = pc
		return ExitException
	}
went:
	if n > 1 { // a sample, of a block with native code
		b.Went(next.PA(), n)
	}
	b = next
	goto enter

illegal:
	c.fault(CauseIllegal, 0)
fault:
	return c.raised(b, in, pc)
}
