package engine

import (
	"errors"
	"fmt"
	goruntime "runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/cpu"

	"github.com/hartwood-vm/hartwood/jitworker"
	"github.com/hartwood-vm/hartwood/jitworker/codecache"
	"github.com/hartwood-vm/hartwood/jitworker/codestore"
	"github.com/hartwood-vm/hartwood/jitworker/host"
	"github.com/hartwood-vm/hartwood/jitworker/region"
	"github.com/hartwood-vm/hartwood/jitworker/tier"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/blocks"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/codemap"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
)

// ErrHost reports a host without native code generation.
var ErrHost = errors.New("no native code on this host")

// Config are the settings of native execution.
type Config struct {
	// Host is the kind of processor; nil: the one that this runs on.
	Host    host.Host
	Workers jitworker.Config
	Cache   codecache.Config
	// Store is where code is kept between runs. It is off with Profile, whose code counts.
	Store codestore.Config
	// Warn is told, in one sentence, of what keeps the store from being used; nil: nobody is.
	Warn func(string)
	// Placed is told of all code that comes into being, on the goroutine that has made
	// it; nil: nobody is.
	Placed func(Placed)
	// Profile has code count its executions, for Hottest. That costs some speed.
	Profile bool
	// Forms says which code blocks get.
	Forms Forms
	// Regions is how many samples have to find a block's fast code before the loop around it is
	// compiled as a region; 0: none is.
	Regions int
	// Wait has blocks compiled before they run, by the hart that asks. It makes what
	// runs natively a matter of the guest alone, for comparisons with the interpreter.
	Wait bool
	// Before is called before each compilation, which fails if it does; nil: none.
	Before func(*blocks.Block) error
}

// Placed is a piece of code and what it was made from.
type Placed struct {
	Entry   uintptr
	Size    int    // bytes
	Routine string // name of one of the engine's own routines, or "": a block's
	PC, PA  uint64 // of the block

	code *codecache.Code
}

// Copy returns the code's bytes as of now; nil if its memory has been given back.
func (p *Placed) Copy() []byte { return p.code.Copy() }

// Engine compiles and runs native code (blocks.Engine).
type Engine struct {
	cfg      Config
	host     host.Host
	blocks   *blocks.Cache
	service  *jitworker.Service
	cache    *codecache.Cache
	codes    [code.Modes]*codemap.Map
	workers  []worker
	refined  atomic.Uint64 // blocks whose dense code has been replaced: written by workers, read by Stats
	regions  regionCounts
	waiting  sync.Mutex // held by a hart that compiles, if it has to wait
	profile  *profile   // nil: none
	kept     *kept      // nil: no store
	_        cpu.CacheLinePad
	pay      payoff
	pace     pace
	_        cpu.CacheLinePad // pay and pace are written to, harts read what follows
	routines []uintptr        // the host's, by number
}

// meanCode is about the least number of bytes that a block's code takes on average: the map of
// codes has room for as many blocks as the code cache then.
const meanCode = 256

// worker is what one compiling goroutine has for itself.
type worker struct {
	arena  *codecache.Arena
	tiers  []tier.Tier // by level, from blocks.LowestLevel on
	picker region.Picker
	source source
	unit   code.Unit       // that is being compiled; here, so that it costs no allocation
	blocks []*blocks.Block // of its parts
	from   origin          // of the code of a single one
}

// New returns an engine for the blocks of one machine. quiesce tells when every
// hart has passed a point at which it runs no native code and has dropped its
// table of it. The error wraps ErrHost where there is no native code.
func New(cfg Config, cache *blocks.Cache, quiesce codecache.Quiesce) (_ *Engine, err error) {
	if cfg.Host == nil {
		if cfg.Host = thisHost(); cfg.Host == nil {
			return nil, fmt.Errorf("%w: %s/%s", ErrHost, goruntime.GOOS, goruntime.GOARCH)
		}
	}
	e := &Engine{cfg: cfg, host: cfg.Host, blocks: cache, pay: payoff{window: uint64(max(1, cfg.Workers.Threshold.Window))}}
	if e.cache, err = codecache.New(cfg.Cache, e.host.Fill, quiesce, e.evict); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, e.closeMemory())
		}
	}()
	for mode := range e.codes {
		if e.codes[mode], err = codemap.New(e.cache.Base(), int(cfg.Cache.Bytes/meanCode)); err != nil {
			return nil, err
		}
	}
	arena := e.cache.Arena()
	for _, r := range e.host.Routines(e.codes[0].View()) {
		entry, err := e.routine(arena, "hartwood_"+r.Name, r.Code)
		if err != nil {
			return nil, err
		}
		e.routines = append(e.routines, entry)
	}
	cfg.Workers.Workers = cfg.Workers.WorkerCount()
	if cfg.Profile {
		if e.profile, err = newProfile(); err != nil {
			return nil, err
		}
	}
	if cfg.Profile || cfg.Wait {
		e.cfg.Regions = 0
		if e.cfg.Forms == DenseAhead || e.cfg.Forms == DenseFirst {
			e.cfg.Forms = FastOnly
		}
		cache.SampleEvery(0) // native code counts everything itself; nothing is left to chance
	}
	if e.cfg.Regions > 0 || e.cfg.Forms == RegionOnly {
		cache.SeePages() // nobody else reads it
	}
	e.openStore()
	e.workers = make([]worker, cfg.Workers.Workers)
	for i := range e.workers {
		e.workers[i] = e.newWorker()
	}
	if e.service, err = jitworker.New(cfg.Workers, e.compile); err != nil {
		return nil, err
	}
	return e, nil
}

func (e *Engine) newWorker() worker {
	var o tier.Options
	if e.profile != nil {
		o = tier.Options{Marked: true, Counter: e.profile.counter}
	}
	return worker{arena: e.cache.Arena(), tiers: tiers(e.host, o)}
}

// routinesKey stands in the code cache for the routines: no physical page has this number.
const routinesKey = ^uint64(0)

// routine places code that lives as long as the engine.
func (e *Engine) routine(a *codecache.Arena, name string, text []byte) (uintptr, error) {
	x := new(codecache.Code)
	if err := a.Place(x, text, nil, routinesKey); err != nil {
		return 0, fmt.Errorf("place a routine: %w", err)
	}
	x.Pin()
	e.host.Flush(x.Entry(), x.Size())
	e.placed(Placed{Entry: x.Entry(), Size: x.Size(), Routine: name, code: x})
	return x.Entry(), nil
}

// Attach readies a hart's state for native code for mode.
func (e *Engine) Attach(s *hart.State, mode code.Mode) {
	s.Codes = e.codes[mode].View()
	e.host.Attach(s, e.routines)
}

// Codes returns the map of the machine's native code for mode. The maps differ in where they lie.
func (e *Engine) Codes(mode code.Mode) *codemap.Map { return e.codes[mode] }

// Close ends the pipeline and gives the code memory back. No hart may run.
func (e *Engine) Close() error {
	e.service.Close()
	err := errors.Join(e.closeStore(), e.closeMemory())
	if e.profile != nil {
		err = errors.Join(err, e.profile.close())
	}
	return err
}

func (e *Engine) closeMemory() error {
	err := e.cache.Close()
	for _, m := range e.codes {
		if m != nil {
			err = errors.Join(err, m.Close())
		}
	}
	return err
}

// unit is a block that wants code of a level, as the pipeline sees it.
type unit struct {
	b     *blocks.Block
	level uint8
}

// Key tells requests for different levels and modes of one block's code apart; addresses have 56 bits.
func (u unit) Key() uint64   { return u.b.PA()<<8 | uint64(u.b.Key().Mode)<<4 | uint64(u.level) }
func (u unit) Place() uint64 { return u.b.PA() }
func (u unit) Insns() int    { return u.b.Insns() }
func (u unit) Heat() uint64  { return u.b.Executions() }

// Threshold is the number of executions after which a block is worth compiling.
func (e *Engine) Threshold() uint32 { return e.service.Threshold() }

// Request asks for b to be compiled to code of a level or of a higher one.
func (e *Engine) Request(b *blocks.Block, level uint8) bool {
	u := unit{b, level}
	if !e.cfg.Wait {
		return e.service.Request(u)
	}
	e.waiting.Lock()
	defer e.waiting.Unlock()
	_, err := e.compile(0, u)
	return err == nil
}

// Hurry has workers begin with what was asked for.
func (e *Engine) Hurry() { e.service.Hurry() }

// Yield lets a worker have the processor if one waits for it.
func (e *Engine) Yield() {
	if e.service.ShouldYield() {
		goruntime.Gosched()
	}
}

// compiled is all that there is to know of a piece of code, in one piece of memory. It is
// the code's owner in the cache.
type compiled struct {
	code   codecache.Code
	native blocks.Native
	relocs []tier.Reloc          // of links
	stubs  []uint32              // by link
	room   [code.MaxLinks]uint32 // of stubs, if the code has one part
	epoch  uint64                // of Engine.pay
	trial  trial                 // of a region
	// ready points to native. A hart can come to a piece of code by a link, from code to
	// code, so it is this pointer's load that orders what the worker has written here
	// before what the hart reads of it. Written by the worker that made the code.
	ready atomic.Pointer[blocks.Native]
}

// compile is the pipeline's Compile.
func (e *Engine) compile(i int, u jitworker.Unit) (_ jitworker.Outcome, err error) {
	w, asked, begin := &e.workers[i], u.(unit), time.Now()
	b := asked.b
	made := false
	defer func() {
		if !made { // after a panic too
			asked.b.NotCompiled()
		}
	}()
	if e.cfg.Before != nil {
		if err := e.cfg.Before(b); err != nil {
			return jitworker.Outcome{}, err
		}
	}
	level, next, needs := e.levelFor(asked)
	switch level {
	case levelRegion:
		level = e.pickRegion(w, b)
	case levelRemade, levelRetired:
		level = e.review(w, b)
		next, needs = e.better(level)
	default:
		w.single(b)
	}
	if level == 0 {
		made = true // what there is stays
		return jitworker.Outcome{}, nil
	}
	b = w.blocks[0]
	old := b.Native()
	out, err := w.tiers[level-blocks.LowestLevel].Compile(&w.unit)
	if err != nil {
		return jitworker.Outcome{}, err
	}
	if level < levelRegion {
		e.keep(w, b, level, out)
	}
	x, err := e.place(w.arena, w.blocks, out, begin)
	if err != nil {
		if errors.Is(err, codecache.ErrFull) {
			e.blocks.NoRoom(asked.b)
		}
		return jitworker.Outcome{}, err
	}
	made = true
	if level == levelRegion || level == levelRemade {
		x.beginTrial(w)
	}
	if e.profile != nil {
		e.profile.compiled(&x.native, out)
	}
	switch published := e.publish(x, level, next, needs); {
	case published && level == levelRegion:
		e.regions.made(&x.native)
	case published && level == levelRemade:
		e.regions.remade.Add(1)
	case published && level == levelFast && old != nil:
		e.refined.Add(1)
	}
	return jitworker.Outcome{Bytes: len(out.Bytes), Insns: out.Insns}, nil
}

// place gives the code of parts, which somebody began to make at a time, its place.
func (e *Engine) place(a *codecache.Arena, parts []*blocks.Block, out *tier.Code, begin time.Time) (*compiled, error) {
	x, b := new(compiled), parts[0]
	if err := a.Place(&x.code, out.Bytes, x, b.PA()>>physmem.PageShift); err != nil {
		return nil, err
	}
	e.settle(x, out.Relocs)
	n := &x.native
	n.Block, n.Entry, n.Code, n.Exits = b, x.code.Entry(), x, slices.Clone(out.Exits)
	for _, b := range parts[1:] {
		n.Others = append(n.Others, blocks.Part{Block: b})
	}
	x.link(out.Links)
	x.epoch = e.pay.compiled(time.Since(begin))
	return x, nil
}

// publish has harts find code of a level, and reports whether it did. next and needs are blocks.Native's.
func (e *Engine) publish(x *compiled, level, next uint8, needs uint32) bool {
	n := &x.native
	n.Level, n.Next, n.Needs = level, next, needs
	x.ready.Store(n)
	e.placed(Placed{Entry: n.Entry, Size: x.code.Size(), PC: n.Block.PC(), PA: n.Block.PA(), code: &x.code})
	if !e.blocks.Publish(n) {
		e.cache.Retire(&x.code)
		return false
	}
	return true
}

// link keeps what there is to know of the links.
func (x *compiled) link(links []tier.Link) {
	x.stubs = x.room[:0]
	for i, link := range links {
		part, n := x.native.At(i/code.MaxLinks), i%code.MaxLinks
		part.Targets[n] = link.Target
		if link.Checked {
			part.Checked |= 1 << n
		}
		x.stubs = append(x.stubs, link.Stub)
	}
}

func (e *Engine) placed(p Placed) {
	if e.cfg.Placed != nil {
		e.cfg.Placed(p)
	}
}

// Retire gives back code that has been made unreachable.
func (e *Engine) Retire(n *blocks.Native) { e.cache.Retire(&n.Code.(*compiled).code) }

// Touch makes n count as executed: for the code cache's choice of what to evict, and for
// the threshold, if n was compiled lately.
func (e *Engine) Touch(n *blocks.Native, executions uint64) {
	x := n.Code.(*compiled)
	x.code.Touch(executions)
	if e.pay.late(x.epoch) {
		e.pay.executed(x.epoch, uint64(n.Block.MeanInsns()*float64(executions)))
	}
}

// Benefit passes measured times on to the adaptive threshold.
func (e *Engine) Benefit(interpreted, native float64) {
	e.service.Benefit(interpreted, native, e.pay.share(interpreted-native))
}

// Timed records how fast instructions are executed.
func (e *Engine) Timed(insns, native, nanos uint64) { e.pace.add(insns, native, nanos) }

// evict is told by the code cache which code of a guest page is to leave.
func (e *Engine) evict(codes []*codecache.Code) {
	natives := make([]*blocks.Native, len(codes))
	for i, x := range codes {
		natives[i] = x.Owner().(*compiled).ready.Load()
	}
	e.blocks.Unpublish(natives)
	for _, x := range codes {
		e.cache.Retire(x)
	}
}

// Stats are the figures of the pipeline and of the code cache.
type Stats struct {
	Workers jitworker.Stats
	Refined uint64 // blocks that have been compiled anew, for speed
	Regions RegionStats
	Cache   codecache.Stats
	Store   *codestore.Stats // nil: there is none
	Pace    Pace
}

// Stats returns the figures as of now.
func (e *Engine) Stats() Stats {
	return Stats{
		e.service.Stats(), e.refined.Load(), e.regions.stats(), e.cache.Stats(), e.kept.stats(),
		e.pace.read(),
	}
}
