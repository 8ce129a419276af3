package gcpar

import (
	"time"

	"github.com/hartwood-vm/hartwood/vcpu/mutator"
)

// cycle collects h once; package documentation.
func (c *Collector) cycle(h *heap) {
	began := time.Now()
	before, allocated := h.used.Load(), c.counters.allocated.Load()
	c.at("clear")
	c.clearMarks(h)
	if c.cfg.Concurrent {
		c.mark(h)
	} else {
		c.host.Stop()
		c.mark(h)
		c.host.Start()
		c.counters.stopped.Observe(time.Since(began))
	}
	peak := h.used.Load()
	c.host.Room() // for those who can take unswept blocks
	c.sweep(h)
	c.adapt(h, before, peak)
	newborn := max(0, int64(c.counters.allocated.Load()-allocated))
	c.survived.Store(c.live.Load() - min(c.live.Load(), uint64(newborn)))
	c.counters.cycle.Observe(time.Since(began))
	c.finish()
}

// clearMarks makes all objects unmarked. No mutator marks.
func (c *Collector) clearMarks(h *heap) {
	began := time.Now()
	for i := range h.bits {
		if w := &h.bits[i].mark; w.Load() != 0 {
			w.Store(0)
		}
		if i%(1<<14) == 0 && c.worked(began, c.cfg.SweepQuota) {
			c.giveWay(c.cfg.SweepQuota)
			began = time.Now()
		}
	}
}

// mark marks what can be reached.
func (c *Collector) mark(h *heap) {
	began := time.Now()
	c.handshake("rooting", (*Mutator).beginRooting)
	c.scanRanges()
	c.handshake("scan", (*Mutator).scanRoots)
	c.scanThreads(h)
	c.handshake("marking", (*Mutator).beginMarking)
	c.counters.rooting.Observe(time.Since(began))
	began = time.Now()
	for again := true; again && !c.aborted.Load(); again = c.available.Load() > 0 {
		c.trace(h)
		// Nothing is grey now but what mutators have logged since they flushed last.
		c.handshake("flush", (*Mutator).flush)
	}
	c.counters.trace.Observe(time.Since(began))
	if c.cfg.Verify && !c.aborted.Load() {
		c.verify(h)
	}
	if c.aborted.Load() {
		c.drop()
	} else {
		h.startSweep()
	}
	c.handshake("end", (*Mutator).endMarking)
}

// handshake has all mutators take a step, and waits for them.
func (c *Collector) handshake(point string, step func(*Mutator, *heap)) {
	c.at(point)
	done := make(chan struct{})
	c.wanting.Add(1)
	defer c.wanting.Add(-1)
	asked := time.Now()
	c.host.Handshake(func(m *Mutator) { m.timed(asked, step) }, func() { close(done) })
	<-done
}

// scanRanges hands the root ranges to the markers. Stores to them are logged.
func (c *Collector) scanRanges() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range c.roots {
		c.split(piece{addr: r.Host, n: r.Len / 8, elem: 1, refs: 1, inside: r.Conservative})
	}
}

const (
	// threadRetry is the time between two looks at threads that could not be read, and
	// threadRetries how often they are looked at before what cannot be read has no roots.
	threadRetry   = time.Millisecond
	threadRetries = 50
)

// scanThreads has all threads scanned, those that are with no mutator here. New objects
// are marked everywhere by now: a thread that has been scanned can go on anywhere.
func (c *Collector) scanThreads(h *heap) {
	if !c.host.BeginThreads() {
		return
	}
	c.handshake("threads", (*Mutator).scanThread)
	for range threadRetries {
		var grey []uint32
		all := c.host.ScanSaved(func(words []uint64, _ mutator.Source) { grey = h.shadeWords(words, grey) })
		if len(grey) > 0 {
			c.queues[0].give(&c.available, grey)
		}
		if all || c.aborted.Load() {
			return
		}
		time.Sleep(threadRetry)
	}
}

// trace runs the markers until nothing is grey.
func (c *Collector) trace(h *heap) {
	c.at("trace")
	done := make(chan struct{}, len(c.markers))
	c.leading.Store(true)
	for _, k := range c.markers[1:] {
		task := func() {
			k.run(h)
			done <- struct{}{}
		}
		if c.pool.Submit(task) != nil {
			done <- struct{}{} // the others do its part
		}
	}
	c.markers[0].run(h)
	for range c.markers[1:] {
		<-done
	}
}

// drop forgets what is grey.
func (c *Collector) drop() {
	for _, q := range c.queues {
		for ok := true; ok; _, ok = q.take(&c.available) {
		}
	}
	for ok := true; ok; _, ok = c.takePiece() {
	}
	for _, k := range c.markers {
		k.stack, k.len = k.stack[:0], 0
	}
}

// finish ends the cycle.
func (c *Collector) finish() {
	c.mu.Lock()
	c.running = false
	c.ended.Add(1)
	c.idle.Broadcast()
	c.mu.Unlock()
	c.host.Room()
}
