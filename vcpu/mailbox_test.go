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

func TestMailboxOrder(t *testing.T) {
	var b mailbox
	if !b.empty() || b.take() != nil {
		t.Fatal("a new mailbox is not empty")
	}
	var got []int
	for i := range 100 {
		b.put(func(*Hart) { got = append(got, i) })
	}
	for m := b.take(); m != nil; m = m.next {
		m.f(nil)
	}
	if len(got) != 100 || !b.empty() {
		t.Fatalf("%d messages", len(got))
	}
	for i, v := range got {
		if v != i {
			t.Fatalf("message %d comes at %d", v, i)
		}
	}
}

// Many producers and one consumer: nothing lost, nothing twice, first in first out
// for each producer.
func TestMailboxHammer(t *testing.T) {
	const producers, each = 8, 5000
	var b mailbox
	var last [producers]int
	var total int
	var wg sync.WaitGroup
	for p := range producers {
		wg.Go(func() {
			for i := range each {
				b.put(func(*Hart) {
					if last[p] != i {
						t.Errorf("producer %d: message %d comes after %d", p, i, last[p]-1)
					}
					last[p] = i + 1
					total++
				})
			}
		})
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	for ended := false; !ended; {
		select {
		case <-done:
			ended = true
		default:
		}
		for m := b.take(); m != nil; m = m.next {
			m.f(nil)
		}
	}
	if total != producers*each {
		t.Errorf("%d messages of %d", total, producers*each)
	}
}

// A hart that sleeps answers a message at once, by its sender's goroutine, without
// being woken; so does one that is queued, one that is stopped and one that was
// never started.
func TestTrap37MessagesToHartsThatDoNotRun(t *testing.T) {
	w, h := newHart(t, shardedtlb.M)
	w.load(asm.New(ram).Label("loop").Op(isa.WFI).Jump(asm.Zero, "loop"), ram)
	post := func(state string) {
		t.Helper()
		answered := false
		before := h.Counters().Wakeups
		h.Post(func(x *Hart) { answered = x == h })
		if !answered || h.Counters().Wakeups != before || len(w.queue) != 0 {
			t.Errorf("%s: answered %v, %d wake-ups", state, answered, h.Counters().Wakeups-before)
		}
	}
	post("off")
	h.Launch()
	<-w.queue
	post("queued")
	w.queue <- h
	w.run()
	if h.state.Load() != stateIdle {
		t.Fatal("not asleep")
	}
	pc, count := h.S.PC, h.S.Count
	post("asleep")
	h.start.Store(&off)
	post("stopped")
	if h.S.PC != pc || h.S.Count != count || h.state.Load() != stateIdle {
		t.Error("a message moved the hart")
	}
}

// A running hart answers between two instructions, soon, and goes on.
func TestMessageToRunningHart(t *testing.T) {
	w, h := newHart(t, shardedtlb.M)
	w.load(asm.New(ram).Label("loop").I(isa.ADDI, asm.S0, asm.S0, 1).Jump(asm.Zero, "loop"), ram)
	h.Launch()
	stop := w.workers(1)
	defer stop()
	for i := range 200 {
		answered := make(chan bool, 1)
		h.Post(func(h *Hart) { answered <- h.X(int(asm.S0)) == (h.S.Count+1)/2 })
		select {
		case exact := <-answered:
			if !exact {
				t.Error("not at a boundary")
			}
		case <-time.After(time.Minute):
			t.Fatalf("message %d not answered", i)
		}
	}
}

// Messages from many goroutines to harts that run, sleep, wake and yield all the
// time: each is executed exactly once, in its sender's order, by one at a time,
// and at a boundary: S0 and S1 of the guest are always equal there.
func TestMessageHammer(t *testing.T) {
	const harts, senders, each = 4, 4, 1500
	w := newWorld(t, harts)
	p := asm.New(ram).Label("loop")
	p.I(isa.ADDI, asm.S0, asm.S0, 1).I(isa.ADDI, asm.S1, asm.S1, 1)
	p.I(isa.ANDI, asm.T0, asm.S0, 63).Branch(isa.BNE, asm.T0, asm.Zero, "loop")
	p.CSR(isa.CSRRCI, 0, isa.CSR_MIP, ipSSIP).Op(isa.WFI).Jump(asm.Zero, "loop")
	w.load(p, ram)
	stop := w.workers(3)
	defer stop()
	for _, h := range w.harts {
		h.Reset(ram, 0, 0, 0)
		h.csrs.mie = LineSSIP
		h.Launch()
	}
	type count struct {
		inside atomic.Int32
		next   [senders]int // by sender; guarded by the hart's ownership
		total  int
	}
	counts := make([]count, harts)
	var wg sync.WaitGroup
	for s := range senders {
		wg.Go(func() {
			for i := range each {
				for n, h := range w.harts {
					c := &counts[n]
					h.Post(func(x *Hart) {
						if c.inside.Add(1) != 1 || x != h {
							t.Error("two messages at once, or the wrong hart")
						}
						if c.next[s] != i {
							t.Errorf("hart %d: message %d of sender %d comes as number %d", n, i, s, c.next[s])
						}
						if h.X(int(asm.S0)) != h.X(int(asm.S1)) {
							t.Error("in the middle of a block")
						}
						c.next[s]++
						c.total++
						c.inside.Add(-1)
					})
					if i%3 == 0 {
						h.SetLine(LineSSIP, true)
					}
				}
			}
		})
	}
	wg.Wait()
	for n, h := range w.harts {
		done := make(chan int, 1)
		h.Post(func(*Hart) { done <- counts[n].total })
		if got := <-done; got != senders*each {
			t.Errorf("hart %d: %d messages, want %d", n, got, senders*each)
		}
	}
}

// Two harts post to each other while both run, a handshake each way: both end.
func TestHandshakesBothWays(t *testing.T) {
	w := newWorld(t, 2)
	w.load(asm.New(ram).Label("loop").I(isa.ADDI, asm.S0, asm.S0, 1).Jump(asm.Zero, "loop"), ram)
	for _, h := range w.harts {
		h.Reset(ram, 0, 0, 0)
		h.Launch()
	}
	stop := w.workers(2)
	defer stop()
	a, b := w.harts[0], w.harts[1]
	for range 300 {
		done := make(chan struct{}, 2)
		a.Post(func(*Hart) { b.Post(func(*Hart) { done <- struct{}{} }) })
		b.Post(func(*Hart) { a.Post(func(*Hart) { done <- struct{}{} }) })
		for range 2 {
			select {
			case <-done:
			case <-time.After(time.Minute):
				t.Fatal("two handshakes block each other")
			}
		}
	}
}
