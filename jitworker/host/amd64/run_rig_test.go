package amd64_test

import (
	"fmt"
	"testing"

	"github.com/hartwood-vm/hartwood/jitworker"
	"github.com/hartwood-vm/hartwood/jitworker/codecache"
	"github.com/hartwood-vm/hartwood/jitworker/engine"
	"github.com/hartwood-vm/hartwood/jitworker/host/amd64"
	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/blocks"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

const (
	ram       = 0x8000_0000
	ramSize   = 4 << 20
	data      = ram + 3<<20 - dataBytes/2 // where programs may load and store, across a page's end
	dataBytes = 192
)

// rig is a hart with memory and, if engine is not nil, native code, which is compiled by who asks for it.
type rig struct {
	testing.TB
	core    *interp.Core
	mem     *physmem.Memory
	cache   *blocks.Cache
	engine  *engine.Engine
	pending []func() // shootdowns asked for
	next    uint64   // where the next program goes
	stay    bool     // regions are made as if samples had found that all accesses stay in their pages
}

// settings are those of a rig with native code: a block is compiled when load has put it there, or it has grown hot.
func settings() engine.Config {
	cfg := engine.Config{Workers: jitworker.DefaultConfig(), Cache: codecache.DefaultConfig(), Wait: true}
	cfg.Workers.Workers = 1
	return cfg
}

func newRig(t testing.TB) *rig {
	t.Helper()
	cfg := settings()
	return newRigWith(t, &cfg)
}

// newRigWith is newRig with settings for native code; nil: there is none.
func newRigWith(t testing.TB, cfg *engine.Config) *rig {
	t.Helper()
	if cfg != nil && !engine.Supported {
		t.Skip(engine.ErrHost)
	}
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
		// The rig's quiescence is none, so that code must not be replaced while it runs.
		if r.engine, err = engine.New(*cfg, r.cache, func(done func()) { go done() }); err != nil {
			t.Skip(err)
		}
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

// leaf are the flags of a page of S-mode: V R W X A D.
const leaf = 0xcf

// paged has the hart be in S-mode and see memory by page tables, which have nothing but what set puts there.
func (r *rig) paged() (set func(va, pa, flags uint64)) {
	r.core.MMU.Switch(8<<60|tables>>12, shardedtlb.S, shardedtlb.S, false, false)
	next := uint64(tables + physmem.PageSize)
	return func(va, pa, flags uint64) {
		table := uint64(tables)
		for level := 2; ; level-- {
			w, _ := r.mem.Word64(table + va>>(12+9*level)&0x1ff*8)
			if level == 0 {
				w.Store(pa>>2 | flags)
				return
			}
			if w.Load() == 0 {
				w.Store(next>>2 | 1)
				next += physmem.PageSize
			}
			table = w.Load() >> 10 << 12
		}
	}
}

// block returns the block at pa, which is nil if it crosses a page.
func (r *rig) block(pa uint64) *blocks.Block {
	return r.cache.Get(blocks.Key{PA: pa, Mode: r.core.Mode()}, func() (uint64, bool) { return 0, false })
}

// compile compiles b at once.
func (r *rig) compile(b *blocks.Block) {
	r.Helper()
	if !r.engine.Request(b, blocks.LowestLevel) {
		r.Fatalf("%+v", r.engine.Stats().Workers.LastFailures)
	}
}

// evict is what the code cache does with n when it is short of memory.
func (r *rig) evict(n *blocks.Native) {
	r.cache.Unpublish([]*blocks.Native{n})
	r.engine.Retire(n)
}

// situation is what a program finds.
type situation struct {
	x, f        [32]uint64
	mstatus     uint64
	fflags, frm uint32
	memory      []byte // at data
}

// outcome is what it leaves.
type outcome struct {
	situation
	exit        interp.Exit
	pc, count   uint64
	cause, tval uint64
	raw         uint32
}

// run executes the program at pc once, up to its end or an exception.
func (r *rig) run(pc uint64, in *situation) (out outcome) {
	r.Helper()
	r.must(r.mem.WriteAt(in.memory, data))
	s := r.core.S
	copy(s.R[hart.X:], in.x[:])
	copy(s.R[hart.F:], in.f[:])
	s.MStatus, s.FFlags, s.FRM, s.PC = in.mstatus, in.fflags, in.frm, pc
	before := s.Count
	s.Arm(1000)
	r.core.Cause, r.core.Tval, r.core.Insn = 0, 0, isa.Insn{}
	out.exit = r.core.Run()
	copy(out.x[:], s.R[hart.X:])
	copy(out.f[:], s.R[hart.F:])
	out.mstatus, out.fflags, out.frm = s.MStatus, s.FFlags, s.FRM
	out.pc, out.count = s.PC, s.Count-before
	out.cause, out.tval, out.raw = r.core.Cause, r.core.Tval, r.core.Insn.Raw
	window, err := r.mem.Slice(data, uint64(len(in.memory)))
	r.must(err)
	out.memory = window
	return out
}

// differences lists what differs from what is wanted.
func (o *outcome) differences(want *outcome) (lines []string) {
	add := func(name string, got, want uint64) {
		if got != want {
			lines = append(lines, fmt.Sprintf("%s is %#x, want %#x", name, got, want))
		}
	}
	for i := range o.x {
		add(isa.XName(uint8(i)), o.x[i], want.x[i])
		add(isa.FName(uint8(i)), o.f[i], want.f[i])
	}
	add("mstatus", o.mstatus, want.mstatus)
	add("fflags", uint64(o.fflags), uint64(want.fflags))
	add("frm", uint64(o.frm), uint64(want.frm))
	add("exit", uint64(o.exit), uint64(want.exit))
	add("pc", o.pc, want.pc)
	add("count", o.count, want.count)
	add("cause", o.cause, want.cause)
	add("tval", o.tval, want.tval)
	add("raw", uint64(o.raw), uint64(want.raw))
	if string(o.memory) != string(want.memory) {
		lines = append(lines, "memory differs")
	}
	return lines
}

// pair is harts with the same programs, of which one has no native code, one dense code, and one regions.
type pair struct{ native, dense, regions, interpreted *rig }

func newPair(t testing.TB) *pair { return pairWith(t, settings()) }

// newPairOn is newPair on a processor with other features.
func newPairOn(t testing.TB, f amd64.Features) *pair {
	cfg := settings()
	cfg.Host = amd64.New(f)
	return pairWith(t, cfg)
}

// pairWith is newPair with settings for native code.
func pairWith(t testing.TB, cfg engine.Config) *pair {
	dense := cfg
	dense.Forms, dense.Placed = engine.DenseOnly, nil
	regions := cfg
	regions.Forms, regions.Placed = engine.RegionOnly, nil
	return &pair{newRigWith(t, &cfg), newRigWith(t, &dense), newRigWith(t, &regions), newRigWith(t, nil)}
}

func (p *pair) rigs() []*rig { return []*rig{p.native, p.dense, p.regions, p.interpreted} }

// compiled are those with native code.
func (p *pair) compiled() []*rig { return p.rigs()[:3] }

func (p *pair) load(build func(p *asm.Program)) uint64 {
	p.native.Helper()
	p.interpreted.load(build)
	p.dense.load(build)
	p.regions.load(build)
	return p.native.load(build)
}

// same runs the program at pc on both and reports differences; false if there are any.
func (p *pair) same(pc uint64, in *situation, what func() string) bool {
	p.native.Helper()
	got, dense, regions, want := p.native.run(pc, in), p.dense.run(pc, in), p.regions.run(pc, in), p.interpreted.run(pc, in)
	lines := got.differences(&want)
	for _, l := range dense.differences(&want) {
		lines = append(lines, "dense code: "+l)
	}
	for _, l := range regions.differences(&want) {
		lines = append(lines, "a region: "+l)
	}
	for _, l := range lines {
		p.native.Errorf("%s: %s", what(), l)
	}
	return len(lines) == 0
}

// beginAnew gives all rigs the registers with which random programs begin.
func (p *pair) beginAnew() {
	for _, r := range p.rigs() {
		s := r.core.S
		s.R, s.MStatus, s.FRM, s.FFlags = [hart.Slots]uint64{}, hart.FSDirty, 0, 0
		for f := range uint64(32) {
			s.R[hart.F+f] = 0xffffffff_3f800001 + f<<20
		}
	}
}

// sameMemory is sameEnd for programs that write where random loops do.
func (p *pair) sameMemory(t *testing.T, what string, pc uint64) {
	t.Helper()
	p.sameEnd(t, what, pc)
	want := p.interpreted.core.S
	b, err := p.interpreted.mem.Slice(loopData, loopDataBytes)
	p.native.must(err)
	for _, r := range p.compiled() {
		got := r.core.S
		a, err := r.mem.Slice(loopData, loopDataBytes)
		r.must(err)
		if got.FFlags != want.FFlags || got.FRM != want.FRM || string(a) != string(b) {
			t.Fatalf("%s: fflags %#x, frm %d, want %#x, %d; memory is the same: %v", what, got.FFlags, got.FRM, want.FFlags, want.FRM, string(a) == string(b))
		}
	}
}
