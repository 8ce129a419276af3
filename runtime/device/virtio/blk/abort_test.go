package blk

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/runtime/device/virtio/virtiotest"
)

// gated is a disk that calls of ReadAt and Zero pass one by one.
type gated struct {
	*Memory
	arrived chan struct{} // takes a token when a call has come
	gate    chan struct{} // gives one for each call to go on; closed: all may
	calls   atomic.Int32
	closed  atomic.Bool
}

func newGated(t *testing.T, size int64) *gated {
	return &gated{Memory: must(NewMemory(size)), arrived: make(chan struct{}, 1<<16), gate: make(chan struct{})}
}

func (g *gated) pass() {
	g.calls.Add(1)
	g.arrived <- struct{}{}
	<-g.gate
}

func (g *gated) ReadAt(p []byte, off int64) (int, error) {
	g.pass()
	return g.Memory.ReadAt(p, off)
}

func (g *gated) Zero(off, n int64, unmap bool) error {
	g.pass()
	return g.Memory.Zero(off, n, unmap)
}

func (g *gated) Discard(off, n int64) error {
	g.pass()
	return g.Memory.Discard(off, n)
}

func (g *gated) Close() error {
	g.closed.Store(true)
	return g.Memory.Close()
}

// An aborted disk ends each request at the step that it is at, and begins no other.
func TestAbortEndsRequestsAtTheirNextStep(t *testing.T) {
	const size = 64 << 20
	for name, post := range map[string]func(d *disk){
		"read": func(d *disk) {
			in := d.Out(1 << 20)
			bufs := []virtiotest.Buf{d.In(header(typeIn, 0))}
			for range 60 {
				bufs = append(bufs, in)
			}
			for range 16 {
				d.q.Add(append(bufs, d.Out(1))...)
			}
		},
		"discard": func(d *disk) {
			for range 16 {
				d.q.Add(d.In(header(typeDiscard, 0)), d.In(ranges(0, size/SectorSize, 0)), d.Out(1))
			}
		},
		"zero": func(d *disk) {
			for range 16 {
				d.q.Add(d.In(header(typeWriteZeroes, 0)), d.In(ranges(0, maxZeroSectors, 0)), d.Out(1))
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := newGated(t, size)
			d := newDisk(t, g, allFeatures)
			post(d)
			d.q.Kick()
			for range defaultWorkers { // all of them are at work
				<-g.arrived
			}
			d.dev.Abort()
			close(g.gate)
			if err := d.dev.Close(); err != nil && !errors.Is(err, ErrUnderWay) { // a busy host
				t.Error(err)
			}
			for !g.closed.Load() {
				time.Sleep(time.Millisecond)
			}
			if n := g.calls.Load(); n > defaultWorkers {
				t.Errorf("%d calls of the disk, %d of them after the abort", n, n-defaultWorkers)
			}
		})
	}
}

// A disk that does not answer does not hold up the end.
func TestAbortLeavesAStuckDiskBehind(t *testing.T) {
	g := newGated(t, 1<<20)
	d := newDisk(t, g, allFeatures)
	d.q.Add(d.In(header(typeIn, 0)), d.Out(SectorSize), d.Out(1))
	d.q.Kick()
	<-g.arrived
	closed := make(chan error)
	go func() { closed <- d.dev.Close() }()
	select {
	case err := <-closed:
		t.Fatalf("closed before the disk had answered: %v", err)
	default:
	}
	d.dev.Abort()
	if err := <-closed; !errors.Is(err, ErrUnderWay) {
		t.Errorf("closed with %v", err)
	}
	if g.closed.Load() {
		t.Error("the disk was closed while it was at work")
	}
	close(g.gate) // it answers after all, and is closed behind that: newDisk looks for what is left
}
