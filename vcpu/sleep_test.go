package vcpu

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// ack is the address of a device that takes hart 0's timer back.
const ack = 0x200_0000

type acknowledger struct{ w *world }

func (acknowledger) Load(uint64, int) (uint64, bool) { return 0, true }
func (a acknowledger) Store(uint64, int, uint64) bool {
	a.w.harts[0].SetTimerCompare(never)
	return true
}

// sleeper loads a program that waits for interrupts for ever. Of each it takes
// back SSIP and the timer, and counts it in the word at A0.
func sleeper(w *world) {
	if err := w.mem.Map("ack", ack, 8, acknowledger{w}); err != nil {
		w.Fatal(err)
	}
	p := asm.New(ram).LI(asm.A1, ack).Label("loop").Op(isa.WFI)
	p.CSR(isa.CSRRCI, 0, isa.CSR_MIP, ipSSIP).S(isa.SD, asm.Zero, asm.A1, 0)
	p.I(isa.ADDI, asm.S0, asm.S0, 1).S(isa.SD, asm.S0, asm.A0, 0).Jump(asm.Zero, "loop")
	w.load(p, ram)
}

// poke raises an interrupt rounds times, each time when the last one has been seen.
func (w *world) poke(counter uint64, rounds int, raise func()) {
	seen, _ := w.mem.Word64(counter)
	for n := range uint64(rounds) {
		raise()
		for spins := 0; seen.Load() == n; spins++ {
			if spins > 100 {
				time.Sleep(time.Microsecond)
			}
			if spins > 10_000_000 {
				w.Errorf("interrupt %d is slept through", n)
				return
			}
		}
	}
	if got := seen.Load(); got != uint64(rounds) {
		w.Errorf("%d interrupts seen, %d raised", got, rounds)
	}
}

// WFI goes on with a pending interrupt that is enabled in mie, whether it may be
// taken or not; one that is not enabled does not wake.
func TestTrap22WFIWakes(t *testing.T) {
	for _, mie := range []uint64{0, statusMIE} {
		w, h := newHart(t, shardedtlb.M)
		p := asm.New(ram).Op(isa.WFI).Label("on").I(isa.ADDI, asm.S0, asm.S0, 1).CSR(isa.CSRRW, 0, isa.CSR_MIE, 0).Label("stay").Op(isa.WFI).Jump(asm.Zero, "stay")
		w.load(p, ram)
		w.load(asm.New(mtvec).I(isa.ADDI, asm.S1, asm.S1, 1).CSR(isa.CSRRW, asm.Zero, isa.CSR_MIE, asm.Zero).Op(isa.MRET), mtvec)
		h.csrs.mie = LineMSIP
		h.S.MStatus = mie
		h.Launch()
		w.run()
		if h.X(int(asm.S0)) != 0 || h.S.PC != p.Addr("on") || h.state.Load() != stateIdle {
			t.Fatalf("not asleep: pc %#x", h.S.PC)
		}
		h.SetLine(LineSEIP|LineMEIP, true) // not enabled
		w.run()
		if h.X(int(asm.S0)) != 0 {
			t.Error("woken by an interrupt that is not enabled")
		}
		h.SetLine(LineMSIP, true)
		w.run()
		if h.X(int(asm.S0)) != 1 {
			t.Errorf("mstatus %#x: not woken", mie)
		}
		if taken := h.X(int(asm.S1)) != 0; taken != (mie != 0) || taken && h.csrs.mepc != p.Addr("on") {
			t.Errorf("mstatus %#x: interrupt taken %v, mepc %#x", mie, taken, h.csrs.mepc)
		}
	}
}

// WFI with an interrupt pending already does not sleep.
func TestTrap22WFIDoesNotSleepOnPending(t *testing.T) {
	w, h := newHart(t, shardedtlb.M)
	w.load(asm.New(ram).Op(isa.WFI).I(isa.ADDI, asm.S0, asm.S0, 1).CSR(isa.CSRRW, 0, isa.CSR_MIE, 0).Op(isa.WFI), ram)
	h.csrs.mie = LineMEIP
	h.SetLine(LineMEIP, true)
	h.Launch()
	wakeups := h.Counters().Wakeups
	w.run()
	if h.X(int(asm.S0)) != 1 || h.Counters().Wakeups != wakeups {
		t.Errorf("s0 is %d, %d wake-ups", h.X(int(asm.S0)), h.Counters().Wakeups-wakeups)
	}
}

// Harts fall asleep while others raise their interrupts: no wake-up is ever lost.
func TestTrap22WFIHammer(t *testing.T) {
	const harts, rounds = 4, 3000
	w := newWorld(t, harts)
	sleeper(w)
	defer w.workers(3)()
	var wg sync.WaitGroup
	for i, h := range w.harts {
		counter := data + uint64(i)*64
		h.Reset(ram, counter, 0, 0)
		h.csrs.mie = LineSSIP
		h.Launch()
		wg.Go(func() { w.poke(counter, rounds, func() { h.SetLine(LineSSIP, true) }) })
	}
	wg.Wait()
}

// The same through mtimecmp, which others may write at any moment too: the clock
// stands still, so that only the write can wake the hart.
func TestTrap23TimerCompareHammer(t *testing.T) {
	w := newWorld(t, 1)
	sleeper(w)
	w.now.Store(1000)
	defer w.workers(2)()
	h := w.harts[0]
	h.Reset(ram, data, 0, 0)
	h.csrs.mie = ipMTIP
	h.Launch()
	w.poke(data, 5000, func() { h.SetTimerCompare(1000) })
}

// The comparators are levels: pending while time has reached them, not any more
// when they are moved ahead, pending again when time gets there.
func TestTrap23ComparatorsAreLevels(t *testing.T) {
	w, h := newHart(t, shardedtlb.M)
	mip := func(bit uint64) bool { v, _ := h.read(isa.CSR_MIP); return v&bit != 0 }
	h.write(isa.CSR_MENVCFG, envSTCE)
	for _, c := range []struct {
		name string
		bit  uint64
		set  func(uint64)
	}{
		{"mtimecmp", ipMTIP, h.SetTimerCompare},
		{"stimecmp", ipSTIP, func(v uint64) { h.write(isa.CSR_STIMECMP, v) }},
	} {
		w.now.Store(100)
		for _, step := range []struct {
			now, cmp uint64
			pending  bool
		}{
			{100, 101, false}, {101, 101, true}, {101, 100, true}, {101, 102, false}, {200, 102, true},
			{200, never, false}, {200, 0, true}, {0, 0, true}, {0, 1, false},
		} {
			w.now.Store(step.now)
			c.set(step.cmp)
			if mip(c.bit) != step.pending {
				t.Errorf("%s %d at %d: pending %v", c.name, step.cmp, step.now, !step.pending)
			}
		}
	}
	// With STCE, STIP is the comparator's alone; without, software's.
	h.write(isa.CSR_STIMECMP, never)
	h.set(isa.CSR_MIP, ipSTIP)
	if mip(ipSTIP) {
		t.Error("software sets STIP under STCE")
	}
	h.write(isa.CSR_MIP, ipSTIP)
	if h.write(isa.CSR_MENVCFG, 0); mip(ipSTIP) {
		t.Error("what software wrote to STIP under STCE shows when STCE is clear")
	}
	h.set(isa.CSR_MIP, ipSTIP)
	if h.write(isa.CSR_MENVCFG, envSTCE); mip(ipSTIP) {
		t.Error("what software wrote to STIP before shows under STCE")
	}
	h.clear(isa.CSR_MIP, ipSTIP)
	h.write(isa.CSR_MIP, ipSEIP)
	if v, _ := h.read(isa.CSR_MIP); v&(ipSTIP|ipSEIP) != ipSEIP {
		t.Errorf("mip is %#x after a write of SEIP under STCE", v)
	}
	h.write(isa.CSR_MIP, 0)
	h.write(isa.CSR_MENVCFG, 0)
	if !mip(ipSTIP) {
		t.Error("software's STIP is lost under STCE")
	}
	h.write(isa.CSR_STIMECMP, 0)
	if h.clear(isa.CSR_MIP, ipSTIP); mip(ipSTIP) {
		t.Error("stimecmp sets STIP without STCE")
	}
}

// A hart that runs sees its timer at a poll, one that sleeps gets a host timer for
// the earlier of its comparators, and only if an interrupt can end its sleep.
func TestTrap23TimerOfSleepingHart(t *testing.T) {
	w, h := newHart(t, shardedtlb.M)
	w.load(asm.New(ram).Label("loop").Op(isa.WFI).Jump(asm.Zero, "loop"), ram)
	w.now.Store(1000)
	h.csrs.menvcfg = envSTCE
	h.csrs.mie = ipMTIP | ipSTIP
	h.mtimecmp.Store(1000 + 50_000)
	h.csrs.stimecmp = 1000 + 20 // two microseconds
	if d := h.deadline(); d != 1020 {
		t.Errorf("deadline %d, want the earlier comparator", d)
	}
	h.Launch()
	w.run()
	select {
	case again := <-w.queue: // the host timer's
		if again != h {
			t.Error("another hart")
		}
		w.queue <- h
	case <-time.After(time.Minute):
		t.Fatal("the timer did not wake the hart")
	}
	// Too early by the machine's clock: it sleeps again.
	pc := h.S.PC
	h.csrs.stimecmp = never
	w.run()
	if h.S.PC != pc || h.state.Load() != stateIdle {
		t.Error("woken before its time")
	}
	if h.csrs.mie = 0; h.deadline() != never {
		t.Error("a deadline without enabled timers")
	}
}

// An interrupt for a hart that runs an endless loop is taken within one block's
// length after the kick, and a timer's within one budget.
func TestTrap25InterruptLatency(t *testing.T) {
	w, h := newHart(t, shardedtlb.M)
	w.load(asm.New(ram).Label("loop").I(isa.ADDI, asm.S0, asm.S0, 1).Jump(asm.Zero, "loop"), ram)
	handler := asm.New(mtvec).CSR(isa.CSRRS, asm.S1, isa.CSR_MINSTRET, 0).CSR(isa.CSRRW, 0, isa.CSR_MIE, 0).Label("stay").Op(isa.WFI).Jump(asm.Zero, "stay")
	w.load(handler, mtvec)
	h.S.MStatus = statusMIE
	h.csrs.mie = ipMTIP | LineMSIP
	w.now.Store(5)
	h.SetTimerCompare(10)
	h.Launch()
	<-w.queue
	if h.Slice(1) != Again || h.S.Count < Budget || h.S.Count > Budget+64 {
		t.Fatalf("%d instructions in a budget of %d", h.S.Count, Budget)
	}
	w.now.Store(10)
	before := h.S.Count
	h.Slice(1)
	if at := h.X(int(asm.S1)); at != before || h.csrs.mcause != 1<<63|7 {
		t.Errorf("timer taken at %d, due at %d; cause %#x", at, before, h.csrs.mcause)
	}
	// By a kick, from another goroutine, in the middle of a very long slice.
	w, h = newHart(t, shardedtlb.M)
	w.load(asm.New(ram).Label("loop").I(isa.ADDI, asm.S0, asm.S0, 1).S(isa.SD, asm.S0, asm.A0, 0).Jump(asm.Zero, "loop"), ram)
	w.load(handler, mtvec)
	h.SetX(int(asm.A0), data)
	h.S.MStatus = statusMIE
	h.csrs.mie = LineMSIP
	h.Launch()
	go func() {
		for w.word(data) == 0 {
			time.Sleep(time.Microsecond)
		}
		h.SetLine(LineMSIP, true)
	}()
	<-w.queue
	if h.Slice(1<<40) != Idle || h.csrs.mcause != 1<<63|3 {
		t.Errorf("cause %#x", h.csrs.mcause)
	}
}

// PAUSE and its kin give the worker away if others wait for one, and only then.
func TestYieldInstructions(t *testing.T) {
	for _, op := range []isa.Op{isa.PAUSE, isa.WRS_NTO, isa.WRS_STO} {
		w, h := newHart(t, shardedtlb.M)
		w.load(asm.New(ram).Label("loop").Op(op).I(isa.ADDI, asm.S0, asm.S0, 1).Jump(asm.Zero, "loop"), ram)
		h.Launch()
		<-w.queue
		h.Slice(3)
		if h.X(int(asm.S0)) < 2 {
			t.Errorf("%s gives the worker away though nobody waits", op)
		}
		before := h.X(int(asm.S0))
		w.contended.Store(true)
		if h.Slice(1000) != Again || h.X(int(asm.S0)) > before+1 {
			t.Errorf("%s keeps the worker from others", op)
		}
	}
}

// A guest whose trap handler traps again, for ever, leaves at every kick.
func TestTrapStormCanBeStopped(t *testing.T) {
	w, h := newHart(t, shardedtlb.M)
	h.csrs.mtvec = 0 // nothing there
	h.S.PC = 0
	h.Launch()
	var stopped atomic.Bool
	go func() {
		for h.Counters().Traps < 10_000 {
			time.Sleep(time.Microsecond)
		}
		stopped.Store(true)
		h.Interrupt()
	}()
	<-w.queue
	for !stopped.Load() {
		if h.Slice(1000) != Again {
			t.Fatal("asleep")
		}
	}
	if h.S.Count != 0 {
		t.Errorf("%d instructions retired", h.S.Count)
	}
}
