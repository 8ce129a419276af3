package core

import (
	"errors"
	"fmt"

	"github.com/hartwood-vm/hartwood/jitworker/engine"
	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu"
	"github.com/hartwood-vm/hartwood/vcpu/blocks"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
)

var (
	// ErrMemory reports that the host has no room for RAM.
	ErrMemory = errors.New("memory")
	// ErrNative reports that native code cannot be made as configured.
	ErrNative = errors.New("native code")
)

// Config says what a Core is made of.
type Config struct {
	Harts            int
	RAMBase, RAMSize uint64 // bytes
	HugePages        bool   // behind RAM
	ROM              physmem.Range
	Translation      vcpu.Translation
	NMIVector        uint64 // vcpu.Params.NMIVector
	AIA              bool   // vcpu.Params.AIA
	Mode             code.Mode
	TLB              shardedtlb.Config
	Workers          int            // that run harts; 0: two for each host CPU
	Native           *engine.Config // nil, and hosts without a compiler: everything is interpreted
	Observer         Observer
	Timed            bool         // vcpu.Params.Timed
	Budget           uint64       // vcpu.Params.Budget
	Ticks            func() int64 // the time in place of the host's clock; nil: that
}

// Observer is told what harts cannot deal with. Nil functions are not called. They are called by workers and must not
// block.
type Observer struct {
	// Missing is told of an instruction of an extension that harts do not have; ext may be "".
	Missing func(ext string)
	// Stuck is told of a hart that traps without progress, by its owner.
	Stuck func(*vcpu.Hart)
	// Failed is told that the Core itself is broken.
	Failed func(error)
	// Wanting is asked whether goroutines that run no hart wait for a CPU.
	Wanting func() bool
}

// Core is memory and harts. Its methods are safe for concurrent use, but for New and Close.
type Core struct {
	Mem    *physmem.Memory
	TLB    *shardedtlb.Shared
	Blocks *blocks.Cache
	Harts  []*vcpu.Hart
	Native *engine.Engine // nil: interpret all
	Clock  Clock

	observer Observer
	arena    *hart.Arena
	sched    *scheduler
}

// New makes a Core whose harts are off. Whoever gets one must Close it.
func New(cfg Config) (_ *Core, err error) {
	c := &Core{observer: cfg.Observer.withDefaults()}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.Close())
		}
	}()
	c.Clock.start(cfg.Ticks)
	if c.Mem, err = physmem.New(cfg.RAMBase, cfg.RAMSize, physmem.Options{HugePages: cfg.HugePages, ROM: cfg.ROM}); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMemory, err)
	}
	if c.TLB, err = shardedtlb.NewShared(cfg.TLB, c.Mem); err != nil {
		return nil, err
	}
	if c.sched, err = newScheduler(cfg.Workers, c.observer.Failed, c.TLB.SetActive, c.observer.Wanting); err != nil {
		return nil, err
	}
	c.Blocks = blocks.NewCache(c.Mem, c.dropStores)
	if err = c.makeHarts(cfg); err != nil {
		return nil, err
	}
	if err = c.startNative(cfg.Native); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNative, err)
	}
	return c, nil
}

func (o Observer) withDefaults() Observer {
	if o.Missing == nil {
		o.Missing = func(string) {}
	}
	if o.Stuck == nil {
		o.Stuck = func(*vcpu.Hart) {}
	}
	if o.Failed == nil {
		o.Failed = func(error) {}
	}
	if o.Wanting == nil {
		o.Wanting = func() bool { return false }
	}
	return o
}

func (c *Core) makeHarts(cfg Config) (err error) {
	if c.arena, err = hart.NewArena(cfg.Harts); err != nil {
		return err
	}
	c.Harts = make([]*vcpu.Hart, cfg.Harts)
	for i := range c.Harts {
		c.Harts[i] = vcpu.New(vcpu.Params{
			ID: i, State: c.arena.State(i), Mem: c.Mem, TLB: c.TLB, Cache: c.Blocks, Env: (*environment)(c), Mode: cfg.Mode,
			Translation: cfg.Translation, NMIVector: cfg.NMIVector, AIA: cfg.AIA, Timed: cfg.Timed, Budget: cfg.Budget,
		})
	}
	return nil
}

// startNative makes the compiler of native code, if there is to be one and the host can run it.
func (c *Core) startNative(cfg *engine.Config) error {
	if cfg == nil || !engine.Supported {
		return nil
	}
	e, err := engine.New(*cfg, c.Blocks, c.quiesce)
	if err != nil {
		return err
	}
	c.Native = e
	c.Blocks.Compile(e)
	for _, h := range c.Harts {
		e.Attach(h.S, h.Core.Mode())
	}
	return nil
}

// Entry is where and how a hart begins.
type Entry struct {
	PC         uint64
	A0, A1, A2 uint64
	// Calls answers the environment calls of S-mode, in which the hart then begins, with everything delegated to it that
	// an M-mode firmware would; nil: the hart begins in M-mode, and its calls are traps.
	Calls vcpu.Firmware
}

// Ready brings a hart that does not run to its power-on state at e. It is off until Launch, or until another hart
// starts it.
func (c *Core) Ready(hart int, e Entry) {
	h := c.Harts[hart]
	h.Reset(e.PC, e.A0, e.A1, e.A2)
	if e.Calls != nil {
		h.Supervise(e.Calls)
	}
}

// Launch lets a hart that is Ready run.
func (c *Core) Launch(hart int) { c.Harts[hart].Launch() }

// Hold keeps harts from being run and returns when none is. Holds are counted.
func (c *Core) Hold() { c.sched.hold(c.Harts) }

// HoldSoon is Hold that does not wait: a hart may call it.
func (c *Core) HoldSoon() { c.sched.holdSoon(c.Harts) }

// Release undoes one Hold.
func (c *Core) Release() { c.sched.release() }

// Restart forgets who was runnable, and leaves so many holds; Hold must have returned.
func (c *Core) Restart(held int) { c.sched.restart(held) }

// Running is the number of workers that run harts.
func (c *Core) Running() int { return int(c.sched.running.Load()) }

// Close stops the harts and gives back what the Core holds. Nobody may use it any more, or its memory.
func (c *Core) Close() error {
	var errs []error
	if c.sched != nil {
		c.Hold()
	}
	for _, h := range c.Harts {
		h.Close()
	}
	if c.sched != nil {
		c.sched.close()
	}
	if c.Native != nil {
		errs = append(errs, c.Native.Close())
	}
	if c.arena != nil {
		errs = append(errs, c.arena.Close())
	}
	if c.Mem != nil {
		errs = append(errs, c.Mem.Close())
	}
	return errors.Join(errs...)
}
