package vcpu

import (
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// trapTo runs the hart until it has trapped n times.
func (h *Hart) trapTo(t *testing.T, n uint64) {
	t.Helper()
	for before := h.S.Count; h.traps.Load() < n; {
		h.S.Arm(Budget)
		h.takeInterrupt()
		h.burst()
		if h.S.Count-before > 1000*n {
			t.Fatalf("%d traps in %d instructions, the hart is at %#x", h.traps.Load(), h.S.Count-before, h.S.PC)
		}
	}
}

// skip adds a handler in M or S-mode that returns behind the instruction that trapped.
func skip(p *asm.Program, mode shardedtlb.Priv) *asm.Program {
	epc, ret := isa.CSR_SEPC, isa.SRET
	if mode == shardedtlb.M {
		epc, ret = isa.CSR_MEPC, isa.MRET
	}
	return p.CSR(isa.CSRRS, asm.T0, epc, 0).I(isa.ADDI, asm.T0, asm.T0, 4).CSR(isa.CSRRW, 0, epc, asm.T0).Op(ret)
}

const illegalWord = 0xffffffff

// Guests whose traps lead nowhere are told of once; guests that trap as often and get on, never.
func TestTrapsWithoutProgress(t *testing.T) {
	if testing.Short() {
		t.Skip("traps millions of times")
	}
	const badStack = 8 // no memory, however often 16 is taken off
	for _, test := range []struct {
		name    string
		mode    shardedtlb.Priv
		program func(*asm.Program)
		m, s    func(*asm.Program) // handlers
		setUp   func(*Hart)
		stuck   bool
	}{
		{name: "the vector is no memory", mode: shardedtlb.M, stuck: true,
			program: func(p *asm.Program) { p.Word(illegalWord) },
			setUp:   func(h *Hart) { h.csrs.mtvec = 0 }},
		{name: "the handler's first instruction is illegal", mode: shardedtlb.U, stuck: true,
			program: func(p *asm.Program) { p.Op(isa.ECALL) },
			m:       func(p *asm.Program) { p.Word(illegalWord) }},
		{name: "the handler's stack is no memory", mode: shardedtlb.S, stuck: true,
			program: func(p *asm.Program) { p.Op(isa.ECALL) },
			m: func(p *asm.Program) {
				p.I(isa.ADDI, asm.SP, asm.SP, -16).S(isa.SD, asm.RA, asm.SP, 0).Op(isa.MRET)
			},
			setUp: func(h *Hart) { h.SetX(int(asm.SP), badStack) }},
		{name: "the handler returns to what traps", mode: shardedtlb.U, stuck: true,
			program: func(p *asm.Program) { p.I(isa.LD, asm.A0, asm.Zero, 0) },
			m:       func(p *asm.Program) { p.CSR(isa.CSRRS, asm.T0, isa.CSR_MCAUSE, 0).Op(isa.MRET) }},
		{name: "an S-mode handler calls the firmware and returns to what traps", mode: shardedtlb.U, stuck: true,
			program: func(p *asm.Program) { p.Word(illegalWord) },
			m:       func(p *asm.Program) { skip(p, shardedtlb.M) },
			s:       func(p *asm.Program) { p.Op(isa.ECALL).Op(isa.SRET) },
			setUp:   func(h *Hart) { h.csrs.medeleg = 1 << causeIllegal }},
		{name: "an interrupt that nobody acknowledges", mode: shardedtlb.S, stuck: true,
			program: func(p *asm.Program) { p.Label("here").Jump(asm.Zero, "here") },
			s:       func(p *asm.Program) { p.Op(isa.SRET) },
			setUp: func(h *Hart) {
				h.csrs.mideleg, h.csrs.mie = ipSSIP, ipSSIP
				h.S.MStatus |= statusSIE
				h.lines.Store(LineSSIP)
			}},

		{name: "environment calls", mode: shardedtlb.U,
			program: func(p *asm.Program) { p.Label("loop").Op(isa.ECALL).Jump(asm.Zero, "loop") },
			m:       func(p *asm.Program) { skip(p, shardedtlb.M) }},
		{name: "environment calls to S-mode, which calls the firmware", mode: shardedtlb.U,
			program: func(p *asm.Program) { p.Label("loop").Op(isa.ECALL).Op(isa.ECALL).Jump(asm.Zero, "loop") },
			m:       func(p *asm.Program) { skip(p, shardedtlb.M) },
			s:       func(p *asm.Program) { skip(p.Op(isa.ECALL), shardedtlb.S) },
			setUp:   func(h *Hart) { h.csrs.medeleg = 1 << causeEcallU }},
		{name: "environment calls that are never returned from", mode: shardedtlb.M,
			program: func(p *asm.Program) { p.Op(isa.ECALL) },
			m:       func(p *asm.Program) { p.I(isa.ADDI, asm.A0, asm.A0, 1).Op(isa.ECALL) }},
		{name: "faults that are emulated", mode: shardedtlb.S,
			program: func(p *asm.Program) { p.Label("loop").Word(illegalWord).Jump(asm.Zero, "loop") },
			m:       func(p *asm.Program) { skip(p, shardedtlb.M) }},
		{name: "page faults, with another in the handler", mode: shardedtlb.U,
			program: func(p *asm.Program) { p.Label("loop").I(isa.LD, asm.A0, asm.Zero, 0).Jump(asm.Zero, "loop") },
			m: func(p *asm.Program) { // from U-mode t1 is 0: fault once more, and return for both
				p.Branch(isa.BNE, asm.T1, asm.Zero, "nested")
				p.CSR(isa.CSRRS, asm.T2, isa.CSR_MEPC, 0).CSR(isa.CSRRS, asm.T3, isa.CSR_MSTATUS, 0).I(isa.ADDI, asm.T1, asm.Zero, 1)
				p.I(isa.LD, asm.A0, asm.Zero, 0)
				p.CSR(isa.CSRRW, 0, isa.CSR_MSTATUS, asm.T3).CSR(isa.CSRRW, 0, isa.CSR_MEPC, asm.T2).I(isa.ADDI, asm.T1, asm.Zero, 0)
				skip(p, shardedtlb.M)
				skip(p.Label("nested"), shardedtlb.M)
			}},
		{name: "interrupts that are acknowledged", mode: shardedtlb.S,
			program: func(p *asm.Program) { p.Label("loop").CSR(isa.CSRRSI, 0, isa.CSR_SIP, ipSSIP).Jump(asm.Zero, "loop") },
			s:       func(p *asm.Program) { p.CSR(isa.CSRRCI, 0, isa.CSR_SIP, ipSSIP).Op(isa.SRET) },
			setUp: func(h *Hart) {
				h.csrs.mideleg, h.csrs.mie = ipSSIP, ipSSIP
				h.S.MStatus |= statusSIE
			}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w, h := newHart(t, test.mode)
			for at, code := range map[uint64]func(*asm.Program){ram: test.program, mtvec: test.m, stvec: test.s} {
				if code != nil {
					p := asm.New(at)
					code(p)
					w.load(p, at)
				}
			}
			if test.setUp != nil {
				test.setUp(h)
			}
			h.trapTo(t, StuckTraps-2*maxEvents)
			if len(w.stuck) != 0 {
				t.Fatalf("told too early: %+v", w.stuck)
			}
			h.trapTo(t, 2*StuckTraps+StuckTraps/2)
			if told := len(w.stuck); test.stuck && told != 1 || !test.stuck && told != 0 {
				t.Errorf("told %d times", told)
			}
		})
	}
}

// A hart that was stuck and has got on is told of again.
func TestStuckAgain(t *testing.T) {
	if testing.Short() {
		t.Skip("traps millions of times")
	}
	w, h := newHart(t, shardedtlb.U)
	w.load(asm.New(ram).Label("loop").Op(isa.ECALL).Jump(asm.Zero, "loop"), ram)
	w.load(asm.New(mtvec).Op(isa.MRET), mtvec)
	w.load(skip(asm.New(stvec), shardedtlb.M), stvec)
	h.trapTo(t, 2*StuckTraps)
	h.csrs.mtvec = stvec
	h.trapTo(t, 2*StuckTraps+StuckTraps/10)
	h.csrs.mtvec = mtvec
	h.trapTo(t, 3*StuckTraps+StuckTraps/5)
	if len(w.stuck) != 2 {
		t.Fatalf("told %d times", len(w.stuck))
	}
	v := w.stuck[1]
	if v.Fruitless != StuckTraps || v.LastTrap.Cause != causeEcallU || v.LastTrap.PC != ram || !v.LastTrap.Returned || v.LastTrap.Mode != shardedtlb.M {
		t.Errorf("%+v", v)
	}
	h.Reset(ram, 0, 0, 0)
	if v := h.View(); v.Fruitless != 0 || v.LastTrap != (TrapView{}) {
		t.Errorf("after a reset: %+v", v)
	}
}

// What a hart does is seen from outside in each of its states.
func TestView(t *testing.T) {
	w, h := newHart(t, shardedtlb.S)
	look := func() (v View) {
		h.Post(func(h *Hart) { v = h.View() })
		return v
	}
	expect := func(what Activity, timer time.Duration) {
		t.Helper()
		if v := look(); v.Activity != what || v.Timer != timer || v.PC != h.S.PC || v.Instructions != h.S.Count {
			t.Errorf("activity %d, timer %v: %+v; want activity %d, timer %v", v.Activity, v.Timer, v, what, timer)
		}
	}
	w.load(asm.New(ram).Op(isa.WFI).Label("here").Jump(asm.Zero, "here"), ram)
	h.S.PC = ram
	expect(Halted, -1)
	if !h.Start(ram, shardedtlb.S, 0, 0) {
		t.Fatal("not started")
	}
	expect(Starting, -1)
	h.csrs.mie, h.csrs.menvcfg = ipSTIP, envSTCE
	w.now.Store(1000)
	h.SetTimer(1000 + 3*TimeFrequency)
	w.run()
	expect(Waiting, 3*time.Second)
	if v := look(); v.Interrupts != ipSTIP || v.Priv != shardedtlb.S || v.PC != ram+4 || v.Instructions != 1 {
		t.Errorf("%+v", v)
	}
	h.suspended.Store(true)
	expect(Suspended, 3*time.Second)
	h.suspended.Store(false)
	w.now.Add(3 * TimeFrequency)
	h.Wake()
	expect(Ready, 0)
	(<-w.queue).Slice(1)
	expect(Ready, 0)
	h.blocked.Store(true)
	expect(Fencing, 0)
	h.blocked.Store(false)
	h.stalled.Store(true)
	if v := look(); v.Activity != Stalled {
		t.Errorf("%+v", v)
	}
	h.stalled.Store(false)

	w.queue <- h
	stop := w.workers(1)
	seen := make(chan View)
	for v := (View{}); v.Activity != Running; {
		h.Post(func(h *Hart) { go func(v View) { seen <- v }(h.View()) })
		v = <-seen
	}
	stop()
}
