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

// stopper is a firmware for which every call stops the hart.
type stopper struct{ calls atomic.Int64 }

func (s *stopper) Call(*Hart) CallResult {
	s.calls.Add(1)
	return CallStopped
}

// callFunc is a firmware made of a function.
type callFunc func(h *Hart) CallResult

func (f callFunc) Call(h *Hart) CallResult { return f(h) }

// A hart that stops itself begins anew where it is started: mode, registers,
// satp and interrupts as the SBI specification says.
func TestStartOfStoppedHart(t *testing.T) {
	w, h := newHart(t, shardedtlb.M)
	h.Supervise(new(stopper))
	w.load(asm.New(ram).Op(isa.ECALL), ram)
	w.load(asm.New(data).I(isa.ADDI, asm.S0, asm.A0, 0).Op(isa.ECALL), data)
	h.S.PC = ram
	if h.Start(data, shardedtlb.S, 1, 2) != true || h.Status() != StatusStarting {
		t.Error("a hart that is off cannot be started")
	}
	if h.Start(data, shardedtlb.S, 3, 4) {
		t.Error("started twice")
	}
	w.run()
	if h.Status() != StatusStopped || h.X(int(asm.S0)) != 1 || h.X(int(asm.A1)) != 2 {
		t.Errorf("status %d, s0 %d, a1 %d", h.Status(), h.X(int(asm.S0)), h.X(int(asm.A1)))
	}
	h.S.MStatus = statusSIE | statusSPIE
	h.csrs.satp = 8<<60 | 5
	if !h.Start(data, shardedtlb.S, 7, 8) {
		t.Error("a stopped hart cannot be started")
	}
	w.run()
	if h.S.MStatus&statusSIE != 0 || h.csrs.satp != 0 || h.X(int(asm.S0)) != 7 || h.priv != shardedtlb.S {
		t.Errorf("mstatus %#x, satp %#x, mode %d", h.S.MStatus, h.csrs.satp, h.priv)
	}
	h.Launch()
	if h.Start(data, shardedtlb.S, 0, 0) {
		t.Error("a running hart can be started")
	}
}

// Several others try to start a hart that stops again at once: each start that is
// granted makes it run exactly once.
func TestStartStopHammer(t *testing.T) {
	const starters, each = 3, 1500
	w, h := newHart(t, shardedtlb.M)
	s := new(stopper)
	h.Supervise(s)
	w.load(asm.New(data).Op(isa.ECALL), data)
	stop := w.workers(2)
	defer stop()
	var granted atomic.Int64
	var wg sync.WaitGroup
	for range starters {
		wg.Go(func() {
			for n := 0; n < each; {
				if h.Start(data, shardedtlb.S, 0, 0) {
					granted.Add(1)
					n++
				} else {
					time.Sleep(time.Microsecond)
				}
			}
		})
	}
	wg.Wait()
	for deadline := time.Now().Add(time.Minute); h.Status() != StatusStopped; {
		if time.Now().After(deadline) {
			t.Fatalf("status %d in the end", h.Status())
		}
		time.Sleep(time.Microsecond)
	}
	if s.calls.Load() != granted.Load() || granted.Load() != starters*each {
		t.Errorf("%d starts granted, the hart ran %d times", granted.Load(), s.calls.Load())
	}
}

// A suspended hart goes on when an enabled interrupt is pending: behind the call,
// or, if its state was not to be kept, where it asked to.
func TestSuspend(t *testing.T) {
	for _, retentive := range []bool{true, false} {
		w, h := newHart(t, shardedtlb.M)
		h.Supervise(callFunc(func(h *Hart) CallResult {
			if retentive {
				h.Suspend()
				return CallBlocked
			}
			h.SuspendTo(data, 42)
			return CallStopped
		}))
		h.SetX(int(asm.A0), 77)
		w.load(asm.New(ram).Op(isa.ECALL).Label("stay").Jump(asm.Zero, "stay"), ram)
		w.load(asm.New(data).Label("stay").Jump(asm.Zero, "stay"), data)
		h.csrs.mie = ipSSIP
		h.S.MStatus = statusSIE
		h.csrs.satp = 0
		h.S.PC = ram
		h.Launch()
		w.run()
		if h.Status() != StatusSuspended {
			t.Fatalf("retentive %v: status %d", retentive, h.Status())
		}
		h.SetLine(LineSEIP, true) // not enabled
		w.run()
		if h.Status() != StatusSuspended || h.Start(data, shardedtlb.S, 0, 0) {
			t.Errorf("retentive %v: a suspended hart was woken or started", retentive)
		}
		h.csrs.stvec = stvec
		w.load(asm.New(stvec).Label("stay").Jump(asm.Zero, "stay"), stvec)
		h.SetLine(LineSSIP, true)
		if len(w.queue) != 1 {
			t.Fatal("not woken")
		}
		(<-w.queue).Slice(1)
		want := uint64(stvec) // takes the interrupt
		if !retentive {
			want = data // with interrupts off
		}
		if h.Status() != StatusStarted || h.S.PC != want {
			t.Errorf("retentive %v: status %d, pc %#x", retentive, h.Status(), h.S.PC)
		}
		if !retentive && (h.X(int(asm.A0)) != 0 || h.X(int(asm.A1)) != 42 || h.priv != shardedtlb.S) {
			t.Errorf("a0 %d, a1 %d, mode %d", h.X(int(asm.A0)), h.X(int(asm.A1)), h.priv)
		}
		if retentive && h.S.SEPC != ram+4 {
			t.Errorf("interrupted at %#x", h.S.SEPC)
		}
	}
}

// A call that blocks gives the worker back; the hart goes on behind it, whenever
// the answer comes: before the call has returned, while the hart makes up its
// mind to sleep, or later.
func TestBlockedCallHammer(t *testing.T) {
	const rounds = 20_000
	w, h := newHart(t, shardedtlb.M)
	answers := make(chan struct{}, 1)
	calls := 0
	h.Supervise(callFunc(func(h *Hart) CallResult {
		if calls++; calls > rounds {
			return CallStopped
		}
		h.Block()
		if calls%5 == 0 {
			h.Unblock()
		} else {
			answers <- struct{}{}
		}
		return CallBlocked
	}))
	w.load(asm.New(ram).Label("loop").Op(isa.ECALL).I(isa.ADDI, asm.S0, asm.S0, 1).Jump(asm.Zero, "loop"), ram)
	h.S.PC = ram
	h.csrs.mie = 0
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for n := 0; ; n++ {
			select {
			case <-answers:
				for range n % 512 { // at a different moment each time
					h.state.Load()
				}
				h.Unblock()
			case <-time.After(10 * time.Second):
				return
			}
			if n == rounds-rounds/5-1 {
				return
			}
		}
	}()
	stop := w.workers(2)
	h.Launch()
	<-ended
	deadline := time.Now().Add(time.Minute)
	for h.Status() != StatusStopped && time.Now().Before(deadline) {
		time.Sleep(time.Millisecond)
	}
	stop()
	if got := h.X(int(asm.S0)); got != rounds {
		t.Errorf("the hart went on %d times of %d", got, rounds)
	}
}
