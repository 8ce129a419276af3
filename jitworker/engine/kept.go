package engine

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/hartwood-vm/hartwood/jitworker/codecache"
	"github.com/hartwood-vm/hartwood/jitworker/codestore"
	"github.com/hartwood-vm/hartwood/jitworker/tier"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/blocks"
	"github.com/hartwood-vm/hartwood/vcpu/code"
)

// Code is kept between runs: what is compiled is added to a store (package codestore), and a block
// that a hart has come to for the first time gets the code that an earlier run has made of the
// same bytes, before it is executed.

// kept is the code of earlier runs and of later ones.
type kept struct {
	store *codestore.Store
	// finders are what a hart needs to load code, in turns.
	finders chan *finder
}

// finder is what a hart needs to load a block's code.
type finder struct {
	arena  *codecache.Arena
	reader codestore.Reader
	from   origin
	blocks []*blocks.Block // the one whose code it is
}

// closing is how long the end of a machine waits for code that is being written.
const closing = 100 * time.Millisecond

// openStore opens the store, if there is to be one and it can be used.
func (e *Engine) openStore() {
	if !e.cfg.Store.Wanted() || e.cfg.Profile {
		return
	}
	warn := e.cfg.Warn
	if warn == nil {
		warn = func(string) {}
	}
	build, err := codestore.Build()
	if err != nil {
		warn(codestore.Explain(e.cfg.Store.Dir, err))
		return
	}
	store, err := codestore.Open(e.cfg.Store, e.maker(build), warn)
	if err != nil {
		warn(codestore.Explain(e.cfg.Store.Dir, err))
		return
	}
	e.kept = &kept{store, make(chan *finder, e.cfg.Workers.WorkerCount())}
	for range cap(e.kept.finders) {
		e.kept.finders <- &finder{arena: e.cache.Arena()}
	}
}

// maker says on what code depends beside its origin: two machines of one maker make code that
// either can run.
func (e *Engine) maker(build string) string {
	return fmt.Sprintf("%s\n%s\nquads %v\n", build, e.host.Name(), code.HasQuads)
}

// closeStore writes what is to be kept.
func (e *Engine) closeStore() error {
	if e.kept == nil {
		return nil
	}
	return e.kept.store.Close(closing)
}

func (k *kept) stats() *codestore.Stats {
	if k == nil {
		return nil
	}
	s := k.store.Stats()
	return &s
}

// origin is all that code is made from but counts of executions, which decide how fast it is and not what it does.
type origin []byte

// make makes o the origin of b's code: its bytes, and what its body and its code depend on beside them.
func (o *origin) make(b *blocks.Block) {
	crossing := byte(0)
	if b.Crossing() {
		crossing = 1
	}
	*o = append((*o)[:0], byte(b.Key().Mode), crossing, byte(b.Size()), byte(b.Insns()))
	*o = binary.LittleEndian.AppendUint16(*o, uint16(b.PA()%physmem.PageSize))
	*o = append(*o, b.Source()...)
}

// keep adds b's code to the store.
func (e *Engine) keep(w *worker, b *blocks.Block, level uint8, out *tier.Code) {
	if e.kept == nil {
		return
	}
	w.from.make(b)
	e.kept.store.Add(w.from, level, out)
}

// Recall gives b the code of an earlier run, if there is any (blocks.Engine).
func (e *Engine) Recall(b *blocks.Block) {
	if e.kept == nil || e.kept.store.Empty() {
		return
	}
	f := <-e.kept.finders
	defer func() { e.kept.finders <- f }()
	begin := time.Now()
	f.from.make(b)
	out, level := e.kept.store.Find(&f.reader, f.from, e.highest())
	if out == nil || !e.fits(b, out, level) {
		return
	}
	f.blocks = append(f.blocks[:0], b)
	x, err := e.place(f.arena, f.blocks, out, begin)
	if err != nil {
		return // there is no room: it will be asked for when it is hot
	}
	next, needs := e.better(level)
	e.publish(x, level, next, needs)
}

// highest is the level of code that blocks may get, lowest what they get at least.
func (e *Engine) highest() uint8 {
	if e.cfg.Forms == DenseOnly {
		return levelDense
	}
	return levelFast
}

// fits reports whether code that was found can be b's: it is of a level that blocks get, and
// refers to nothing that there is not.
func (e *Engine) fits(b *blocks.Block, out *tier.Code, level uint8) bool {
	if level < levelDense || level == levelDense && e.cfg.Forms == FastOnly {
		return false
	}
	for _, r := range out.Relocs {
		if r.Target > tier.ToLink || r.Target == tier.Routine && int(r.N) >= len(e.routines) {
			return false
		}
	}
	for _, x := range out.Exits {
		if int(x.Op) >= len(b.Uops()) {
			return false
		}
	}
	return true
}
