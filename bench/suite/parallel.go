package suite

import (
	"context"
	"errors"
	"fmt"
	goruntime "runtime"
	"time"
)

// workerCounts are how many workers are compared: 1, 2, 4 and so on up to this host's processors, 2 at least.
func workerCounts() (counts []int) {
	most := max(2, goruntime.NumCPU())
	for n := 1; n < most; n *= 2 {
		counts = append(counts, n)
	}
	return append(counts, most)
}

// parallelScenarios measure how many blocks a second go through the whole pipeline, published code included, on one
// worker and on several. For comparison as many pipelines of one worker each, which share nothing, do a part of the work
// each ("apart"): what so many workers can do on this host at most. The queue is full when the workers begin, and each
// such batch goes through one after the other, so that a host whose speed drifts does not spoil the ratios.
func parallelScenarios() (all []Scenario) {
	for _, k := range corpora {
		all = append(all, withCorpus("JITCompileParallel/code="+k.name, k.read, func(o Options, c *corpus) (Probe, error) {
			return probe(func(context.Context) ([]Figure, error) { return sampleParallel(c, int(o.size(8, 2))) })
		}))
	}
	return all
}

// crew is a way to share a batch: pipelines and the workers of each.
type crew struct {
	name      string
	pipelines []*pipeline
	blocks    []run
	rates     []rate
	gains     []float64
}

func newCrew(c *corpus, name string, pipelines, workers int) (*crew, error) {
	w := &crew{name: name}
	for range pipelines {
		p, blocks, err := c.newPipeline(workers)
		if err != nil {
			return nil, errors.Join(err, w.close())
		}
		w.pipelines, w.blocks = append(w.pipelines, p), append(w.blocks, blocks)
	}
	return w, nil
}

func (w *crew) close() (err error) {
	for _, p := range w.pipelines {
		err = errors.Join(err, p.close())
	}
	return err
}

// compile shares blocks from to to among the pipelines.
func (w *crew) compile(from, to int) rate {
	var shares []share
	n := len(w.pipelines)
	for i, p := range w.pipelines {
		shares = append(shares, share{p, w.blocks[i][from+(to-from)*i/n : from+(to-from)*(i+1)/n]})
	}
	r := batch(shares...)
	w.rates = append(w.rates, r)
	return r
}

// crews are all ways to share a batch, a single worker first.
func crews(c *corpus) (all []*crew, err error) {
	for _, n := range workerCounts() {
		made, err := newCrew(c, fmt.Sprintf("workers=%d", n), 1, n)
		if err != nil {
			return all, err
		}
		all = append(all, made)
		if n == 1 {
			continue
		}
		made, err = newCrew(c, fmt.Sprintf("apart=%d", n), n, 1)
		if err != nil {
			return all, err
		}
		all = append(all, made)
	}
	return all, nil
}

// sampleParallel lets every crew compile the same blocks, batch by batch, in turns.
func sampleParallel(c *corpus, batches int) (figures []Figure, err error) {
	all, err := crews(c)
	defer func() {
		for _, w := range all {
			err = errors.Join(err, w.close())
		}
	}()
	if err != nil {
		return nil, err
	}
	goruntime.GC()
	total := len(all[0].blocks[0])
	size := min(batchSize, total)
	for from := 0; from+size <= total && batches > 0; from += size {
		batches--
		var alone rate
		for i, w := range all {
			r := w.compile(from, from+size)
			if i == 0 {
				alone = r
			}
			w.gains = append(w.gains, r.perSecond/alone.perSecond)
		}
	}
	for i, w := range all {
		figures = append(figures, side(w.name, w.figures(i == 0))...)
	}
	return figures, nil
}

// figures are medians over the batches.
func (w *crew) figures(alone bool) []Figure {
	of := func(f func(r rate) float64) float64 {
		var l []float64
		for _, r := range w.rates {
			l = append(l, f(r))
		}
		return median(l)
	}
	figures := []Figure{
		{Unit: "blocks/s", Value: of(func(r rate) float64 { return r.perSecond })},
		{Unit: "cpu-ns/block", Value: of(func(r rate) float64 { return float64(r.cpu) })},
	}
	if alone {
		return append(figures,
			Figure{Unit: "allocs/block", Value: of(func(r rate) float64 { return r.allocs })},
			Figure{Unit: "heap-B/block", Value: of(func(r rate) float64 { return r.bytes })})
	}
	return append(figures, Figure{Unit: "speed-up", Value: median(w.gains)})
}

// publishScenarios measure the time from a request to published code on a pipeline that rests, one block at a time. The
// goroutine that asks keeps its processor, as a hart does.
func publishScenarios() (all []Scenario) {
	for _, k := range corpora {
		all = append(all, withCorpus("JITPublish/code="+k.name, k.read, func(o Options, c *corpus) (Probe, error) {
			return probe(func(ctx context.Context) ([]Figure, error) { return samplePublish(ctx, c, int(o.size(500, 100))) })
		}))
	}
	return all
}

func samplePublish(ctx context.Context, c *corpus, n int) (figures []Figure, err error) {
	p, blocks, err := c.newPipeline(1)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	p.open.Store(true)
	var times []time.Duration
	for i, u := range blocks[:min(len(blocks), n)] {
		time.Sleep(200 * time.Microsecond) // the worker goes to sleep
		begin := time.Now()
		p.request(u)
		for p.placed.Load() <= int64(i) {
			if time.Since(begin) > time.Minute || ctx.Err() != nil {
				return nil, errors.Join(ctx.Err(), errors.New("a block was not compiled"))
			}
		}
		times = append(times, time.Since(begin))
	}
	return []Figure{
		{Unit: "median-ns", Value: float64(median(times).Nanoseconds())},
		{Unit: "p99-ns", Value: float64(times[len(times)*99/100].Nanoseconds())},
	}, nil
}
