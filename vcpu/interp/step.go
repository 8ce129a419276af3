package interp

import (
	"github.com/hartwood-vm/hartwood/vcpu/blocks"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
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
	return c.execute(isa.Decode(raw), raw, c.mode)
}

// execute executes in, whose encoding is raw, at PC, as code for mode does.
func (c *Core) execute(in isa.Insn, raw uint32, mode code.Mode) Exit {
	s := c.S
	if in.Op == isa.JALR { // the one jump that would not lead back here
		pc := s.PC
		s.PC = (s.R[hart.X+in.Rs1] + uint64(int64(in.Imm))) &^ 1
		if in.Rd != 0 {
			s.R[hart.X+in.Rd] = pc + in.Len()
		}
		s.Count++
		return ExitPoll
	}
	e := c.run(c.single(in, raw, mode), s.PC, whole)
	if e == exitOpenLR && !c.stepLR() {
		return ExitException
	}
	if e == exitOpenLR {
		return ExitPoll
	}
	return e
}

// single returns the block of in alone, whose encoding is raw.
func (c *Core) single(in isa.Insn, raw uint32, mode code.Mode) *blocks.Block {
	return c.steps().Insn(in, raw, mode)
}

// steps returns what single instructions are executed in.
func (c *Core) steps() *blocks.Stepper {
	if c.stepper == nil {
		c.stepper = blocks.NewStepper()
	}
	return c.stepper
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
	if i := code.Of(in.Op); c.mode&code.Strict == 0 || i.Kind != code.Load && i.Kind != code.Store {
		return 0, false
	}
	return c.execute(in, raw, c.mode&^code.Strict), true
}
