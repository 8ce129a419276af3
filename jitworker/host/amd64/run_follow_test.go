package amd64_test

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/hartwood-vm/hartwood/jitworker/engine"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// A randomCalls is a loop that jumps by a table to one of some cases, which do something, call functions, directly and by a
// table, go on to other cases by the table, and in the end to the next round. Functions have bodies, loops and calls of later
// ones; one calls itself, to a depth that changes; some return behind the instruction that the call is followed by, or past
// the function that has called them. Some lie in another page.
//
// s9 has the table of cases, s8 that of functions, s11 chooses, s10 counts rounds, a7 the depth of the recursion.
type randomCalls struct {
	dice
	cases, functions int
	names            []string // of places that indirect jumps lead to
	sites            int      // calls so far
	inits            uint64
}

func newRandomCalls(d dice) *randomCalls {
	return &randomCalls{dice: d, cases: 1 + d.IntN(7), functions: 1 + d.IntN(5)}
}

func (r *randomCalls) body(p *asm.Program) {
	body := newRandomLoop(r.dice).body
	for i := range body {
		if in := body[i]; in.Op != isa.CSRRWI || r.IntN(8) == 0 { // which no block of a region does
			p.Insn(in)
		}
		if i == 4 {
			return
		}
	}
}

// place begins a place that jumps lead to.
func (r *randomCalls) place(p *asm.Program, name string) {
	if r.IntN(4) == 0 {
		p.Align(physmem.PageSize)
	}
	p.Label(name)
	r.names = append(r.names, name)
}

// choose loads an entry of a table that s11 chooses into rd.
func (r *randomCalls) choose(p *asm.Program, rd, table uint8, shift int32, n int) {
	p.LI(asm.T1, 0x5851f42d).R(isa.MUL, asm.S11, asm.S11, asm.T1).I(isa.ADDI, asm.S11, asm.S11, 1013)
	p.I(isa.SRLI, asm.T1, asm.S11, shift).I(isa.ANDI, asm.T1, asm.T1, 1023).LI(asm.T2, uint64(n)).R(isa.REMU, asm.T1, asm.T1, asm.T2)
	p.R(isa.SH3ADD, asm.T1, asm.T1, table).I(isa.LD, rd, asm.T1, 0)
}

// call calls function n or a later one, of which it chooses one when the program is made or when it runs. A function may return
// behind the instruction that follows.
func (r *randomCalls) call(p *asm.Program, n int) {
	if n >= r.functions {
		return
	}
	if n == 0 && r.IntN(3) == 0 {
		r.choose(p, asm.T0, asm.S8, 17, r.functions)
		p.I(isa.JALR, asm.RA, asm.T0, 0)
	} else {
		p.Jump(asm.RA, fmt.Sprint("f", n+r.IntN(r.functions-n)))
	}
	r.sites++
	name := fmt.Sprint("site", r.sites)
	p.Label(name).I(isa.ADDI, asm.A5, asm.A5, 1).I(isa.ADDI, asm.A6, asm.A6, 1)
	r.names = append(r.names, name)
}

func (r *randomCalls) function(p *asm.Program, n int) {
	name := fmt.Sprint("f", n)
	r.place(p, name)
	push(p)
	r.body(p)
	switch r.IntN(5) {
	case 0: // a loop
		p.I(isa.ADDI, asm.A3, asm.Zero, int32(1+r.IntN(5))).Label(name + "loop")
		r.body(p)
		p.I(isa.ADDI, asm.A3, asm.A3, -1).Branch(isa.BNE, asm.A3, asm.Zero, name+"loop")
	case 1: // calls itself
		p.Branch(isa.BGE, asm.Zero, asm.A7, name+"deep").I(isa.ADDI, asm.A7, asm.A7, -1).Jump(asm.RA, name)
		p.Label(name+"site").I(isa.ADDI, asm.A5, asm.A5, 1).Label(name + "deep")
		r.names = append(r.names, name+"site")
		r.body(p)
	case 2, 3:
		r.call(p, n+1)
	}
	switch pop(p); r.IntN(6) {
	case 0: // behind the instruction that follows the call
		ret(p.I(isa.ANDI, asm.T1, asm.S11, 4).R(isa.ADD, asm.RA, asm.RA, asm.T1))
	case 1: // by another register
		p.I(isa.ADDI, asm.T0, asm.RA, 0).I(isa.JALR, asm.Zero, asm.T0, 0)
	default:
		ret(p)
	}
}

func (r *randomCalls) build(p *asm.Program) {
	p.LI(asm.SP, loopData-1<<16).LI(asm.A1, loopData+r.inits%9000).LI(asm.A2, loopData+20000).LI(asm.T4, loopData+40000).LI(asm.T5, loopData+40000)
	p.LI(asm.S2, 3).LI(asm.S4, loopData+50000).LI(asm.S5, loopData+60000).LI(asm.S11, r.inits).LA(asm.S9, "cases").LA(asm.S8, "functions")
	p.LI(asm.S10, 20+r.inits%40).Jump(asm.Zero, "loop").Label("loop")
	r.body(p)
	p.I(isa.ANDI, asm.A7, asm.S11, 7)
	r.choose(p, asm.T3, asm.S9, 21, r.cases)
	p.I(isa.JALR, asm.Zero, asm.T3, 0)
	for n := range r.cases {
		r.place(p, fmt.Sprint("case", n))
		r.body(p)
		if r.IntN(2) == 0 {
			r.call(p, 0)
		}
		if r.IntN(3) == 0 { // on to another case, but not for ever
			p.I(isa.ADDI, asm.S10, asm.S10, -1).Branch(isa.BLT, asm.Zero, asm.S10, fmt.Sprint("on", n)).Jump(asm.Zero, "end").Label(fmt.Sprint("on", n))
			r.choose(p, asm.T3, asm.S9, 14, r.cases)
			p.I(isa.JALR, asm.Zero, asm.T3, 0)
		} else {
			p.Jump(asm.Zero, "next")
		}
	}
	p.Label("next").I(isa.ADDI, asm.S10, asm.S10, -1).Branch(isa.BGE, asm.Zero, asm.S10, "end").Jump(asm.Zero, "loop").Label("end").Op(isa.EBREAK)
	for n := range r.functions {
		r.function(p, n)
	}
	p.Align(8).Label("cases")
	for n := range r.cases {
		p.Double(p.Addr(fmt.Sprint("case", n)))
	}
	p.Label("functions")
	for n := range r.functions {
		p.Double(p.Addr(fmt.Sprint("f", n)))
	}
}

// Calls, returns to their callers and to elsewhere, recursion, and jumps by tables do as regions what they do interpreted: as
// regions of all that there is, and as those that are picked by counts; with tables of translations that are emptied in
// between, and after a change of a function's code.
func TestRandomCalls(t *testing.T) {
	machines, programs := 40, 25
	if testing.Short() {
		machines, programs = 6, 20
	}
	d := newDice(13)
	made := uint64(0)
	for range machines {
		p := pairWith(t, eager())
		for range programs {
			n := newRandomCalls(d)
			n.inits = d.Uint64() >> 20
			prog := asm.New(p.native.next)
			n.build(prog)
			text, begin := prog.Bytes(), p.native.next
			pc := p.load(func(p *asm.Program) {
				for i := 0; i < len(text); i += 2 {
					p.Half(binary.LittleEndian.Uint16(text[i:]))
				}
			})
			var returns, jumps []uint64
			for _, name := range n.names {
				if at := prog.Addr(name); strings.Contains(name, "site") {
					returns = append(returns, at)
				} else {
					jumps = append(jumps, at)
				}
			}
			p.beginAnew()
			p.native.stay = d.IntN(2) == 0
			for round := range 5 {
				if d.IntN(2) == 0 {
					for _, r := range p.compiled() {
						r.core.MMU.FlushFirstLevel()
					}
				}
				p.sameMemory(t, "calls", pc)
				switch round {
				case 1:
					some := returns
					if d.IntN(2) == 0 {
						some = append(some[:len(some):len(some)], jumps...)
					}
					p.native.regions(pc, p.native.next-begin, some...)
				case 3: // a function counts from now on
					for _, r := range p.rigs() {
						insn := asm.New(0).I(isa.ADDI, asm.A0, asm.A0, 1).Bytes()
						r.must(r.mem.WriteAt(insn, prog.Addr("f0")+8))
						r.core.FenceI()
					}
				}
			}
		}
		made += p.native.engine.Stats().Regions.Made
	}
	if made == 0 {
		t.Error("no region was picked")
	}
}

// A loop whose rounds are closed by jumps by a table alone stops at its limit.
func TestJumpsByTablesPoll(t *testing.T) {
	cfg := eager()
	cfg.Forms = engine.RegionOnly
	r := newRigWith(t, &cfg)
	next := func(p *asm.Program) {
		p.I(isa.ADDI, asm.A0, asm.A0, 1).I(isa.ANDI, asm.T1, asm.A0, 3).R(isa.SH3ADD, asm.T1, asm.T1, asm.S9).I(isa.LD, asm.T1, asm.T1, 0)
		p.I(isa.JALR, asm.Zero, asm.T1, 0)
	}
	pc := r.load(func(p *asm.Program) {
		p.LA(asm.S9, "table").LI(asm.A0, 0)
		for i := range 4 { // so that the region has them all
			p.Branch(isa.BEQ, asm.A0, asm.S9, fmt.Sprint("case", i))
		}
		next(p)
		for i := range 4 {
			next(p.Label(fmt.Sprint("case", i)).I(isa.ADDI, asm.A1, asm.A1, 1))
		}
		p.Align(8).Label("table")
		for i := range 4 {
			p.Double(p.Addr(fmt.Sprint("case", i)))
		}
	})
	s := r.core.S
	s.PC = pc
	for budget := uint64(1); budget < 20_000; budget += 731 {
		before := s.Count
		s.Arm(budget)
		if x := r.core.Run(); x != interp.ExitPoll {
			t.Fatalf("exit %d at %#x", x, s.PC)
		}
		if n := s.Count - before; n < budget || n >= budget+4*code.MaxInsns {
			t.Fatalf("%d instructions for a budget of %d", n, budget)
		}
	}
	if exits := r.core.Native.Exits[code.NativeJump]; exits > 100 {
		t.Errorf("%d jumps to unknown code", exits)
	}
}
