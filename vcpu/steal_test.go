package vcpu

import (
	"testing"

	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// The time between becoming runnable and running is the guest's stolen time, in nanoseconds;
// sleeping is not, nor is running.
func TestStealTime(t *testing.T) {
	w, h := newHart(t, shardedtlb.M)
	p := asm.New(ram).Op(isa.WFI).Label("loop").Jump(asm.Zero, "loop")
	w.load(p, ram)
	const account = data + 0x40
	h.KeepStealTime(account)
	h.csrs.mie = ipMSIP
	steal := func(want uint64) {
		t.Helper()
		if got := w.word(account + 8); got != want {
			t.Errorf("%d ns stolen, want %d", got, want)
		}
		if v := w.word(account); v%2 != 0 || v>>32 != 0 {
			t.Errorf("sequence and flags are %#x", v)
		}
	}
	w.now.Store(1000)
	h.Launch()
	w.now.Store(1007)
	if (<-w.queue).Slice(1) != Idle {
		t.Fatal("it does not sleep")
	}
	steal(700)
	if w.word(account+16) != 0 {
		t.Error("a hart that sleeps counts as preempted")
	}
	w.now.Store(5000) // asleep
	h.SetLine(LineMSIP, true)
	w.now.Store(5002)
	if (<-w.queue).Slice(1) != Again {
		t.Fatal("it does not run")
	}
	steal(900)
	if w.word(account+16) != 1 {
		t.Error("a hart without a worker does not count as preempted")
	}
	version := w.word(account)
	w.now.Store(5013)
	h.Slice(1)
	steal(2000)
	if w.word(account) != version+2 {
		t.Errorf("sequence %d after %d", w.word(account), version)
	}
	w.now.Store(4000) // the guest sets the clock back
	h.Slice(1)
	steal(2000)
	h.ForgetStealTime()
	w.now.Store(9000)
	h.Slice(1)
	steal(2000)
	h.KeepStealTime(account)
	h.Reset(ram, 0, 0, 0)
	if h.steal.on.Load() {
		t.Error("a reset hart keeps an account")
	}
}

// A hart that sleeps, is woken while it makes up its mind, and is queued at once, is charged
// from that moment on, not from when it was queued before.
func TestStealTimeOfWokenHart(t *testing.T) {
	w, h := newHart(t, shardedtlb.M)
	w.load(asm.New(ram).Op(isa.ECALL).Label("loop").Jump(asm.Zero, "loop"), ram)
	h.firmware = callFunc(func(h *Hart) CallResult {
		w.now.Store(2000) // it runs for long
		h.Wake()
		h.waiting = true
		return CallBlocked
	})
	h.enter(shardedtlb.S)
	h.csrs.mie = 0
	h.KeepStealTime(data)
	w.now.Store(1000)
	h.Launch()
	if (<-w.queue).Slice(4) != Again {
		t.Skip("the wake-up was seen in time")
	}
	w.now.Store(2003)
	h.Slice(1)
	if got := w.word(data + 8); got != 300 {
		t.Errorf("%d ns stolen, want 300", got)
	}
}
