package interp

import (
	"encoding/binary"
	"unsafe"

	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

const (
	pageMask = physmem.PageSize - 1
	tlbMask  = shardedtlb.FirstLevelEntries - 1
	uopSize  = unsafe.Sizeof(uop{})
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
	for {
		if s.Count >= s.Limit.Load() {
			return ExitPoll
		}
		c.checkGeneration()
		pc := s.PC
		b := c.fetchCached(pc)
		if b == nil {
			return ExitException
		}
		switch e := c.run(b, pc); e {
		case exitOpenLR:
			if !c.stepReserved() {
				return ExitException
			}
		case ExitPoll, ExitException, ExitSystem:
			return e
		}
	}
}

// encoding returns the instruction at the start of code.
func encoding(code []byte) uint64 {
	if code[0]&3 == 3 {
		return uint64(binary.LittleEndian.Uint32(code))
	}
	return uint64(binary.LittleEndian.Uint16(code))
}

// fetchCached returns the block at pc, or nil with an exception recorded.
func (c *Core) fetchCached(pc uint64) *Block {
	e := &c.jump[pc>>1%jumpEntries]
	if e.pc == pc && e.view == c.S.TLB.FetchID && e.block != nil && !e.block.dead.Load() {
		return e.block
	}
	return c.fetch(pc)
}

// run executes b, whose first instruction has the virtual address pc, and the
// blocks that follow it.
//
// This is the interpreter's one hot loop: a switch that the compiler turns into a
// jump table, over the micro-operations of the common instructions. What is not
// in it is a body of its own in the table slow. The pointer in never passes the
// last micro-operation, which leaves the block.
func (c *Core) run(b *Block, pc uint64) Exit {
	s := c.S
	r := &s.R
	tlb := &s.TLB
	var (
		in   *uop
		next *Block
		va   uint64
		v    uint64
		ok   bool
		e    *shardedtlb.Entry
		j    *jumpEntry
	)
enter:
	in = &b.uops[0]
	for {
		switch in.op {
		case uopConst:
			r[in.rd] = uint64(in.imm)
		case uopPCConst:
			r[in.rd] = pc + uint64(in.imm)
		case uopMove:
			r[in.rd] = r[in.rs1]
		case uopZextW:
			r[in.rd] = uint64(uint32(r[in.rs1]))
		case isa.ADD:
			r[in.rd] = r[in.rs1] + r[in.rs2]
		case isa.SUB:
			r[in.rd] = r[in.rs1] - r[in.rs2]
		case isa.SLL:
			r[in.rd] = r[in.rs1] << (r[in.rs2] & 63)
		case isa.SLT:
			r[in.rd] = b2u(int64(r[in.rs1]) < int64(r[in.rs2]))
		case isa.SLTU:
			r[in.rd] = b2u(r[in.rs1] < r[in.rs2])
		case isa.XOR:
			r[in.rd] = r[in.rs1] ^ r[in.rs2]
		case isa.SRL:
			r[in.rd] = r[in.rs1] >> (r[in.rs2] & 63)
		case isa.SRA:
			r[in.rd] = uint64(int64(r[in.rs1]) >> (r[in.rs2] & 63))
		case isa.OR:
			r[in.rd] = r[in.rs1] | r[in.rs2]
		case isa.AND:
			r[in.rd] = r[in.rs1] & r[in.rs2]
		case isa.ADDI:
			r[in.rd] = r[in.rs1] + uint64(in.imm)
		case isa.SLTI:
			r[in.rd] = b2u(int64(r[in.rs1]) < in.imm)
		case isa.SLTIU:
			r[in.rd] = b2u(r[in.rs1] < uint64(in.imm))
		case isa.XORI:
			r[in.rd] = r[in.rs1] ^ uint64(in.imm)
		case isa.ORI:
			r[in.rd] = r[in.rs1] | uint64(in.imm)
		case isa.ANDI:
			r[in.rd] = r[in.rs1] & uint64(in.imm)
		case isa.SLLI:
			r[in.rd] = r[in.rs1] << (uint64(in.imm) & 63)
		case isa.SRLI:
			r[in.rd] = r[in.rs1] >> (uint64(in.imm) & 63)
		case isa.SRAI:
			r[in.rd] = uint64(int64(r[in.rs1]) >> (uint64(in.imm) & 63))
		case isa.ADDIW:
			r[in.rd] = sext(uint32(r[in.rs1]) + uint32(in.imm))
		case isa.SLLIW:
			r[in.rd] = sext(uint32(r[in.rs1]) << (uint64(in.imm) & 31))
		case isa.SRLIW:
			r[in.rd] = sext(uint32(r[in.rs1]) >> (uint64(in.imm) & 31))
		case isa.SRAIW:
			r[in.rd] = uint64(int64(int32(r[in.rs1]) >> (uint64(in.imm) & 31)))
		case isa.ADDW:
			r[in.rd] = sext(uint32(r[in.rs1]) + uint32(r[in.rs2]))
		case isa.SUBW:
			r[in.rd] = sext(uint32(r[in.rs1]) - uint32(r[in.rs2]))
		case isa.SLLW:
			r[in.rd] = sext(uint32(r[in.rs1]) << (r[in.rs2] & 31))
		case isa.SRLW:
			r[in.rd] = sext(uint32(r[in.rs1]) >> (r[in.rs2] & 31))
		case isa.SRAW:
			r[in.rd] = uint64(int64(int32(r[in.rs1]) >> (r[in.rs2] & 31)))
		case isa.MUL:
			r[in.rd] = r[in.rs1] * r[in.rs2]
		case isa.MULW:
			r[in.rd] = sext(uint32(r[in.rs1]) * uint32(r[in.rs2]))
		case isa.ADD_UW:
			r[in.rd] = uint64(uint32(r[in.rs1])) + r[in.rs2]
		case isa.SH1ADD:
			r[in.rd] = r[in.rs1]<<1 + r[in.rs2]
		case isa.SH2ADD:
			r[in.rd] = r[in.rs1]<<2 + r[in.rs2]
		case isa.SH3ADD:
			r[in.rd] = r[in.rs1]<<3 + r[in.rs2]
		case isa.SH1ADD_UW:
			r[in.rd] = uint64(uint32(r[in.rs1]))<<1 + r[in.rs2]
		case isa.SH2ADD_UW:
			r[in.rd] = uint64(uint32(r[in.rs1]))<<2 + r[in.rs2]
		case isa.SH3ADD_UW:
			r[in.rd] = uint64(uint32(r[in.rs1]))<<3 + r[in.rs2]
		case isa.SLLI_UW:
			r[in.rd] = uint64(uint32(r[in.rs1])) << (uint64(in.imm) & 63)
		case isa.ANDN:
			r[in.rd] = r[in.rs1] &^ r[in.rs2]
		case isa.ORN:
			r[in.rd] = r[in.rs1] | ^r[in.rs2]
		case isa.XNOR:
			r[in.rd] = ^(r[in.rs1] ^ r[in.rs2])
		case isa.SEXT_B:
			r[in.rd] = uint64(int64(int8(r[in.rs1])))
		case isa.SEXT_H:
			r[in.rd] = uint64(int64(int16(r[in.rs1])))
		case isa.ZEXT_H:
			r[in.rd] = uint64(uint16(r[in.rs1]))
		case isa.MIN:
			r[in.rd] = uint64(min(int64(r[in.rs1]), int64(r[in.rs2])))
		case isa.MINU:
			r[in.rd] = min(r[in.rs1], r[in.rs2])
		case isa.MAX:
			r[in.rd] = uint64(max(int64(r[in.rs1]), int64(r[in.rs2])))
		case isa.MAXU:
			r[in.rd] = max(r[in.rs1], r[in.rs2])
		case isa.BEXT:
			r[in.rd] = r[in.rs1] >> (r[in.rs2] & 63) & 1
		case isa.BEXTI:
			r[in.rd] = r[in.rs1] >> (uint64(in.imm) & 63) & 1
		case isa.LB:
			va = r[in.rs1] + uint64(in.imm)
			e = &tlb.Load[va>>12&tlbMask]
			if va&^pageMask|tlb.DataID == e.Tag {
				r[in.rd] = uint64(int64(*(*int8)(at(va + uint64(e.Addend)))))
			} else {
				if v, ok = c.loadSlow(va, 1); !ok {
					goto fault
				}
				r[in.rd] = uint64(int64(int8(v)))
			}
		case isa.LH:
			va = r[in.rs1] + uint64(in.imm)
			e = &tlb.Load[va>>12&tlbMask]
			if (va+1)&^pageMask|tlb.DataID == e.Tag {
				r[in.rd] = uint64(int64(*(*int16)(at(va + uint64(e.Addend)))))
			} else {
				if v, ok = c.loadSlow(va, 2); !ok {
					goto fault
				}
				r[in.rd] = uint64(int64(int16(v)))
			}
		case isa.LW:
			va = r[in.rs1] + uint64(in.imm)
			e = &tlb.Load[va>>12&tlbMask]
			if (va+3)&^pageMask|tlb.DataID == e.Tag {
				r[in.rd] = uint64(int64(*(*int32)(at(va + uint64(e.Addend)))))
			} else {
				if v, ok = c.loadSlow(va, 4); !ok {
					goto fault
				}
				r[in.rd] = uint64(int64(int32(v)))
			}
		case isa.LD:
			va = r[in.rs1] + uint64(in.imm)
			e = &tlb.Load[va>>12&tlbMask]
			if (va+7)&^pageMask|tlb.DataID == e.Tag {
				r[in.rd] = *(*uint64)(at(va + uint64(e.Addend)))
			} else {
				if v, ok = c.loadSlow(va, 8); !ok {
					goto fault
				}
				r[in.rd] = v
			}
		case isa.LBU:
			va = r[in.rs1] + uint64(in.imm)
			e = &tlb.Load[va>>12&tlbMask]
			if va&^pageMask|tlb.DataID == e.Tag {
				r[in.rd] = uint64(*(*uint8)(at(va + uint64(e.Addend))))
			} else {
				if v, ok = c.loadSlow(va, 1); !ok {
					goto fault
				}
				r[in.rd] = v
			}
		case isa.LHU:
			va = r[in.rs1] + uint64(in.imm)
			e = &tlb.Load[va>>12&tlbMask]
			if (va+1)&^pageMask|tlb.DataID == e.Tag {
				r[in.rd] = uint64(*(*uint16)(at(va + uint64(e.Addend))))
			} else {
				if v, ok = c.loadSlow(va, 2); !ok {
					goto fault
				}
				r[in.rd] = v
			}
		case isa.LWU:
			va = r[in.rs1] + uint64(in.imm)
			e = &tlb.Load[va>>12&tlbMask]
			if (va+3)&^pageMask|tlb.DataID == e.Tag {
				r[in.rd] = uint64(*(*uint32)(at(va + uint64(e.Addend))))
			} else {
				if v, ok = c.loadSlow(va, 4); !ok {
					goto fault
				}
				r[in.rd] = v
			}
		case isa.SB:
			va = r[in.rs1] + uint64(in.imm)
			e = &tlb.Store[va>>12&tlbMask]
			if va&^pageMask|tlb.DataID == e.Tag {
				*(*uint8)(at(va + uint64(e.Addend))) = uint8(r[in.rs2])
			} else if !c.storeSlow(va, 1, r[in.rs2]) {
				goto fault
			}
		case isa.SH:
			va = r[in.rs1] + uint64(in.imm)
			e = &tlb.Store[va>>12&tlbMask]
			if (va+1)&^pageMask|tlb.DataID == e.Tag {
				*(*uint16)(at(va + uint64(e.Addend))) = uint16(r[in.rs2])
			} else if !c.storeSlow(va, 2, r[in.rs2]) {
				goto fault
			}
		case isa.SW:
			va = r[in.rs1] + uint64(in.imm)
			e = &tlb.Store[va>>12&tlbMask]
			if (va+3)&^pageMask|tlb.DataID == e.Tag {
				*(*uint32)(at(va + uint64(e.Addend))) = uint32(r[in.rs2])
			} else if !c.storeSlow(va, 4, r[in.rs2]) {
				goto fault
			}
		case isa.SD:
			va = r[in.rs1] + uint64(in.imm)
			e = &tlb.Store[va>>12&tlbMask]
			if (va+7)&^pageMask|tlb.DataID == e.Tag {
				*(*uint64)(at(va + uint64(e.Addend))) = r[in.rs2]
			} else if !c.storeSlow(va, 8, r[in.rs2]) {
				goto fault
			}
		case isa.FLD:
			if s.MStatus&hart.FSMask == 0 {
				goto illegal
			}
			va = r[in.rs1] + uint64(in.imm)
			e = &tlb.Load[va>>12&tlbMask]
			if (va+7)&^pageMask|tlb.DataID == e.Tag {
				r[in.rd] = *(*uint64)(at(va + uint64(e.Addend)))
			} else {
				if v, ok = c.loadSlow(va, 8); !ok {
					goto fault
				}
				r[in.rd] = v
			}
			s.MStatus |= hart.FSDirty
		case isa.FSD:
			if s.MStatus&hart.FSMask == 0 {
				goto illegal
			}
			va = r[in.rs1] + uint64(in.imm)
			e = &tlb.Store[va>>12&tlbMask]
			if (va+7)&^pageMask|tlb.DataID == e.Tag {
				*(*uint64)(at(va + uint64(e.Addend))) = r[in.rs2]
			} else if !c.storeSlow(va, 8, r[in.rs2]) {
				goto fault
			}
		case isa.BEQ:
			if r[in.rs1] == r[in.rs2] {
				goto taken
			}
		case isa.BNE:
			if r[in.rs1] != r[in.rs2] {
				goto taken
			}
		case isa.BLT:
			if int64(r[in.rs1]) < int64(r[in.rs2]) {
				goto taken
			}
		case isa.BGE:
			if int64(r[in.rs1]) >= int64(r[in.rs2]) {
				goto taken
			}
		case isa.BLTU:
			if r[in.rs1] < r[in.rs2] {
				goto taken
			}
		case isa.BGEU:
			if r[in.rs1] >= r[in.rs2] {
				goto taken
			}
		case uopEnd:
			goto taken
		case uopJump:
			r[in.rs2] = pc + uint64(in.off)*2 + uint64(in.rs3)
			goto taken
		case isa.JALR:
			va = (r[in.rs1] + uint64(in.imm)) &^ 1
			r[in.rd] = pc + uint64(in.off)*2 + uint64(in.rs3)
			s.Count += uint64(in.n)
			pc = va
			if s.Count >= s.Limit.Load() {
				s.PC = pc
				return ExitPoll
			}
			goto lookup
		case isa.FENCE:
			s.Barrier()
		case uopSystem:
			c.Raw = uint32(in.imm)
			s.PC = pc + uint64(in.off)*2
			s.Count += uint64(in.n)
			return ExitSystem
		case uopOpenLR:
			s.PC = pc + uint64(in.off)*2
			s.Count += uint64(in.n)
			return exitOpenLR
		case uopStop:
			s.PC = pc
			return ExitPoll
		default:
			if !slow[in.op](c, in, pc) {
				goto fault
			}
		}
		in = (*uop)(unsafe.Add(unsafe.Pointer(in), uopSize))
	}

taken:
	s.Count += uint64(in.n)
	pc += uint64(in.imm)
	if s.Count >= s.Limit.Load() {
		s.PC = pc
		return ExitPoll
	}
	if next = b.links[in.rd&(maxLinks-1)].Load(); next != nil {
		b = next
		goto enter
	}
	next = c.fetchCached(pc)
	if next == nil {
		s.PC = pc
		return ExitException
	}
	c.Cache.link(b, in.rd, next)
	b = next
	goto enter

lookup:
	j = &c.jump[pc>>1%jumpEntries]
	if j.pc == pc && j.view == tlb.FetchID && j.block != nil && !j.block.dead.Load() {
		b = j.block
		goto enter
	}
	if b = c.fetch(pc); b == nil {
		s.PC = pc
		return ExitException
	}
	goto enter

illegal:
	c.fault(CauseIllegal, 0)
fault:
	s.PC = pc + uint64(in.off)*2
	s.Count += uint64(in.n)
	if c.Cause == CauseIllegal {
		off := int(in.off) * 2
		c.Tval = encoding(b.bytes[off:])
	}
	return ExitException
}
