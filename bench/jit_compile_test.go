package bench

import (
	goruntime "runtime"
	"runtime/debug"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/jitworker"
	"github.com/hartwood-vm/hartwood/jitworker/codecache"
	native "github.com/hartwood-vm/hartwood/jitworker/engine"
	"github.com/hartwood-vm/hartwood/jitworker/host/amd64"
	"github.com/hartwood-vm/hartwood/jitworker/quick"
	"github.com/hartwood-vm/hartwood/jitworker/tier"
	"github.com/hartwood-vm/hartwood/vcpu/blocks"
	"github.com/hartwood-vm/hartwood/vcpu/code"
)

// BenchmarkJITCompile measures the quick tier's compiler alone, on one goroutine. Small units are the blocks below 50
// instructions as they are. A block has 60 at most, so medium and large units are code runs, all blocks of which are
// compiled one after the other: of 440 to 499 instructions, the upper end of the class, and of 1,000 or a block more.
func BenchmarkJITCompile(b *testing.B) {
	onEachCorpus(b, func(b *testing.B, c *corpus) {
		_, blocks := c.blocks()
		for _, class := range []struct {
			name  string
			units []run
		}{
			{"small", singles(blocks, 50)},
			{"medium", runs(blocks, 500-code.MaxInsns)},
			{"large", runs(blocks, 1000)},
		} {
			b.Run("size="+class.name, func(b *testing.B) { compileUnits(b, class.units) })
		}
	})
}

// compileUnits compiles every unit, again and again.
func compileUnits(b *testing.B, units []run) {
	if len(units) == 0 {
		b.Skip("the code is too short")
	}
	compiler := quick.New(amd64.New(amd64.Detect()).Quick(tier.Options{}), quick.Fast)
	var unit code.Unit
	var total time.Duration
	var made, blocks, insns int
	var times []time.Duration
	b.ReportAllocs()
	before := processorTime(b)
	for b.Loop() {
		for _, u := range units {
			begin := time.Now()
			for _, block := range u {
				unit = block.Unit()
				out, err := compiler.Compile(&unit)
				if err != nil {
					b.Fatal(err)
				}
				made += len(out.Bytes)
			}
			took := time.Since(begin)
			total += took
			times = append(times, took)
			blocks += len(u)
			insns += u.insns()
		}
	}
	cpu := processorTime(b) - before
	n := float64(len(times))
	b.ReportMetric(float64(median(times).Nanoseconds()), "median-ns")
	b.ReportMetric(float64(times[len(times)*99/100].Nanoseconds()), "p99-ns")
	b.ReportMetric(float64(insns)/n, "insns/unit")
	b.ReportMetric(float64(made)/float64(total.Nanoseconds())*1e6, "bytes/ms")
	b.ReportMetric(float64(blocks)/total.Seconds(), "blocks/s")
	b.ReportMetric(float64(cpu.Nanoseconds())/float64(insns), "cpu-ns/insn")
	only(b)
}

// batchSize is the number of blocks that are compiled at a time: some ten milliseconds on one worker, long enough
// that beginning and end do not count.
const batchSize = 4096

// pipeline is an engine whose workers begin when they may.
type pipeline struct {
	engine *native.Engine

	open   atomic.Bool   // written by the benchmark, read by workers: they may go on
	done   chan struct{} // receives once at the end of each batch
	_      [64]byte      // what workers write is on a line of its own
	placed atomic.Int64  // written by workers, read by the benchmark: blocks with code
	wanted atomic.Int64  // written by the benchmark, read by workers: placed at the batch's end
	_      [64]byte
}

// newPipeline returns a pipeline for the code's blocks, and these. It begins with nothing until open is set.
func (c *corpus) newPipeline(b *testing.B, workers int) (*pipeline, run) {
	b.Helper()
	cache, stretches := c.blocks()
	all := slices.Concat(stretches...)
	p := &pipeline{done: make(chan struct{}, 1)}
	cfg := native.Config{Workers: jitworker.DefaultConfig(), Cache: codecache.DefaultConfig(), Before: p.wait, Placed: p.count}
	cfg.Cache.Entries = 2*len(all) + codecache.MinEntries // so that nothing is evicted
	cfg.Workers.Workers = workers
	cfg.Workers.QueueLength = batchSize
	var err error
	if p.engine, err = native.New(cfg, cache, func(done func()) { go done() }); err != nil {
		b.Fatal(err)
	}
	cache.Compile(p.engine)
	return p, all
}

func (p *pipeline) close(b *testing.B) {
	b.Helper()
	if s := p.engine.Stats().Workers; s.Failures != 0 {
		b.Fatalf("%d blocks not compiled: %v", s.Failures, s.LastFailures)
	}
	if err := p.engine.Close(); err != nil {
		b.Fatal(err)
	}
}

// wait is called before each compilation.
func (p *pipeline) wait(*blocks.Block) error {
	for !p.open.Load() {
		goruntime.Gosched()
	}
	return nil
}

// count is called when a block's code is about to be published.
func (p *pipeline) count(x native.Placed) {
	if x.Routine == "" && p.placed.Add(1) == p.wanted.Load() {
		p.done <- struct{}{}
	}
}

// request asks until it is heard: another request may be at the same shard.
func (p *pipeline) request(u *blocks.Block) {
	for !p.engine.Request(u, blocks.LowestLevel) {
		goruntime.Gosched()
	}
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
func batch(b *testing.B, shares ...share) rate {
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
	begin, before := time.Now(), processorTime(b)
	for _, s := range shares {
		s.open.Store(true)
	}
	for _, s := range shares {
		<-s.done
	}
	took, cpu := time.Since(begin), processorTime(b)-before
	goruntime.ReadMemStats(&now)
	n := float64(total)
	return rate{n / took.Seconds(), cpu / time.Duration(total),
		float64(now.Mallocs-old.Mallocs) / n, float64(now.TotalAlloc-old.TotalAlloc) / n}
}

// BenchmarkJITCompileParallel measures how many blocks a second go through the whole pipeline, published code included,
// on one worker and on two. For comparison two pipelines of one worker each, which share nothing, do half of the work
// each ("apart"): what two workers can do on this host at most. The queue is full when the workers begin, and each such
// batch goes through one after the other, so that a host whose speed drifts does not spoil the ratios.
func BenchmarkJITCompileParallel(b *testing.B) {
	onEachCorpus(b, func(b *testing.B, c *corpus) {
		rates := map[string][]rate{}
		gains := map[string][]float64{}
		for b.Loop() {
			one, blocks := c.newPipeline(b, 1)
			two, blocks2 := c.newPipeline(b, 2)
			left, blocksLeft := c.newPipeline(b, 1)
			right, blocksRight := c.newPipeline(b, 1)
			goruntime.GC()
			size := min(batchSize, len(blocks))
			for from := 0; from+size <= len(blocks); from += size {
				middle, to := from+size/2, from+size
				alone := batch(b, share{one, blocks[from:to]})
				rates["1"] = append(rates["1"], alone)
				for name, shares := range map[string][]share{
					"2":     {{two, blocks2[from:to]}},
					"apart": {{left, blocksLeft[from:middle]}, {right, blocksRight[middle:to]}},
				} {
					r := batch(b, shares...)
					rates[name] = append(rates[name], r)
					gains[name] = append(gains[name], r.perSecond/alone.perSecond)
				}
			}
			for _, p := range []*pipeline{one, two, left, right} {
				p.close(b)
			}
		}
		for workers, list := range rates {
			of := func(f func(r rate) float64) float64 {
				var l []float64
				for _, r := range list {
					l = append(l, f(r))
				}
				return median(l)
			}
			b.ReportMetric(of(func(r rate) float64 { return r.perSecond }), "blocks/s-"+workers)
			b.ReportMetric(of(func(r rate) float64 { return float64(r.cpu) }), "cpu-ns/block-"+workers)
			if workers == "1" {
				b.ReportMetric(of(func(r rate) float64 { return r.allocs }), "allocs/block")
				b.ReportMetric(of(func(r rate) float64 { return r.bytes }), "B/block")
			}
		}
		b.ReportMetric(median(gains["2"]), "speed-up")
		b.ReportMetric(median(gains["apart"]), "speed-up-apart")
		only(b)
	})
}

// BenchmarkJITPublish measures the time from a request to published code on a pipeline that rests, one block at a time.
// The goroutine that asks keeps its processor, as a hart does.
func BenchmarkJITPublish(b *testing.B) {
	onEachCorpus(b, func(b *testing.B, c *corpus) {
		var times []time.Duration
		for b.Loop() {
			p, blocks := c.newPipeline(b, 1)
			p.open.Store(true)
			for i, u := range blocks[:min(len(blocks), 500)] {
				time.Sleep(200 * time.Microsecond) // the worker goes to sleep
				begin := time.Now()
				p.request(u)
				for p.placed.Load() <= int64(i) {
				}
				times = append(times, time.Since(begin))
			}
			p.close(b)
		}
		b.ReportMetric(float64(median(times).Nanoseconds()), "median-ns")
		b.ReportMetric(float64(times[len(times)*99/100].Nanoseconds()), "p99-ns")
		only(b)
	})
}
