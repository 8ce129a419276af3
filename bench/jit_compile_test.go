package bench

import (
	"fmt"
	goruntime "runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/jitworker"
	"github.com/hartwood-vm/hartwood/jitworker/codecache"
	"github.com/hartwood-vm/hartwood/jitworker/quick"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
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
			{"medium", runs(blocks, 500-interp.MaxInsns)},
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
	compiler := quick.New(quick.ThisHost())
	var total time.Duration
	var made, blocks, insns int
	var times []time.Duration
	b.ReportAllocs()
	for b.Loop() {
		for _, u := range units {
			begin := time.Now()
			for _, block := range u {
				code, err := compiler.Compile(block)
				if err != nil {
					b.Fatal(err)
				}
				made += len(code.Bytes)
			}
			took := time.Since(begin)
			total += took
			times = append(times, took)
			blocks += len(u)
			insns += u.insns()
		}
	}
	n := float64(len(times))
	b.ReportMetric(float64(median(times).Nanoseconds()), "median-ns")
	b.ReportMetric(float64(times[len(times)*99/100].Nanoseconds()), "p99-ns")
	b.ReportMetric(float64(insns)/n, "insns/unit")
	b.ReportMetric(float64(made)/float64(total.Nanoseconds())*1e6, "bytes/ms")
	b.ReportMetric(float64(blocks)/total.Seconds(), "blocks/s")
	b.ReportMetric(float64(total.Nanoseconds())/float64(insns), "ns/insn")
	only(b)
}

// pipeline is a JIT service with what a worker does behind it: compile, place, publish.
type pipeline struct {
	blocks    *interp.Cache
	service   *jitworker.Service
	code      *codecache.Cache
	workers   []compilingWorker
	open      atomic.Bool   // written by the benchmark, read by workers: they may go on
	published atomic.Int64  // written by workers, read by the benchmark: blocks with code
	last      chan struct{} // closed when wanted blocks are published
	wanted    int64
}

type compilingWorker struct {
	compiler *quick.Compiler
	arena    *codecache.Arena
}

// block is a block as the pipeline sees it.
type block struct{ *interp.Block }

func (u block) Key() uint64  { return u.PA() }
func (u block) Heat() uint64 { return uint64(u.Executions()) }

// newPipeline returns a pipeline that will be asked for n blocks, and is closed to them until open is set.
func newPipeline(b *testing.B, blocks *interp.Cache, workers, n int) *pipeline {
	b.Helper()
	p := &pipeline{blocks: blocks, wanted: int64(n), last: make(chan struct{})}
	cfg := codecache.DefaultConfig()
	cfg.Entries = 2*n + codecache.MinEntries // so that nothing is evicted
	var err error
	if p.code, err = codecache.New(cfg, func(done func()) { go done() }, func(*codecache.Code) {}); err != nil {
		b.Fatal(err)
	}
	for range workers {
		p.workers = append(p.workers, compilingWorker{quick.New(quick.ThisHost()), p.code.Arena()})
	}
	settings := jitworker.DefaultConfig()
	settings.Workers = workers
	if p.service, err = jitworker.New(settings, p.compile); err != nil {
		b.Fatal(err)
	}
	return p
}

func (p *pipeline) close(b *testing.B) {
	b.Helper()
	p.service.Close()
	if s := p.service.Stats(); s.Failures != 0 {
		b.Fatalf("%d blocks not compiled: %v", s.Failures, s.LastFailures)
	}
	if err := p.code.Close(); err != nil {
		b.Fatal(err)
	}
}

// compile is the pipeline's Compile.
func (p *pipeline) compile(i int, u jitworker.Unit) (jitworker.Outcome, error) {
	for !p.open.Load() {
		goruntime.Gosched()
	}
	w, b := &p.workers[i], u.(block).Block
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
	p.blocks.Publish(n)
	if p.published.Add(1) == p.wanted {
		close(p.last)
	}
	return jitworker.Outcome{Bytes: len(out.Bytes), Insns: b.Insns()}, nil
}

// request asks until it is heard: another request may be at the same shard.
func (p *pipeline) request(u *interp.Block) {
	for !p.service.Request(block{u}) {
		goruntime.Gosched()
	}
}

// BenchmarkJITCompileParallel measures how many blocks a second go through the whole pipeline, published code included,
// on one worker and on two. The queue is full when the workers begin, and each batch of it is measured with one worker
// and right afterwards with two, so that a host whose speed drifts does not spoil the ratio.
func BenchmarkJITCompileParallel(b *testing.B) {
	onEachCorpus(b, func(b *testing.B, c *corpus) {
		var rates [3][]float64
		var gains []float64
		for b.Loop() {
			for _, workers := range []int{1, 2} {
				rates[workers] = append(rates[workers], c.rate(b, workers))
			}
			last := len(rates[1]) - 1
			gains = append(gains, rates[2][last]/rates[1][last])
		}
		for workers := 1; workers <= 2; workers++ {
			b.ReportMetric(median(rates[workers]), fmt.Sprintf("blocks/s-%d", workers))
		}
		b.ReportMetric(median(gains), "speed-up")
		only(b)
	})
}

// rate returns the blocks a second that workers compile and publish, the median of all batches.
func (c *corpus) rate(b *testing.B, workers int) float64 {
	cache, stretches := c.blocks()
	goruntime.GC()
	var rates []float64
	places := jitworker.DefaultConfig().QueueLength
	for batch := range slices.Chunk(slices.Concat(stretches...), places) {
		if len(batch) < places/2 && len(rates) > 0 {
			break // too short to be worth a measurement
		}
		p := newPipeline(b, cache, workers, len(batch))
		for _, u := range batch {
			p.request(u)
		}
		begin := time.Now()
		p.open.Store(true)
		<-p.last
		rates = append(rates, float64(len(batch))/time.Since(begin).Seconds())
		p.close(b)
	}
	return median(rates)
}

// BenchmarkJITPublish measures the time from a request to published code on a pipeline that rests, one block at a time.
// The goroutine that asks keeps its processor, as a hart does.
func BenchmarkJITPublish(b *testing.B) {
	onEachCorpus(b, func(b *testing.B, c *corpus) {
		var times []time.Duration
		for b.Loop() {
			cache, stretches := c.blocks()
			all := slices.Concat(stretches...)
			all = all[:min(len(all), 500)]
			p := newPipeline(b, cache, 1, len(all))
			p.open.Store(true)
			for i, u := range all {
				time.Sleep(200 * time.Microsecond) // the worker goes to sleep
				begin := time.Now()
				p.request(u)
				for p.published.Load() <= int64(i) {
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
