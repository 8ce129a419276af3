package amd64_test

import (
	"testing"

	"github.com/hartwood-vm/hartwood/jitworker/host/amd64"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// exits is how often native code has been left in ways other than by the last,
// system, instruction of a program.
func (r *rig) exits() (n uint64) {
	for op := range r.core.NativeExits {
		if isa.Op(op) != code.OpSystem {
			n += r.core.NativeExits[op].Load()
		}
	}
	return n
}

// runsNatively runs the program at pc twice, of which the first run may miss in the first
// level of translation, and fails if the second leaves anything to the interpreter.
func (p *pair) runsNatively(t *testing.T, pc uint64, in *situation, what string) {
	t.Helper()
	p.same(pc, in, func() string { return what })
	before := p.native.exits()
	p.same(pc, in, func() string { return what })
	if n := p.native.exits() - before; n != 0 {
		t.Errorf("%s: %d exits from native code", what, n)
	}
}

// Carry-less products are right on hosts with and without an instruction for them.
func TestCarrylessProducts(t *testing.T) {
	for _, host := range []amd64.Features{{}, amd64.Detect()} {
		p := newPairOn(t, host)
		for _, op := range []isa.Op{isa.CLMUL, isa.CLMULH, isa.CLMULR} {
			d := newDice(uint64(op))
			for range 12 {
				in := isa.Insn{Op: op, Rd: pick(d, []uint8{5, 10, 11}), Rs1: pick(d, []uint8{0, 5, 10}), Rs2: pick(d, []uint8{0, 6, 10, 11})}
				pc := p.load(func(p *asm.Program) { p.Insn(in).Op(isa.EBREAK) })
				for range 20 {
					s := d.situation(false)
					before := p.native.exits()
					p.same(pc, s, func() string { return s.describe([]isa.Insn{in}) })
					if left := p.native.exits() != before; left == host.Clmul {
						t.Errorf("%s on %+v: left to the interpreter: %v", op, host, left)
					}
				}
			}
		}
	}
}

// CBO.ZERO clears the block that its address lies in, nothing beside it, and is
// illegal where it is disabled.
func TestZeroBlock(t *testing.T) {
	p := newPair(t)
	pc := p.load(func(p *asm.Program) {
		p.Insn(isa.Insn{Op: isa.CBO_ZERO, Rs1: base}).I(isa.LD, asm.A0, base, 0).Op(isa.EBREAK)
	})
	d := newDice(64)
	for i := range uint64(dataBytes / 8) {
		s := d.situation(false)
		s.x[base] = data + i*8
		p.runsNatively(t, pc, s, "cbo.zero")
		if got := p.native.core.S.R[asm.A0]; got != 0 {
			t.Errorf("%#x is left at %#x", got, s.x[base])
		}
	}
	for _, traps := range []uint32{1, 0} {
		for _, r := range p.rigs() {
			r.core.S.ZeroTraps = traps
		}
		s := d.situation(false)
		s.x[base] = data + 64
		p.same(pc, s, func() string { return "cbo.zero where it may be illegal" })
		if illegal := p.native.core.Cause == interp.CauseIllegal; illegal != (traps != 0) {
			t.Errorf("traps %d: cause %d", traps, p.native.core.Cause)
		}
		s.x[base] = 0x1028 // nothing there
		p.same(pc, s, func() string { return "cbo.zero of nothing" })
		if c := p.native.core; traps == 0 && (c.Cause != interp.CauseStoreAccess || c.Tval != 0x1028) {
			t.Errorf("cbo.zero of nothing: cause %d, tval %#x", c.Cause, c.Tval)
		}
	}
}

// reservations are programs with an LR or an SC that is not one of a pair.
var reservations = map[string]func(p *asm.Program){
	"sc.w": func(p *asm.Program) { p.R(isa.SC_W, asm.A0, base, asm.A1) },
	"sc.d": func(p *asm.Program) { p.R(isa.SC_D, asm.T0, base, asm.A1) },
	"lr.w and a load": func(p *asm.Program) {
		p.R(isa.LR_W, asm.A0, base, 0).I(isa.LD, asm.A1, base, 0).R(isa.SC_W, asm.A2, base, asm.A1)
	},
	"lr.d and sc.w": func(p *asm.Program) { p.R(isa.LR_D, asm.A0, base, 0).R(isa.SC_W, asm.A2, base, asm.A1) },
	"two lr.d": func(p *asm.Program) {
		p.R(isa.LR_D, asm.A0, base, 0).R(isa.LR_D, asm.A1, base, 0).R(isa.SC_D, asm.A2, base, asm.A3)
	},
	"lr.d and a system instruction": func(p *asm.Program) { p.R(isa.LR_D, asm.T0, base, 0) },
	"lr.w and cbo.zero":             func(p *asm.Program) { p.R(isa.LR_W, asm.T0, base, 0).Insn(isa.Insn{Op: isa.CBO_ZERO, Rs1: base}) },
	"lr.d and frflags":              func(p *asm.Program) { p.R(isa.LR_D, asm.T0, base, 0).CSR(isa.CSRRS, asm.A1, isa.CSR_FFLAGS, 0) },
}

// A lone LR is a load, a lone SC fails, both with the checks of a pair's.
func TestLoneReservations(t *testing.T) {
	p := newPair(t)
	for name, build := range reservations {
		pc := p.load(func(p *asm.Program) { build(p); p.Op(isa.EBREAK) })
		d := newDice(17)
		for i := range 20 {
			s := d.situation(false)
			s.mstatus = 3 << 13
			s.x[base] = data + uint64(i&3)*32
			p.runsNatively(t, pc, s, name)
			s.x[base]++
			p.same(pc, s, func() string { return name + ", misaligned" })
			s.x[base] = 0x1000
			p.same(pc, s, func() string { return name + " of nothing" })
		}
	}
}

// A branch between a lone LR and what gives its reservation up may lead to an SC,
// which stores.
func TestLoneReservationLeavesByBranch(t *testing.T) {
	p := newPair(t)
	pc := p.load(func(p *asm.Program) {
		p.R(isa.LR_D, asm.A0, base, 0).Branch(isa.BEQ, asm.A1, asm.Zero, "on").I(isa.LD, asm.A2, base, 0)
		p.Label("on").R(isa.SC_D, asm.A3, base, asm.A1).Op(isa.EBREAK)
	})
	for _, taken := range []bool{true, false, true} {
		s := newDice(5).situation(false)
		s.x[base], s.x[asm.A1] = data, 7
		if taken {
			s.x[asm.A1] = 0
		}
		p.same(pc, s, func() string { return "a branch behind a lone lr.d" })
		if failed := p.native.core.S.R[asm.A3] != 0; failed == taken {
			t.Errorf("taken %v: sc.d fails: %v", taken, failed)
		}
	}
}

// WRS behind an LR goes on in native code when the word has changed, and is the
// hart's business when it has not.
func TestWaitForReservation(t *testing.T) {
	p := newPair(t)
	for _, op := range []isa.Op{isa.LR_W, isa.LR_D} {
		for _, wrs := range []isa.Op{isa.WRS_NTO, isa.WRS_STO} {
			pc := p.load(func(p *asm.Program) {
				p.R(op, asm.A0, base, 0).Op(wrs).I(isa.ADDI, asm.A2, asm.A2, 1).Op(isa.EBREAK)
			})
			s := newDice(11).situation(false)
			s.x[base] = data + 32
			p.same(pc, s, func() string { return wrs.String() })
			if got := p.native.core.Insn.Op; got != wrs {
				t.Errorf("with the word unchanged the hart is left %s", got)
			}
		}
	}
}

// A hart in native code that waits for a word sees another one change it.
func TestWaitSeesChange(t *testing.T) {
	r := newRig(t)
	pc := r.load(func(p *asm.Program) {
		p.R(isa.LR_W, asm.A0, base, 0).Op(isa.WRS_NTO).I(isa.ADDI, asm.A2, asm.A2, 1).Op(isa.EBREAK)
	})
	in := newDice(1).situation(false)
	in.x[base], in.x[asm.A2] = data, 0
	word, ok := r.mem.Word64(data)
	if !ok {
		t.Fatal("no memory")
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for v := uint64(0); ; v++ {
			select {
			case <-stop:
				return
			default:
				word.Store(v)
			}
		}
	}()
	for seen := false; !seen; {
		out := r.run(pc, in)
		seen = out.x[asm.A2] == 1 && r.core.Insn.Op == isa.EBREAK
	}
	close(stop)
	<-stopped
}

// An instruction that crosses into another page runs natively, and its neighbours
// lead to it and on without the interpreter. When its second half changes it is
// another instruction.
func TestCrossingInstructionRunsNatively(t *testing.T) {
	const rounds, start = 200, ram + 4096 - 12
	cfg := eager()
	r := newRigWith(t, &cfg)
	in := newDice(1).situation(false)
	in.x[asm.A1], in.x[asm.A2] = 0, rounds
	for _, op := range []isa.Op{isa.ADD, isa.SUB} {
		program := asm.New(start)
		program.LI(asm.A0, 0).Label("again").I(isa.ADDI, asm.A0, asm.A0, 1).Half(0x0001) // c.nop
		program.R(op, asm.A1, asm.A1, asm.A0)                                            // crosses
		program.Branch(isa.BNE, asm.A0, asm.A2, "again").Op(isa.EBREAK)
		code := program.Bytes()
		r.must(r.mem.WriteAt(code[12:], start+12)) // all but the first half, which is the same
		if op == isa.ADD {
			r.must(r.mem.WriteAt(code[:12], start))
		}
		r.core.FenceI()
		want := uint64(rounds * (rounds + 1) / 2)
		if op == isa.SUB {
			want = -want
		}
		for round := range 3 {
			before := r.core.Native.Exits
			if out := r.run(start, in); out.count != 1+4*rounds || out.x[asm.A1] != want {
				t.Errorf("%s: %d instructions, a1 is %d", op, out.count, int64(out.x[asm.A1]))
			}
			for kind, n := range r.core.Native.Exits {
				if n -= before[kind]; round == 2 && n > 1 { // the last instruction
					t.Errorf("%s: left %d times by exit %d", op, n, kind)
				}
			}
		}
	}
}
