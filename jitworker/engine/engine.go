package engine

import (
	"errors"
	"fmt"
	goruntime "runtime"

	"github.com/hartwood-vm/hartwood/jitworker"
	"github.com/hartwood-vm/hartwood/jitworker/codecache"
	"github.com/hartwood-vm/hartwood/jitworker/quick"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
)

// ErrHost reports a host without native code generation.
var ErrHost = errors.New("no native code on this host")

// Config are the settings of native execution.
type Config struct {
	Workers jitworker.Config
	Cache   codecache.Config
}

// Engine compiles and runs native code (interp.Engine).
type Engine struct {
	blocks  *interp.Cache
	service *jitworker.Service
	cache   *codecache.Cache
	workers []worker
	enter   uintptr // routine that enters native code
	leave   uintptr // routine that leaves it
}

// worker is what one compiling goroutine has for itself.
type worker struct {
	arena    *codecache.Arena
	compiler *quick.Compiler
}

// New returns an engine for the blocks of one machine. quiesce tells when every
// hart has passed a point at which it runs no native code and has dropped its
// table of it. The error wraps ErrHost where there is no native code.
func New(cfg Config, blocks *interp.Cache, quiesce codecache.Quiesce) (_ *Engine, err error) {
	if !Supported {
		return nil, fmt.Errorf("%w: %s/%s", ErrHost, goruntime.GOOS, goruntime.GOARCH)
	}
	e := &Engine{blocks: blocks}
	if e.cache, err = codecache.New(cfg.Cache, quiesce, e.evict); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, e.cache.Close())
		}
	}()
	arena := e.cache.Arena()
	if e.enter, err = e.routine(arena, quick.Enter()); err != nil {
		return nil, err
	}
	if e.leave, err = e.routine(arena, quick.Leave()); err != nil {
		return nil, err
	}
	if cfg.Workers.Workers == 0 {
		cfg.Workers.Workers = max(1, goruntime.GOMAXPROCS(0)/2)
	}
	e.workers = make([]worker, cfg.Workers.Workers)
	for i := range e.workers {
		e.workers[i] = worker{e.cache.Arena(), quick.New(quick.ThisHost())}
	}
	e.service, err = jitworker.New(cfg.Workers, e.compile)
	return e, err
}

// routine places code that lives as long as the engine.
func (e *Engine) routine(a *codecache.Arena, code []byte) (uintptr, error) {
	x, err := a.Place(code, nil)
	if err != nil {
		return 0, fmt.Errorf("place a routine: %w", err)
	}
	x.Pin()
	return x.Entry(), nil
}

// Attach readies a hart's state for native code.
func (e *Engine) Attach(s *hart.State) { s.Leave = e.leave }

// Close ends the pipeline and gives the code memory back. No hart may run.
func (e *Engine) Close() error {
	e.service.Close()
	return e.cache.Close()
}

// unit is a block as the pipeline sees it.
type unit struct{ b *interp.Block }

func (u unit) Key() uint64  { return u.b.PA() }
func (u unit) Insns() int   { return u.b.Insns() }
func (u unit) Heat() uint64 { return uint64(u.b.Executions()) }

// Threshold is the number of executions after which a block is worth compiling.
func (e *Engine) Threshold() uint32 { return e.service.Threshold() }

// Request asks for b to be compiled.
func (e *Engine) Request(b *interp.Block) bool { return e.service.Request(unit{b}) }

// Yield lets a worker have the processor if one waits for it.
func (e *Engine) Yield() {
	if e.service.ShouldYield() {
		goruntime.Gosched()
	}
}

// links is what Patch needs of a piece of code.
type links struct {
	code  *codecache.Code
	field [interp.MaxLinks]int // offset of the jump's rel32, 0 if the link is not patched
	stub  [interp.MaxLinks]int
}

// compile is the pipeline's Compile.
func (e *Engine) compile(i int, u jitworker.Unit) (jitworker.Outcome, error) {
	w, b := &e.workers[i], u.(unit).b
	out, err := w.compiler.Compile(b)
	if err != nil {
		return jitworker.Outcome{}, err
	}
	n := &interp.Native{Block: b, Resume: out.Resume, Targets: out.Targets}
	code, err := w.arena.Place(out.Bytes, n)
	if err != nil {
		return jitworker.Outcome{}, err
	}
	n.Entry = code.Entry()
	n.Code = &links{code: code, field: out.Links, stub: out.Stubs}
	if !e.blocks.Publish(n) {
		e.cache.Retire(code)
	}
	return jitworker.Outcome{Bytes: len(out.Bytes), Insns: b.Insns()}, nil
}

// Enter executes the code at entry.
func (e *Engine) Enter(s *hart.State, entry uintptr) uint64 { return enter(s, e.enter, entry) }

// Find returns the code that starts at entry. It is there until every hart has
// passed a quiescent point since its retirement, so a hart that has just left it
// finds it.
func (e *Engine) Find(entry uintptr) *interp.Native {
	return e.cache.Find(entry).Owner().(*interp.Native)
}

// Patch makes link i of n go to t, or back to its stub if t is nil.
func (e *Engine) Patch(n *interp.Native, i uint8, t *interp.Native) {
	l := n.Code.(*links)
	field := l.field[i]
	if field == 0 {
		return
	}
	to := n.Entry + uintptr(l.stub[i])
	if t != nil {
		to = t.Entry
	}
	l.code.Patch32(field, int32(to-(n.Entry+uintptr(field)+4)))
}

// Retire gives back code that has been made unreachable.
func (e *Engine) Retire(n *interp.Native) { e.cache.Retire(n.Code.(*links).code) }

// evict is told by the code cache which code is to leave.
func (e *Engine) evict(x *codecache.Code) {
	if n, ok := x.Owner().(*interp.Native); ok {
		e.blocks.Unpublish(n)
		e.cache.Retire(x)
	}
}

// Stats are the figures of the pipeline and of the code cache.
type Stats struct {
	Workers jitworker.Stats `json:"workers"`
	Cache   codecache.Stats `json:"cache"`
}

// Stats returns the figures as of now.
func (e *Engine) Stats() Stats { return Stats{e.service.Stats(), e.cache.Stats()} }
