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
	c.trimStacks()
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
		if i%(1<<14) != 0 {
			continue
		}
		if c.aborted.Load() {
			return
		}
		if c.worked(began, c.sweepQuota()) {
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
		c.startSweep(h)
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
	var grey []uint32
	visit := func(words []uint64, _ mutator.Source) bool {
		if grey = h.shadeWords(words, grey[:0]); len(grey) > 0 {
			c.queues[0].give(&c.available, grey)
		}
		return !c.aborted.Load()
	}
	for range threadRetries {
		if c.host.ScanSaved(visit) || c.aborted.Load() {
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
	c.dropPieces()
	for _, k := range c.markers {
		k.stack, k.len = k.stack[:0], 0
	}
}

// keptStack is the room for objects that a marker's stack keeps from one cycle to the next.
const keptStack = 1 << 14

// trimStacks gives back the memory of stacks that have grown large.
func (c *Collector) trimStacks() {
	for _, k := range c.markers {
		if cap(k.stack) > keptStack {
			k.stack = nil
		}
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
