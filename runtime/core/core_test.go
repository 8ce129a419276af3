package core_test

import (
	"errors"
	"fmt"
	goruntime "runtime"
	"testing"

	"github.com/hartwood-vm/hartwood/jitworker"
	"github.com/hartwood-vm/hartwood/jitworker/codecache"
	"github.com/hartwood-vm/hartwood/jitworker/engine"
	"github.com/hartwood-vm/hartwood/runtime/core"
	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/vcpu"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

const (
	ram     = 0x4000_0000 // nobody says that RAM begins where the board's does
	ramSize = 2 << 20
	counter = ram + 1<<20
)

// config is a core of so many harts without a board.
func config(harts int, native bool) core.Config {
	cfg := core.Config{Harts: harts, RAMBase: ram, RAMSize: ramSize, TLB: shardedtlb.DefaultConfig()}
	if native {
		cfg.Native = &engine.Config{Workers: jitworker.DefaultConfig(), Cache: codecache.DefaultConfig(), Wait: true}
		cfg.Native.Workers.Threshold.Min, cfg.Native.Workers.Threshold.Max = 1, 1
	}
	return cfg
}

func newCore(t *testing.T, cfg core.Config) *core.Core {
	t.Helper()
	c, err := core.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// The calls that programs of this test make, by a7.
const (
	callPrint = iota // the a1 bytes at a0
	callStart        // hart a0 at a1
	callExit         // with a0
)

// system answers the calls of programs, as an operating system that runs on the host.
type system struct {
	c    *core.Core
	text chan string // what harts print
	exit chan uint64 // with what they exit
}

func newSystem(c *core.Core) *system {
	return &system{c, make(chan string, 64), make(chan uint64, 64)}
}

func (s *system) Call(h *vcpu.Hart) vcpu.CallResult {
	switch h.X(17) {
	case callPrint:
		text := make([]byte, min(h.X(11), 80))
		if !h.ReadVirtual(h.X(10), text) {
			h.SetX(10, ^uint64(0))
		}
		s.text <- string(text)
	case callStart:
		s.c.Harts[h.X(10)].Start(h.X(11), shardedtlb.S, h.X(10), 0)
	case callExit:
		s.exit <- h.X(10)
		return vcpu.CallStopped
	}
	return vcpu.CallDone
}

const rounds = 20_000

// counting is a program whose harts, started by the first, all count one word up, and exit with their number.
func counting(harts uint64) *asm.Program {
	p := asm.New(ram)
	p.LI(asm.S0, 0).Branch(isa.BNE, asm.A0, asm.Zero, "count")
	p.LI(asm.S1, harts).LI(asm.S2, 1)
	p.Label("start").Branch(isa.BGEU, asm.S2, asm.S1, "started")
	p.I(isa.ADDI, asm.A0, asm.S2, 0).LA(asm.A1, "count").LI(asm.A7, callStart).Op(isa.ECALL)
	p.I(isa.ADDI, asm.S2, asm.S2, 1).Jump(asm.Zero, "start")
	p.Label("started").LA(asm.A0, "text").LI(asm.A1, 5).LI(asm.A7, callPrint).Op(isa.ECALL).LI(asm.A0, 0)
	p.Label("count").LI(asm.T0, counter).LI(asm.T1, rounds).LI(asm.T2, 1)
	p.Label("loop").R(isa.AMOADD_D, asm.Zero, asm.T0, asm.T2).I(isa.ADDI, asm.T1, asm.T1, -1)
	p.Branch(isa.BNE, asm.T1, asm.Zero, "loop")
	p.LI(asm.A7, callExit).Op(isa.ECALL)
	p.Label("text").Double(0x21_6f_6c_6c_65_68_00 >> 8)
	return p
}

// A program runs on harts and memory alone, twice in a row: nobody but the host answers it.
func TestProgramWithoutABoard(t *testing.T) {
	for _, native := range []bool{false, true} {
		for _, harts := range []int{1, 5} {
			t.Run(fmt.Sprintf("native=%v,harts=%d", native, harts), func(t *testing.T) {
				c := newCore(t, config(harts, native))
				if err := c.Mem.WriteAt(counting(uint64(harts)).Bytes(), ram); err != nil {
					t.Fatal(err)
				}
				s := newSystem(c)
				for run := range uint64(2) {
					for i := range harts {
						c.Ready(i, core.Entry{PC: ram, A0: uint64(i), Calls: s})
					}
					c.Launch(0)
					if text := <-s.text; text != "hello" {
						t.Errorf("printed %q", text)
					}
					exited := map[uint64]bool{}
					for range harts {
						exited[<-s.exit] = true
					}
					w, _ := c.Mem.Word64(counter)
					if n := w.Load(); len(exited) != harts || n != (run+1)*rounds*uint64(harts) {
						t.Errorf("%d harts have exited, and counted to %d", len(exited), n)
					}
					c.Hold()
					c.Restart(0)
				}
				compiled := uint64(0)
				for _, h := range c.Harts {
					compiled += h.Counters().Native.Insns
				}
				if native && engine.Supported != (compiled > 0) || !native && compiled > 0 {
					t.Errorf("%d instructions were native code's", compiled)
				}
			})
		}
	}
}

// Held harts do nothing until the last hold is undone.
func TestHold(t *testing.T) {
	c := newCore(t, config(2, false))
	p := asm.New(ram).LI(asm.T0, counter).LI(asm.T1, 1)
	p.Label("loop").R(isa.AMOADD_D, asm.Zero, asm.T0, asm.T1).Jump(asm.Zero, "loop")
	if err := c.Mem.WriteAt(p.Bytes(), ram); err != nil {
		t.Fatal(err)
	}
	w, _ := c.Mem.Word64(counter)
	for i := range c.Harts {
		c.Ready(i, core.Entry{PC: ram}) // in M-mode
		c.Launch(i)
	}
	for range 20 {
		for was := w.Load(); w.Load() == was; { // it runs
			goruntime.Gosched()
		}
		c.HoldSoon()
		for c.Running() > 0 {
			goruntime.Gosched()
		}
		c.Hold()
		was := w.Load()
		c.Release()
		if n := c.Running(); n != 0 || w.Load() != was {
			t.Fatalf("%d workers run, and count from %d to %d", n, was, w.Load())
		}
		c.Release()
	}
}

// What harts cannot deal with is told of, and a core without an observer does without.
func TestObserver(t *testing.T) {
	missing, stuck := make(chan string, 1<<16), make(chan int, 1)
	cfg := config(1, false)
	cfg.Observer = core.Observer{
		Missing: func(ext string) {
			select {
			case missing <- ext:
			default:
			}
		},
		Stuck: func(h *vcpu.Hart) {
			select {
			case stuck <- h.ID:
			default:
			}
		},
	}
	p := asm.New(ram).Word(0x57) // of the vector extension; then its handler at 0, where nothing is
	for _, cfg := range []core.Config{config(1, false), cfg} {
		c := newCore(t, cfg)
		if err := c.Mem.WriteAt(p.Bytes(), ram); err != nil {
			t.Fatal(err)
		}
		c.Ready(0, core.Entry{PC: ram})
		c.Launch(0)
		for c.Harts[0].Counters().Traps == 0 {
			c.Handshake(c.Harts, func(*vcpu.Hart) {}, func() {})
		}
	}
	if ext := <-missing; ext != "V" {
		t.Errorf("extension %q is missing", ext)
	}
	if h := <-stuck; h != 0 {
		t.Errorf("hart %d is stuck", h)
	}
}

// Callers tell by the error what a user can do about it.
func TestErrors(t *testing.T) {
	cfg := config(1, false)
	cfg.RAMSize = 1 << 62
	if _, err := core.New(cfg); !errors.Is(err, core.ErrMemory) {
		t.Errorf("too much memory: %v", err)
	}
	cfg = config(1, true)
	cfg.Native.Cache.Bytes = 1
	if _, err := core.New(cfg); engine.Supported && !errors.Is(err, core.ErrNative) {
		t.Errorf("too little memory for code: %v", err)
	}
}
