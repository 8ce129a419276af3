package runtime

import (
	"context"
	"errors"
	"os"
	goruntime "runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/vcpu"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// ringProgram is a program in which a token goes round all harts by software interrupts,
// turns times; each hart sleeps until its turn. Hart 0 ends the machine.
func ringProgram(harts, turns uint64) *asm.Program {
	p := asm.New(RAMBase)
	p.LI(asm.S1, clintBase).LI(asm.S2, harts).LI(asm.S3, turns).LI(asm.S4, testData)
	p.I(isa.SLLI, asm.S5, asm.A0, 2).R(isa.ADD, asm.S5, asm.S5, asm.S1) // my msip
	p.I(isa.ADDI, asm.S6, asm.A0, 1).Branch(isa.BNE, asm.S6, asm.S2, "next")
	p.I(isa.ADDI, asm.S6, asm.Zero, 0).Label("next")
	p.I(isa.SLLI, asm.S6, asm.S6, 2).R(isa.ADD, asm.S6, asm.S6, asm.S1) // the next hart's
	p.I(isa.ADDI, asm.S7, asm.Zero, 1)
	p.I(isa.ADDI, asm.T0, asm.Zero, 8).CSR(isa.CSRRW, 0, isa.CSR_MIE, asm.T0)
	p.R(isa.AMOADD_D, 0, asm.S4, asm.S7) // I am ready
	p.Branch(isa.BNE, asm.A0, asm.Zero, "wait")
	p.Label("gather").Op(isa.PAUSE).I(isa.LD, asm.T0, asm.S4, 0).Branch(isa.BNE, asm.T0, asm.S2, "gather")
	p.Label("pass").S(isa.SW, asm.S7, asm.S6, 0)
	p.Label("wait").Op(isa.WFI).I(isa.LW, asm.T0, asm.S5, 0).Branch(isa.BEQ, asm.T0, asm.Zero, "wait")
	p.S(isa.SW, asm.Zero, asm.S5, 0)
	p.Branch(isa.BNE, asm.A0, asm.Zero, "pass")
	p.I(isa.ADDI, asm.S3, asm.S3, -1).Branch(isa.BNE, asm.S3, asm.Zero, "pass")
	exit(p, 0)
	return p
}

// Far more harts than workers, all in need of each other.
func TestManyHartsRing(t *testing.T) {
	for _, c := range []struct{ harts, turns, pool int }{{2, 200, 1}, {3, 100, 1}, {100, 20, 2}, {1024, 3, 0}} {
		cfg := bare(ringProgram(uint64(c.harts), uint64(c.turns)), c.harts)
		cfg.PoolSize = c.pool
		res := start(t, newMachine(t, cfg)).wait()
		if res.Reason != PoweredOff {
			t.Errorf("%+v: %v", c, res.Reason)
		}
		if want := uint64(c.harts * c.turns); res.Stats.Wakeups < want-uint64(c.turns) && c.pool == 1 {
			t.Errorf("%+v: %d wake-ups for %d turns", c, res.Stats.Wakeups, want)
		}
	}
}

// The largest machine: 4,095 harts start, and the last one ends it.
func TestMostHarts(t *testing.T) {
	p := asm.New(RAMBase)
	p.LI(asm.S1, testData).I(isa.ADDI, asm.T1, asm.Zero, 1).R(isa.AMOADD_D, asm.T0, asm.S1, asm.T1)
	p.LI(asm.T2, MaxHarts-1).Branch(isa.BNE, asm.T0, asm.T2, "sleep")
	exit(p, 21)
	p.Label("sleep").Op(isa.WFI).Jump(asm.Zero, "sleep")
	if res := start(t, newMachine(t, bare(p, MaxHarts))).wait(); res.ExitCode != 21 {
		t.Errorf("%v with code %d", res.Reason, res.ExitCode)
	}
}

// Harts that spin on a lock while its holder waits for a worker: it gets one, with
// and without PAUSE in the loop.
func TestSpinnersDoNotStarveTheHolder(t *testing.T) {
	for _, pause := range []bool{false, true} {
		const harts, turns = 8, 50
		p := asm.New(RAMBase)
		p.LI(asm.S1, testData).LI(asm.S2, turns).I(isa.ADDI, asm.S3, asm.Zero, 1)
		p.Label("lock").R(isa.AMOSWAP_D, asm.T0, asm.S1, asm.S3).Branch(isa.BEQ, asm.T0, asm.Zero, "mine")
		if pause {
			p.Op(isa.PAUSE)
		}
		p.Jump(asm.Zero, "lock")
		p.Label("mine").I(isa.LD, asm.T0, asm.S1, 8).Op(isa.PAUSE) // leave the worker with the lock held
		p.I(isa.ADDI, asm.T0, asm.T0, 1).S(isa.SD, asm.T0, asm.S1, 8).R(isa.AMOSWAP_D, 0, asm.S1, asm.Zero)
		p.I(isa.ADDI, asm.S2, asm.S2, -1).Branch(isa.BNE, asm.S2, asm.Zero, "lock")
		p.LI(asm.T1, harts*turns).Label("end").I(isa.LD, asm.T0, asm.S1, 8).Branch(isa.BEQ, asm.T0, asm.T1, "done")
		p.Op(isa.PAUSE).Jump(asm.Zero, "end")
		p.Label("done")
		exit(p, 0)
		cfg := bare(p, harts)
		cfg.PoolSize = 1
		if res := start(t, newMachine(t, cfg)).wait(); res.Reason != PoweredOff {
			t.Errorf("pause %v: %v", pause, res.Reason)
		}
	}
}

// Thousands of harts that sleep, wake each other and spin, paused, resumed and
// stopped at any moment.
func TestSchedulerHammer(t *testing.T) {
	const harts = 2000
	p := asm.New(RAMBase)
	p.LI(asm.S1, clintBase).LI(asm.S2, harts).LI(asm.S4, testData)
	p.I(isa.SLLI, asm.S5, asm.A0, 2).R(isa.ADD, asm.S5, asm.S5, asm.S1).I(isa.ADDI, asm.S7, asm.Zero, 1)
	p.I(isa.ADDI, asm.T0, asm.Zero, 8).CSR(isa.CSRRW, 0, isa.CSR_MIE, asm.T0)
	p.I(isa.ADDI, asm.S0, asm.A0, 7)
	p.Label("loop")
	p.LI(asm.T0, 6364136223846793005).R(isa.MUL, asm.S0, asm.S0, asm.T0).I(isa.ADDI, asm.S0, asm.S0, 1)
	p.I(isa.SRLI, asm.T0, asm.S0, 33).R(isa.REMU, asm.T0, asm.T0, asm.S2) // wake somebody
	p.I(isa.SLLI, asm.T0, asm.T0, 2).R(isa.ADD, asm.T0, asm.T0, asm.S1).S(isa.SW, asm.S7, asm.T0, 0)
	p.R(isa.AMOADD_D, 0, asm.S4, asm.S7)
	p.S(isa.SW, asm.Zero, asm.S5, 0)
	p.I(isa.ANDI, asm.T1, asm.S0, 48).Branch(isa.BNE, asm.T1, asm.Zero, "loop")
	p.Op(isa.WFI).Jump(asm.Zero, "loop")
	r := start(t, newMachine(t, bare(p, harts)))
	count := func() uint64 { return r.testWord(t, testData) }
	for range 30 {
		now := count()
		until(t, "harts work", func() bool { return count() > now+200 })
		if err := r.Pause(); err != nil {
			t.Fatal(err)
		}
		now = count()
		for range 20 {
			goruntime.Gosched()
		}
		if count() != now {
			t.Error("a hart runs while the machine is paused")
		}
		if err := r.Resume(); err != nil {
			t.Fatal(err)
		}
	}
	r.Stop(0)
	r.wait()
}

// A handshake with sleeping harts is over at once and wakes none of them.
func TestTrap37HandshakeWakesNobody(t *testing.T) {
	const harts = 200
	p := asm.New(RAMBase).Label("loop").Op(isa.WFI).Jump(asm.Zero, "loop")
	r := start(t, newMachine(t, bare(p, harts)))
	until(t, "all harts sleep", func() bool { return r.core.Running() == 0 && r.Stats().Instructions >= harts })
	before := r.Stats().Wakeups
	for range 50 {
		var done atomic.Int32
		var answers atomic.Int32
		r.core.Handshake(r.core.Harts, func(*vcpu.Hart) { answers.Add(1) }, func() { done.Add(1) })
		if done.Load() != 1 || answers.Load() != harts {
			t.Fatalf("%d answers, done %d times", answers.Load(), done.Load())
		}
	}
	if now := r.Stats().Wakeups; now != before {
		t.Errorf("%d harts were woken", now-before)
	}
	if n := r.core.Running(); n != 0 {
		t.Errorf("%d workers run", n)
	}
	r.core.Handshake(nil, nil, func() { before = 0 })
	if before != 0 {
		t.Error("a handshake with nobody is not over")
	}
	r.Stop(0)
	r.wait()
}

// Guests that do their worst: each can be cancelled, and harms only itself.
func TestHostileGuestsCanBeCancelled(t *testing.T) {
	for name, build := range map[string]func(p *asm.Program){
		"spins":            func(p *asm.Program) { here(p) },
		"jumps to nothing": func(p *asm.Program) { p.I(isa.JALR, 0, asm.Zero, 64) },
		"traps in its trap handler": func(p *asm.Program) {
			p.LA(asm.T0, "bad").CSR(isa.CSRRW, 0, isa.CSR_MTVEC, asm.T0).Align(8).Label("bad").Word(0)
		},
		"ecalls for ever": func(p *asm.Program) {
			p.LA(asm.T0, "e").CSR(isa.CSRRW, 0, isa.CSR_MTVEC, asm.T0).Align(8).Label("e").Op(isa.ECALL)
		},
		"reads CSRs":        func(p *asm.Program) { p.Label("l").CSR(isa.CSRRS, asm.T0, isa.CSR_TIME, 0).Jump(0, "l") },
		"fences":            func(p *asm.Program) { p.Label("l").R(isa.SFENCE_VMA, 0, 0, 0).Op(isa.FENCE_I).Jump(0, "l") },
		"load-reserves":     func(p *asm.Program) { p.LI(asm.A1, testData).Label("l").I(isa.LR_D, asm.T0, asm.A1, 0).Jump(0, "l") },
		"waits for nothing": func(p *asm.Program) { p.Label("l").Op(isa.WFI).Jump(0, "l") },
		"waits for the past": func(p *asm.Program) {
			p.LI(asm.T0, 128).CSR(isa.CSRRW, 0, isa.CSR_MIE, asm.T0).LI(asm.T1, clintCmp).S(isa.SD, 0, asm.T1, 0).Label("l").Op(isa.WFI).Jump(0, "l")
		},
		"rewrites itself": func(p *asm.Program) {
			p.LA(asm.T0, "l").I(isa.LW, asm.T1, asm.T0, 0).Label("l").S(isa.SW, asm.T1, asm.T0, 0).Op(isa.FENCE_I).Jump(0, "l")
		},
		"moves the clock": func(p *asm.Program) {
			p.LI(asm.T0, clintBase+0xbff8).Label("l").S(isa.SD, asm.T0, asm.T0, 0).S(isa.SD, 0, asm.T0, 0).Jump(0, "l")
		},
		"stores into nothing": func(p *asm.Program) {
			p.LA(asm.T0, "l").CSR(isa.CSRRW, 0, isa.CSR_MTVEC, asm.T0).Align(8).Label("l").S(isa.SD, 0, 0, 0)
		},
		"begins blocks all over": func(p *asm.Program) {
			p.LI(asm.T0, testData).LI(asm.T1, 0x0505_0505_0505_0505).LI(asm.T2, testData+0x10_0000)
			p.Label("fill").S(isa.SD, asm.T1, asm.T0, 0).I(isa.ADDI, asm.T0, asm.T0, 8).Branch(isa.BLTU, asm.T0, asm.T2, "fill")
			p.LA(asm.T0, "on").CSR(isa.CSRRW, 0, isa.CSR_MTVEC, asm.T0).LI(asm.T0, testData)
			p.Align(8).Label("on").I(isa.ADDI, asm.T0, asm.T0, 2).I(isa.JALR, 0, asm.T0, 0)
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := asm.New(RAMBase)
			build(p)
			m := newMachine(t, bare(p, 3))
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			defer cancel()
			if res, err := m.Run(ctx); !errors.Is(err, context.DeadlineExceeded) || res.Reason != Cancelled {
				t.Errorf("%v, %v", res.Reason, err)
			}
		})
	}
}

// resident returns the process's resident memory in bytes.
func resident(t *testing.T) int64 {
	t.Helper()
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Skip(err)
	}
	pages, err := strconv.ParseInt(strings.Fields(string(b))[1], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return pages * int64(os.Getpagesize())
}

// A hart that sleeps costs the host less than 64 KiB.
func TestMemoryOfAnIdleHart(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector has memory of its own")
	}
	const harts = 1024
	p := asm.New(RAMBase)
	p.LI(asm.S1, testData).I(isa.ADDI, asm.T1, asm.Zero, 1).R(isa.AMOADD_D, asm.T0, asm.S1, asm.T1)
	p.Label("loop").Op(isa.WFI).Jump(asm.Zero, "loop")
	few := start(t, newMachine(t, bare(p, 1))) // what a machine takes by itself
	until(t, "the hart sleeps", func() bool { return few.testWord(t, testData) == 1 })
	debug.FreeOSMemory()
	before := resident(t)
	r := start(t, newMachine(t, bare(p, harts)))
	until(t, "all harts sleep", func() bool {
		return r.testWord(t, testData) == harts && r.core.Running() == 0
	})
	debug.FreeOSMemory()
	each := (resident(t) - before) / harts
	t.Logf("%d bytes a hart", each)
	if each > 64<<10 {
		t.Errorf("an idle hart takes %d bytes", each)
	}
	for _, m := range []*running{few, r} {
		m.Stop(0)
		m.wait()
	}
}

// A machine with 64 GiB of RAM starts, and its guest reaches the last word.
func TestHugeMemory(t *testing.T) {
	p := asm.New(RAMBase)
	p.LI(asm.T0, RAMBase+64<<30-8).LI(asm.T1, 77).S(isa.SD, asm.T1, asm.T0, 0).I(isa.LD, asm.T2, asm.T0, 0)
	p.Branch(isa.BNE, asm.T1, asm.T2, "bad")
	exit(p, 0)
	p.Label("bad")
	exit(p, 1)
	cfg := bare(p, 1)
	cfg.Memory = 64 * GiB
	before := resident(t)
	r := start(t, newMachine(t, cfg))
	if res := r.wait(); res.Reason != PoweredOff {
		t.Errorf("%v with code %d", res.Reason, res.ExitCode)
	}
	if took := resident(t) - before; took > 256<<20 {
		t.Errorf("it took %d MiB", took>>20)
	}
}
