package amd64_test

import (
	"testing"

	"github.com/hartwood-vm/hartwood/jitworker/engine"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/blocks"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// newEagerPair is newPair with every block of the native hart compiled before it runs.
func newEagerPair(t *testing.T) *pair {
	return pairWith(t, eager())
}

// sameEnd runs the program at pc on both to its end, and fails if they do not agree there.
func (p *pair) sameEnd(t *testing.T, what string, pc uint64) {
	t.Helper()
	p.interpreted.finish(pc)
	want := p.interpreted.core.S
	for i, r := range p.compiled() {
		r.finish(pc)
		if got := r.core.S; [64]uint64(got.R[:64]) != [64]uint64(want.R[:64]) || got.PC != want.PC || got.Count != want.Count {
			t.Fatalf("%s (%d): a0 %#x, pc %#x, count %d; want %#x, %#x, %d", what, i, got.R[asm.A0], got.PC, got.Count, want.R[asm.A0], want.PC, want.Count)
		}
	}
}

// push and pop keep ra on the guest's stack.
func push(p *asm.Program) *asm.Program {
	return p.I(isa.ADDI, asm.SP, asm.SP, -16).S(isa.SD, asm.RA, asm.SP, 0)
}

func pop(p *asm.Program) *asm.Program {
	return p.I(isa.LD, asm.RA, asm.SP, 0).I(isa.ADDI, asm.SP, asm.SP, 16)
}

func ret(p *asm.Program) *asm.Program { return p.I(isa.JALR, asm.Zero, asm.RA, 0) }

// recursion counts in a0 how often f, which calls itself, is entered and left.
func recursion(depth uint64) func(p *asm.Program) {
	return func(p *asm.Program) {
		p.LI(asm.SP, data-4096).LI(asm.A0, 0).LI(asm.A1, depth)
		p.Jump(asm.RA, "f").Op(isa.EBREAK)
		push(p.Label("f")).I(isa.ADDI, asm.A0, asm.A0, 1).I(isa.ADDI, asm.A1, asm.A1, -1)
		p.Branch(isa.BEQ, asm.A1, asm.Zero, "out").Jump(asm.RA, "f").I(isa.ADDI, asm.A0, asm.A0, 3)
		ret(pop(p.Label("out")))
	}
}

// Returns come back without the table of native code, as far as the stack reaches; beyond they do with it.
func TestReturnsComeBack(t *testing.T) {
	for _, depth := range []uint64{1, 2, 100, 1000} {
		p := newEagerPair(t)
		pc := p.load(recursion(depth))
		for range 3 {
			p.sameEnd(t, "recursion", pc)
		}
		c := p.native.core
		c.S.Jump = [hart.JumpEntries]hart.JumpEntry{}
		p.sameEnd(t, "recursion without the table", pc)
		asked := 0 // targets that the table was asked for, and has been given
		for _, e := range c.S.Jump {
			if e.PC != 0 && e.PC != pc {
				asked++
			}
		}
		if (asked == 0) != (depth <= 100) {
			t.Errorf("depth %d: the table was asked for %d targets", depth, asked)
		}
	}
}

// A return to elsewhere goes there: past frames, into another function, to another stack, and to an odd address, whose
// last bit does not count.
func TestReturnsAstray(t *testing.T) {
	p := newEagerPair(t)
	for name, build := range map[string]func(p *asm.Program){
		"past frames": func(p *asm.Program) {
			p.LI(asm.SP, data-4096).LI(asm.A0, 0).LI(asm.A1, 50).Label("again")
			p.Jump(asm.RA, "f").I(isa.ADDI, asm.A1, asm.A1, -1).Branch(isa.BNE, asm.A1, asm.Zero, "again").Op(isa.EBREAK)
			push(p.Label("f")).Jump(asm.RA, "g").I(isa.ADDI, asm.A0, asm.A0, 100) // not executed
			push(p.Label("g")).Jump(asm.RA, "h").I(isa.ADDI, asm.A0, asm.A0, 100) // nor this
			p.Label("h").I(isa.ADDI, asm.A0, asm.A0, 1).I(isa.ADDI, asm.SP, asm.SP, 16)
			ret(pop(p))
		},
		"odd": func(p *asm.Program) {
			p.LI(asm.A0, 0).LI(asm.A1, 50).Label("again").Jump(asm.RA, "f")
			p.I(isa.ADDI, asm.A1, asm.A1, -1).Branch(isa.BNE, asm.A1, asm.Zero, "again").Op(isa.EBREAK)
			ret(p.Label("f").I(isa.ADDI, asm.A0, asm.A0, 1).I(isa.ADDI, asm.RA, asm.RA, 1))
		},
		"coroutines": func(p *asm.Program) {
			p.LI(asm.A0, 0).LI(asm.A1, 50).Jump(asm.T0, "other").Label("again")
			p.I(isa.ADDI, asm.A1, asm.A1, -1).Branch(isa.BEQ, asm.A1, asm.Zero, "out")
			p.I(isa.JALR, asm.RA, asm.T0, 0) // the way here is in ra, the way there in t0
			p.Jump(asm.Zero, "again").Label("out").Op(isa.EBREAK)
			p.Label("other").I(isa.ADDI, asm.RA, asm.T0, 0).Label("more").I(isa.ADDI, asm.A0, asm.A0, 1)
			p.I(isa.JALR, asm.T0, asm.RA, 0).Jump(asm.Zero, "more")
		},
		"nowhere": func(p *asm.Program) { // an address that the empty stack has
			p.LI(asm.A0, 7).LI(asm.RA, ram+1<<20+1).I(isa.JALR, asm.Zero, asm.RA, 0)
		},
	} {
		pc := p.load(build)
		for range 4 {
			p.sameEnd(t, name, pc)
		}
	}
}

// A call in a page's last bytes returns into the next page, and calls between pages and by registers return.
func TestCallsBetweenPages(t *testing.T) {
	p := newEagerPair(t)
	for gap := range int32(4) {
		pc := p.load(func(p *asm.Program) {
			p.LI(asm.A0, 0).LI(asm.A1, 50).Label("again").LA(asm.T0, "f").Jump(asm.Zero, "last")
			for p.PC()%4096 != uint64(4096-8-2*gap) {
				p.Half(1) // c.nop
			}
			p.Label("last").Jump(asm.RA, "f").I(isa.JALR, asm.RA, asm.T0, 0)
			p.I(isa.ADDI, asm.A1, asm.A1, -1).Branch(isa.BNE, asm.A1, asm.Zero, "again").Op(isa.EBREAK)
			p.Align(4096)
			ret(p.Label("f").I(isa.ADDI, asm.A0, asm.A0, 1))
		})
		for range 3 {
			p.sameEnd(t, "calls between pages", pc)
		}
	}
}

// TRAPS 9: a hart that has fenced sees new code where a call returns to, although the call is code that was evicted
// while it ran, and whose links nobody has looked at since.
func TestTrap09ReturnIntoNewCode(t *testing.T) {
	entries := map[uint64]uintptr{} // by address
	cfg := eager()
	cfg.Placed = func(p engine.Placed) { entries[p.PA] = p.Entry }
	r := newRigWith(t, &cfg)
	var call, back uint64
	pc := r.load(func(p *asm.Program) {
		p.Label("call").Jump(asm.RA, "f").Label("back").I(isa.ADDI, asm.A0, asm.Zero, 1).Op(isa.EBREAK)
		ret(p.Label("f").Op(isa.FENCE_I))
		call, back = p.Addr("call"), p.Addr("back")
	})
	s := r.core.S
	until := func(op isa.Op) {
		t.Helper()
		s.Arm(1000)
		if x := r.core.Run(); x != interp.ExitSystem || r.core.Insn.Op != op {
			t.Fatalf("exit %d with %v at %#x, want %v", x, r.core.Insn.Op, s.PC, op)
		}
	}
	for range 3 { // links are patched
		s.PC = pc
		until(isa.FENCE_I)
		s.PC += 4
		until(isa.EBREAK)
	}
	s.PC = pc
	until(isa.FENCE_I)
	r.evict(r.engine.Find(entries[call]))
	var word [4]byte
	copy(word[:], asm.New(back).I(isa.ADDI, asm.A0, asm.Zero, 2).Bytes())
	r.must(r.mem.WriteAt(word[:], back))
	r.core.FenceI()
	s.PC += 4
	until(isa.EBREAK)
	if s.R[asm.A0] != 2 {
		t.Errorf("a0 is %d: the old instruction was executed", s.R[asm.A0])
	}
}

// What is on the stack counts for the view that it was put there in.
func TestStackIsOfOneView(t *testing.T) {
	var s hart.State
	s.TLB.FetchID = 7
	s.EnterCalls()
	empty := s.CallTop
	s.CallTop -= 16
	s.EnterCalls()
	if s.CallTop != empty-16 {
		t.Error("a call is forgotten")
	}
	s.TLB.FetchID = 8
	s.EnterCalls()
	if s.CallTop != empty {
		t.Error("a call of another view counts")
	}
	s.CallTop -= 16
	s.DropCalls()
	s.EnterCalls()
	if s.CallTop != empty {
		t.Error("a call counts that was dropped")
	}
}

// Links between pages lead where they should after their targets' code has gone and other code has come in its place.
func TestLinksOutliveTheirTargets(t *testing.T) {
	placed := map[uint64]*blocks.Native{} // by address
	cfg := eager()
	var p *pair
	cfg.Placed = func(x engine.Placed) {
		if x.Routine == "" {
			placed[x.PA] = p.native.engine.Find(x.Entry)
		}
	}
	p = pairWith(t, cfg)
	pc := p.load(func(p *asm.Program) { // a loop through three pages, by jumps, branches, calls and falling through
		p.LI(asm.A0, 0).LI(asm.A1, 40).Jump(asm.Zero, "again")
		p.Align(4096).Label("even").I(isa.ADDI, asm.A0, asm.A0, 5).Jump(asm.Zero, "on")
		ret(p.Label("f").I(isa.ADDI, asm.A0, asm.A0, 1))
		for p.PC()%4096 != 4096-8 {
			p.I(isa.ADDI, asm.Zero, asm.Zero, 0)
		}
		p.Label("again").I(isa.ANDI, asm.A2, asm.A1, 1).Jump(asm.RA, "g").Branch(isa.BEQ, asm.A2, asm.Zero, "even")
		p.Jump(asm.RA, "f").Label("on").I(isa.ADDI, asm.A1, asm.A1, -1).Branch(isa.BNE, asm.A1, asm.Zero, "again").Op(isa.EBREAK)
		p.Align(4096)
		ret(p.Label("g").I(isa.ADDI, asm.A0, asm.A0, 7))
	})
	d := newDice(9)
	c := p.native.core
	for round := range 300 {
		p.sameEnd(t, "links between pages", pc)
		if round%3 == 0 {
			continue
		}
		for at, n := range placed {
			if d.Uint64()%3 == 0 {
				delete(placed, at)
				p.native.evict(n)
			}
		}
		c.DropNative()
	}
	p.sameEnd(t, "links between pages", pc)
	p.sameEnd(t, "links between pages", pc)
	before := c.Native.Exits
	p.sameEnd(t, "links between pages", pc)
	for _, kind := range []int{code.NativeJump, code.NativeLink} {
		if n := c.Native.Exits[kind] - before[kind]; n != 0 {
			t.Errorf("%d exits of kind %d from code that is all linked", n, kind)
		}
	}
}
