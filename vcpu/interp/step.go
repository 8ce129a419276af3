package interp

import (
	"encoding/binary"

	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// step executes the instruction at PC by itself, fetched anew, and with an LR what belongs to
// its reservation: for instructions that no block may hold. ExitPoll means that it has been
// completed.
func (c *Core) step() Exit {
	raw, ok := c.fetchRaw(c.S.PC)
	if !ok {
		return ExitException
	}
	return c.execute(isa.Decode(raw), raw, c.Cache.strict)
}

// execute executes in, whose encoding is raw, at PC. strict makes a misaligned access trap.
func (c *Core) execute(in isa.Insn, raw uint32, strict bool) Exit {
	s := c.S
	if in.Op == isa.JALR { // the one jump that would not lead to stop
		pc := s.PC
		s.PC = (s.R[xslot(in.Rs1)] + uint64(int64(in.Imm))) &^ 1
		s.R[dstSlot(in.Rd)] = pc + in.Len()
		s.Count++
		return ExitPoll
	}
	if c.stepper == nil {
		c.stepper = newStepper()
	}
	t := c.stepper
	b := builder{uops: t.uops[:0], lr: -1, strict: strict, heap: c.Cache.heap}
	if b.add(in) {
		b.end()
	}
	binary.LittleEndian.PutUint32(t.raw[:], raw)
	t.block.uops, t.block.system, t.block.bytes = b.uops, b.last, t.raw[:]
	e := c.run(&t.block, s.PC, whole)
	if e == exitOpenLR && !c.stepLR() {
		return ExitException
	}
	if e == exitOpenLR {
		return ExitPoll
	}
	return e
}

// StepMisaligned carries out the plain load or store at PC, which has raised an exception
// because it is misaligned and accesses are to be aligned; ok is false if the instruction is
// none. The exit is ExitPoll if it has been completed.
func (c *Core) StepMisaligned() (e Exit, ok bool) {
	raw, ok := c.fetchRaw(c.S.PC)
	if !ok {
		return ExitException, true
	}
	in := isa.Decode(raw)
	if _, plain := accessSize[in.Op]; !plain || !c.Cache.strict {
		return 0, false
	}
	return c.execute(in, raw, false), true
}

// stepBlock stands for code that has to be stepped through: pages whose bytes the PMP judges
// differently. It is linked to nothing.
var stepBlock = &Block{uops: []Uop{{Op: OpStep}}, pa: ^uint64(0)}
