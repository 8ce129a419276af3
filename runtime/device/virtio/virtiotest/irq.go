package virtiotest

import "sync"

// IRQ is the receiving end of a device's interrupt line.
type IRQ struct {
	mu    sync.Mutex
	cond  sync.Cond
	level bool
	seq   uint64 // counts the calls with a high level
}

// NewIRQ returns a line that is low.
func NewIRQ() *IRQ {
	i := &IRQ{}
	i.cond.L = &i.mu
	return i
}

// Set is the device.Line to give to the device.
func (i *IRQ) Set(level bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.level = level
	if level {
		i.seq++
		i.cond.Broadcast()
	}
}

// Level returns the line's level.
func (i *IRQ) Level() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.level
}

// Count returns how often the device has raised the line.
func (i *IRQ) Count() uint64 {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.seq
}

// WaitUp waits until the line is up, or has been raised more than seq times.
func (i *IRQ) WaitUp(seq uint64) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for i.seq <= seq && !i.level {
		i.cond.Wait()
	}
}

// WaitAfter waits until the device has raised the line more than seq times.
func (i *IRQ) WaitAfter(seq uint64) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for i.seq <= seq {
		i.cond.Wait()
	}
}
