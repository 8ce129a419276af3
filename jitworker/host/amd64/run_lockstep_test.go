package amd64_test

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/hartwood-vm/hartwood/jitworker"
	"github.com/hartwood-vm/hartwood/jitworker/codecache"
	"github.com/hartwood-vm/hartwood/jitworker/codestore"
	"github.com/hartwood-vm/hartwood/jitworker/engine"
	"github.com/hartwood-vm/hartwood/vcpu"
	"github.com/hartwood-vm/hartwood/vcpu/blocks"
	"github.com/hartwood-vm/hartwood/vcpu/difftest"
)

// eager are settings with which every block is native from its first execution on.
func eager() engine.Config {
	cfg := engine.Config{Workers: jitworker.DefaultConfig(), Cache: codecache.DefaultConfig(), Wait: true}
	cfg.Workers.Threshold.Min, cfg.Workers.Threshold.Max = 1, 1
	cfg.Workers.Workers = 1
	cfg.Cache.Bytes = 8 << 20
	return cfg
}

func eagerAndDense() engine.Config {
	cfg := eager()
	cfg.Forms = engine.DenseOnly
	return cfg
}

func eagerRegions() engine.Config {
	cfg := eager()
	cfg.Forms = engine.RegionOnly
	return cfg
}

// attach gives a hart native code of its own.
func attach(t testing.TB, cfg engine.Config) func(*vcpu.Hart) (detach func(), err error) {
	return attachAs(t, cfg, func(e *engine.Engine) blocks.Engine { return e })
}

// attachAs is attach with something around the engine.
func attachAs(t testing.TB, cfg engine.Config, wrap func(*engine.Engine) blocks.Engine) func(*vcpu.Hart) (detach func(), err error) {
	return func(h *vcpu.Hart) (func(), error) {
		e, err := engine.New(cfg, h.Core.Cache, func(done func()) {
			h.Post(func(h *vcpu.Hart) {
				h.Core.DropNative()
				done()
			})
		})
		if err != nil {
			return nil, err
		}
		h.Core.Cache.Compile(wrap(e))
		e.Attach(h.S, h.Core.Mode())
		return func() {
			if err := e.Close(); err != nil {
				t.Error(err)
			}
		}, nil
	}
}

func TestLockstepPrograms(t *testing.T) {
	if !engine.Supported {
		t.Skip("no native code on this host")
	}
	seeds := uint64(24)
	if testing.Short() {
		seeds = 6
	}
	for seed := range seeds {
		cfg := eager()
		cfg.Forms = []engine.Forms{engine.FastOnly, engine.RegionOnly, engine.DenseOnly}[seed/2%3]
		if !lockstepPrograms(t, seed, cfg, func(e *engine.Engine) blocks.Engine { return e }) {
			return
		}
	}
}

// lockstepPrograms compares programs in native code with the interpreter.
func lockstepPrograms(t *testing.T, seed uint64, cfg engine.Config, wrap func(*engine.Engine) blocks.Engine) bool {
	t.Helper()
	found := map[uint64]*blocks.Block{} // by address
	cfg.Before = func(b *blocks.Block) error {
		found[b.PC()] = b
		return nil
	}
	opt := difftest.Options{Name: "native code", Paged: seed%2 == 1, BlockLimit: []int{0, 0, 0, 2, 5}[seed%5], Attach: attachAs(t, cfg, wrap)}
	var programs []*difftest.Program
	for i := range 96 {
		programs = append(programs, difftest.Generate(seed, 77<<16|uint64(i), i, true))
	}
	budget := uint64(0)
	err := difftest.Lockstep(difftest.NewImage(programs), opt, func() uint64 {
		budget = budget*6364136223846793005 + 1442695040888963407
		return 1 + budget>>60 // one block, or a few
	})
	if err != nil {
		t.Error(describe(found, err))
	}
	return err == nil
}

// Code that an earlier run has kept does what the interpreter does, too, and is all that runs then.
func TestLockstepKeptPrograms(t *testing.T) {
	if !engine.Supported {
		t.Skip("no native code on this host")
	}
	seeds := uint64(10)
	if testing.Short() {
		seeds = 2
	}
	for seed := range seeds {
		cfg := eager()
		cfg.Forms = []engine.Forms{engine.FastOnly, engine.DenseOnly}[seed/2%2]
		cfg.Store = codestore.DefaultConfig()
		cfg.Store.Dir = filepath.Join(t.TempDir(), "store")
		for run := range 2 {
			var e *engine.Engine
			if !lockstepPrograms(t, seed, cfg, func(made *engine.Engine) blocks.Engine { e = made; return made }) {
				return
			}
			s := e.Stats()
			if run == 1 && (s.Store.Hits < 100 || s.Cache.Placed < s.Store.Hits || s.Store.Added > s.Store.Hits/20) {
				t.Errorf("seed %d: %+v", seed, s.Store)
			}
		}
	}
}

// describe adds the code of the block where native code went wrong.
func describe(found map[uint64]*blocks.Block, err error) string {
	var d *difftest.Divergence
	if !errors.As(err, &d) || found[d.From[0]] == nil {
		return err.Error()
	}
	text, listErr := engine.Listing(found[d.From[0]], d.From[0])
	if listErr != nil {
		text = listErr.Error()
	}
	return err.Error() + "\n" + text
}
