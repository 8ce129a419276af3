package suite

import (
	"errors"
	"fmt"
	goruntime "runtime"
	"runtime/debug"
	"slices"
	"sync/atomic"
	"time"

	"github.com/hartwood-vm/hartwood/jitworker"
	"github.com/hartwood-vm/hartwood/jitworker/codecache"
	"github.com/hartwood-vm/hartwood/jitworker/engine"
	"github.com/hartwood-vm/hartwood/vcpu/blocks"
)

// batchSize is the number of blocks that are compiled at a time: some ten milliseconds on one worker, long enough
// that beginning and end do not count.
const batchSize = 4096

// pipeline is an engine whose workers begin when they may.
type pipeline struct {
	engine *engine.Engine

	open   atomic.Bool   // written by the benchmark, read by workers: they may go on
	done   chan struct{} // receives once at the end of each batch
	_      [64]byte      // what workers write is on a line of its own
	placed atomic.Int64  // written by workers, read by the benchmark: blocks with code
	wanted atomic.Int64  // written by the benchmark, read by workers: placed at the batch's end
	_      [64]byte
}

// newPipeline returns a pipeline for the code's blocks, and these. It begins with nothing until open is set.
func (c *corpus) newPipeline(workers int) (*pipeline, run, error) {
	n := len(slices.Concat(c.blocks()...))
	cache := c.newCache()
	p := &pipeline{done: make(chan struct{}, 1)}
	cfg := engine.Config{Workers: jitworker.DefaultConfig(), Cache: codecache.DefaultConfig(), Before: p.wait, Placed: p.count}
	cfg.Cache.Entries = 2*n + codecache.MinEntries // so that nothing is evicted
	cfg.Workers.Workers = workers
	cfg.Workers.QueueLength = batchSize
	var err error
	if p.engine, err = engine.New(cfg, cache, func(done func()) { go done() }); err != nil {
		return nil, nil, err
	}
	cache.Compile(p.engine)
	return p, slices.Concat(c.blocksOf(cache)...), nil
}

func (p *pipeline) close() error {
	var failed error
	if s := p.engine.Stats().Workers; s.Failures != 0 {
		failed = fmt.Errorf("%d blocks not compiled: %v", s.Failures, s.LastFailures)
	}
	return errors.Join(failed, p.engine.Close())
}

// wait is called before each compilation.
func (p *pipeline) wait(*blocks.Block) error {
	for !p.open.Load() {
		goruntime.Gosched()
	}
	return nil
}

// count is called when a block's code is about to be published.
func (p *pipeline) count(x engine.Placed) {
	if x.Routine == "" && p.placed.Add(1) == p.wanted.Load() {
		p.done <- struct{}{}
	}
}

// request asks until it is heard, since another request may be at the same shard, and has the workers begin.
func (p *pipeline) request(u *blocks.Block) {
	for !p.engine.Request(u, blocks.LowestLevel) {
		goruntime.Gosched()
	}
	p.engine.Hurry()
}

// rate is how fast blocks become code, and what each of them takes.
type rate struct {
	perSecond     float64
	cpu           time.Duration // processor time
	allocs, bytes float64       // of Go's heap
}

// share is a pipeline and the blocks that it is to compile.
type share struct {
	*pipeline
	blocks run
}

// batch fills the queues of pipelines and measures how fast their workers empty them. Go's
// collector waits until that is over: it would have a processor for itself beside one
// worker, and none beside two.
func batch(shares ...share) rate {
	total := 0
	for _, s := range shares {
		s.wanted.Add(int64(len(s.blocks)))
		s.open.Store(false)
		for _, u := range s.blocks {
			s.request(u)
		}
		total += len(s.blocks)
	}
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	var old, now goruntime.MemStats
	goruntime.ReadMemStats(&old)
	begin, before := time.Now(), ProcessorTime()
	for _, s := range shares {
		s.open.Store(true)
	}
	for _, s := range shares {
		<-s.done
	}
	took, cpu := time.Since(begin), ProcessorTime()-before
	goruntime.ReadMemStats(&now)
	n := float64(total)
	return rate{n / took.Seconds(), cpu / time.Duration(total),
		float64(now.Mallocs-old.Mallocs) / n, float64(now.TotalAlloc-old.TotalAlloc) / n}
}
