package runtime

import (
	"context"
	"errors"
	goruntime "runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/vcpu"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// counting is a program in which every hart counts for ever in a word of its own.
func counting() *asm.Program {
	p := asm.New(RAMBase)
	p.LI(asm.T0, testData).I(isa.SLLI, asm.T1, asm.A0, 6).R(isa.ADD, asm.T0, asm.T0, asm.T1)
	p.Label("loop").I(isa.ADDI, asm.S0, asm.S0, 1).S(isa.SD, asm.S0, asm.T0, 0).Jump(asm.Zero, "loop")
	return p
}

func TestRunTwice(t *testing.T) {
	p := asm.New(RAMBase)
	exit(p, 7)
	m := newMachine(t, bare(p, 1))
	if res, err := m.Run(t.Context()); err != nil || res.Reason != Exited || res.ExitCode != 7 {
		t.Fatalf("%+v, %v", res, err)
	}
	if _, err := m.Run(t.Context()); !errors.Is(err, ErrClosed) {
		t.Errorf("second Run: %v", err)
	}
	for name, f := range map[string]func() error{"Pause": m.Pause, "Resume": m.Resume} {
		if err := f(); !errors.Is(err, ErrClosed) {
			t.Errorf("%s after Run: %v", name, err)
		}
	}
	if err := m.Close(); err != nil {
		t.Errorf("Close after Run: %v", err)
	}
	m.Stop(1) // does nothing
	if s := m.Stats(); s.Instructions == 0 || s.Wall == 0 || s.Wall != m.Stats().Wall {
		t.Errorf("counters after the end: %+v", s)
	}
}

func TestCloseWithoutRun(t *testing.T) {
	m := newMachine(t, bare(counting(), 3))
	if err := errors.Join(m.Pause(), m.Resume(), m.Close(), m.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Run(t.Context()); !errors.Is(err, ErrClosed) {
		t.Errorf("Run after Close: %v", err)
	}
}

func TestCloseEndsRun(t *testing.T) {
	for range 20 {
		r := start(t, newMachine(t, bare(counting(), 3)))
		until(t, "harts count", func() bool { return r.testWord(t, testData) != 0 })
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		if res := r.wait(); res.Reason != Stopped {
			t.Fatalf("%+v", res)
		}
	}
}

func TestStop(t *testing.T) {
	r := start(t, newMachine(t, bare(counting(), 2)))
	r.Stop(9)
	r.Stop(10) // too late
	if res := r.wait(); res.Reason != Stopped || res.ExitCode != 9 {
		t.Errorf("%+v", res)
	}
}

func TestCancelHasACause(t *testing.T) {
	m := newMachine(t, bare(counting(), 2))
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(time.Millisecond, func() { cancel(why) })
	if res, err := m.Run(ctx); !errors.Is(err, why) || res.Reason != Cancelled {
		t.Errorf("%+v, %v", res, err)
	}
	// Before it began.
	m = newMachine(t, bare(counting(), 2))
	if res, err := m.Run(ctx); !errors.Is(err, why) || res.Reason != Cancelled {
		t.Errorf("%+v, %v", res, err)
	}
}

// goroutines waits until no more than n are left.
func goroutines(t *testing.T, n int) {
	t.Helper()
	until(t, "goroutines end", func() bool { return goruntime.NumGoroutine() <= n })
}

// Machines that are cancelled at any moment, closed or never run leave nothing.
func TestNoGoroutineIsLeft(t *testing.T) {
	before := goruntime.NumGoroutine()
	for i := range 40 {
		m := newMachine(t, bare(counting(), 1+i%5))
		if i%8 == 7 {
			if err := m.Close(); err != nil {
				t.Fatal(err)
			}
			continue
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i*37%1000)*time.Microsecond)
		if res, err := m.Run(ctx); !errors.Is(err, context.DeadlineExceeded) || res.Reason != Cancelled {
			t.Errorf("%+v, %v", res, err)
		}
		cancel()
	}
	goroutines(t, before)
}

// After Pause has returned nothing moves; after Resume everything does.
func TestPauseStopsEveryHart(t *testing.T) {
	const harts = 6
	r := start(t, newMachine(t, bare(counting(), harts)))
	word := func(h uint64) uint64 { return r.testWord(t, testData+h*64) }
	for range 20 {
		before := [harts]uint64{}
		for h := range uint64(harts) {
			before[h] = word(h)
		}
		for h := range uint64(harts) {
			until(t, "a hart counts", func() bool { return word(h) != before[h] })
		}
		if err := r.Pause(); err != nil {
			t.Fatal(err)
		}
		stats := r.Stats()
		for h := range before {
			before[h] = word(uint64(h))
		}
		for range 50 {
			goruntime.Gosched()
			time.Sleep(10 * time.Microsecond)
		}
		for h := range before {
			if word(uint64(h)) != before[h] {
				t.Errorf("hart %d runs while the machine is paused", h)
			}
			// At an instruction boundary, and counted: three instructions a turn.
			// Three before the loop, as far as LI makes it one.
			if pc := r.core.Harts[h].S.PC; pc < RAMBase || pc > RAMBase+64 {
				t.Errorf("hart %d stands at %#x", h, pc)
			}
		}
		if now := r.Stats(); now.Instructions != stats.Instructions {
			t.Error("instructions are counted while the machine is paused")
		}
		if err := r.Resume(); err != nil {
			t.Fatal(err)
		}
	}
	r.Stop(0)
	r.wait()
}

// Pause before Run: nothing runs until Resume.
func TestPauseBeforeRun(t *testing.T) {
	m := newMachine(t, bare(counting(), 2))
	if err := m.Pause(); err != nil {
		t.Fatal(err)
	}
	r := start(t, m)
	time.Sleep(2 * time.Millisecond)
	if r.testWord(t, testData) != 0 {
		t.Error("a paused machine runs")
	}
	if err := m.Resume(); err != nil {
		t.Fatal(err)
	}
	until(t, "harts count", func() bool { return r.testWord(t, testData+64) != 0 })
	r.Stop(0)
	r.wait()
}

// A hart that sleeps with its timer armed is paused: the timer's time comes, the
// hart does not; it goes on after Resume.
func TestPauseDuringSleep(t *testing.T) {
	p := asm.New(RAMBase)
	p.LI(asm.S1, testData).LI(asm.S2, clintCmp).LI(asm.S3, clintCmp-0x4000+0xbff8)
	p.LI(asm.T0, 1<<7).CSR(isa.CSRRW, 0, isa.CSR_MIE, asm.T0)
	p.Label("loop").I(isa.LD, asm.T1, asm.S3, 0).LI(asm.T2, vcpu.TimeFrequency/1000) // a millisecond
	p.R(isa.ADD, asm.T1, asm.T1, asm.T2).S(isa.SD, asm.T1, asm.S2, 0).Op(isa.WFI)
	p.I(isa.ADDI, asm.S0, asm.S0, 1).S(isa.SD, asm.S0, asm.S1, 0).Jump(asm.Zero, "loop")
	r := start(t, newMachine(t, bare(p, 1)))
	ticks := func() uint64 { return r.testWord(t, testData) }
	for range 10 {
		until(t, "the timer ticks", func() bool { return ticks() > 0 })
		if err := r.Pause(); err != nil {
			t.Fatal(err)
		}
		now := ticks()
		time.Sleep(3 * time.Millisecond)
		if ticks() != now {
			t.Error("a timer woke a paused hart")
		}
		if err := r.Resume(); err != nil {
			t.Fatal(err)
		}
		until(t, "the timer ticks on", func() bool { return ticks() > now })
	}
	r.Stop(0)
	r.wait()
}

// Pause, Resume, Stats and messages from many goroutines at any time, then a stop.
func TestLifeHammer(t *testing.T) {
	for range 5 {
		r := start(t, newMachine(t, bare(counting(), 5)))
		var wg sync.WaitGroup
		for g := range 4 {
			wg.Go(func() {
				for i := range 60 {
					switch (g + i) % 4 {
					case 0:
						_ = r.Pause()
					case 1:
						_ = r.Resume()
					case 2:
						r.Stats()
					case 3:
						r.core.Harts[i%5].Post(func(h *vcpu.Hart) { h.MMU.DropStores() })
					}
				}
			})
		}
		wg.Wait()
		r.Stop(3)
		if res := r.wait(); res.ExitCode != 3 {
			t.Errorf("%+v", res)
		}
	}
}

// Two machines in one process know nothing of each other.
func TestTwoMachines(t *testing.T) {
	var wg sync.WaitGroup
	for i := range int32(4) {
		wg.Go(func() {
			p := asm.New(RAMBase)
			p.Branch(isa.BNE, asm.A0, asm.Zero, "other")
			p.LI(asm.T0, 20_000).LI(asm.S1, testData)
			p.Label("loop").I(isa.ADDI, asm.S0, asm.S0, i+1).S(isa.SD, asm.S0, asm.S1, 0).I(isa.LD, asm.S0, asm.S1, 0)
			p.I(isa.ADDI, asm.T0, asm.T0, -1).Branch(isa.BNE, asm.T0, asm.Zero, "loop")
			p.LI(asm.T2, uint64(i+1)*20_000).Branch(isa.BNE, asm.T2, asm.S0, "other")
			exit(p, i+1)
			p.Label("other").Op(isa.WFI).Jump(asm.Zero, "other")
			m, err := New(bare(p, 2))
			if err != nil {
				t.Error(err)
				return
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			if res, err := m.Run(ctx); err != nil || res.ExitCode != int(i)+1 {
				t.Errorf("machine %d: %+v, %v", i, res, err)
			}
		})
	}
	wg.Wait()
}

// A broken invariant in a worker ends the machine with an error, not the process
// and not with a hang.
func TestWorkerPanicEndsTheMachine(t *testing.T) {
	r := start(t, newMachine(t, bare(counting(), 3)))
	until(t, "harts count", func() bool { return r.testWord(t, testData+64) != 0 })
	mine := func() (panicked bool) { // the hart does not run, and this goroutine delivers the message
		defer func() { panicked = recover() != nil }()
		r.core.Harts[1].Post(func(*vcpu.Hart) { panic("BUG: for a test") })
		return false
	}
	for mine() {
	}
	<-r.done
	if r.err == nil || !strings.Contains(r.err.Error(), "BUG: for a test") || r.res.Reason != Failed {
		t.Errorf("%+v, %v", r.res, r.err)
	}
}

// A guest that resets the machine starts anew, again and again; a Stop or Pause in
// between is not lost.
func TestRebootLoop(t *testing.T) {
	p := asm.New(RAMBase)
	p.LI(asm.S1, testData).I(isa.ADDI, asm.T2, asm.Zero, 1).R(isa.AMOADD_D, 0, asm.S1, asm.T2)
	p.LI(asm.T0, testSwitch).LI(asm.T1, 0x7777).S(isa.SW, asm.T1, asm.T0, 0)
	here(p)
	boots := func(r *running) uint64 { return r.testWord(t, testData) }
	r := start(t, newMachine(t, bare(p, 3)))
	for range 5 {
		until(t, "the machine starts again", func() bool { return boots(r) > 6 })
		if err := r.Pause(); err != nil {
			t.Fatal(err)
		}
		now := boots(r)
		time.Sleep(2 * time.Millisecond)
		if boots(r) != now {
			t.Error("a reset ends the pause")
		}
		if err := r.Resume(); err != nil {
			t.Fatal(err)
		}
		until(t, "it goes on", func() bool { return boots(r) > now+6 })
	}
	r.Stop(4)
	if res := r.wait(); res.Reason != Stopped || res.ExitCode != 4 {
		t.Errorf("%+v", res)
	}
	for i := range 30 { // at any moment
		r := start(t, newMachine(t, bare(p, 2)))
		time.Sleep(time.Duration(i*61%700) * time.Microsecond)
		if i%2 == 0 {
			r.Stop(5)
		} else if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		if <-r.done; r.err == nil && r.res.Reason != Stopped || r.err != nil && !errors.Is(r.err, ErrClosed) {
			t.Fatalf("%+v, %v", r.res, r.err)
		}
	}
	cfg := bare(p, 1)
	cfg.NoReboot = true
	if res := start(t, newMachine(t, cfg)).wait(); res.Reason != Rebooted {
		t.Errorf("with NoReboot: %+v", res)
	}
}
