package engine

import (
	"testing"

	"github.com/hartwood-vm/hartwood/jitworker"
	"github.com/hartwood-vm/hartwood/jitworker/codecache"
	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/blocks"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
)

const (
	ram     = 0x8000_0000
	ramSize = 4 << 20
	data    = ram + 3<<20 // where programs may load and store
)

// rig is a hart with memory and, if engine is not nil, native code.
type rig struct {
	testing.TB
	core    *interp.Core
	mem     *physmem.Memory
	cache   *blocks.Cache
	engine  *Engine
	pending []func() // shootdowns asked for
	next    uint64   // where the next program goes
}

func newRig(t testing.TB, native bool) *rig {
	t.Helper()
	if !native {
		return newRigWith(t, nil)
	}
	// The rig's quiescence is none, so that code must not be replaced while it runs.
	cfg := Config{Workers: oneWorker(), Cache: codecache.DefaultConfig(), Forms: FastOnly}
	return newRigWith(t, &cfg)
}

// newRigWith is newRig with settings for native code; nil: there is none.
func newRigWith(t testing.TB, cfg *Config) *rig {
	t.Helper()
	r := &rig{TB: t, next: ram}
	mem, err := physmem.New(ram, ramSize, physmem.Options{})
	r.must(err)
	tlb, err := shardedtlb.NewShared(shardedtlb.DefaultConfig(), mem)
	r.must(err)
	arena, err := hart.NewArena(1)
	r.must(err)
	r.mem = mem
	r.cache = blocks.NewCache(mem, func(done func()) { r.pending = append(r.pending, done) })
	if cfg != nil {
		if r.engine, err = New(*cfg, r.cache, func(done func()) { go done() }); err != nil {
			t.Skip(err)
		}
		// A worker of the rig's own, since the pool's is at work in the background.
		r.engine.workers = append(r.engine.workers, r.engine.newWorker())
		r.cache.Compile(r.engine)
		r.engine.Attach(arena.State(0), 0)
	}
	mmu := shardedtlb.NewMMU(&arena.State(0).TLB, mem, tlb)
	mmu.PMP().WriteAddr(0, ^uint64(0)>>10)
	mmu.PMP().WriteCfg(0, 0x1f)
	mmu.PMPChanged()
	r.core = interp.NewCore(arena.State(0), mmu, mem, r.cache)
	t.Cleanup(func() {
		if r.engine != nil {
			r.must(r.engine.Close())
		}
		r.must(arena.Close())
		r.must(mem.Close())
	})
	return r
}

func (r *rig) must(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

// load puts a program into memory and compiles its first block; it returns where.
// build is called with a program at that address.
func (r *rig) load(build func(p *asm.Program)) uint64 {
	r.Helper()
	p := asm.New(r.next)
	build(p)
	at := r.next
	if r.next += uint64(len(p.Bytes())+63) &^ 63; r.next >= data {
		r.Fatal("no room for programs")
	}
	r.must(r.mem.WriteAt(p.Bytes(), at))
	r.core.FenceI()
	b := r.block(at)
	for _, done := range r.pending {
		r.core.MMU.DropStores()
		done()
	}
	r.pending = nil
	if r.engine != nil {
		r.compile(b)
	}
	return at
}

// block returns the block at pa, which is nil if it crosses a page.
func (r *rig) block(pa uint64) *blocks.Block {
	return r.cache.Get(blocks.Key{PA: pa, Mode: r.core.Mode()}, func() (uint64, bool) { return 0, false })
}

// compile compiles b at once, with the rig's worker.
func (r *rig) compile(b *blocks.Block) {
	r.Helper()
	_, err := r.engine.compile(len(r.engine.workers)-1, unit{b, levelDense})
	r.must(err)
}

func oneWorker() jitworker.Config {
	c := jitworker.DefaultConfig()
	c.Workers = 1
	return c
}

// regionsAfter has the rig's blocks compiled by an engine that makes regions after so many samples; rounds has what the engine wants
// called when the hart is in no code.
func (r *rig) regionsAfter(t *testing.T, samples int) (e *Engine, rounds chan func()) {
	t.Helper()
	rounds = make(chan func(), 1)
	cfg := Config{Workers: oneWorker(), Cache: codecache.DefaultConfig(), Forms: FastOnly, Regions: samples}
	e, err := New(cfg, r.cache, func(done func()) { rounds <- done })
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { r.must(e.Close()) })
	r.cache.Compile(e)
	e.Attach(r.core.S, r.core.Mode())
	return e, rounds
}
