package blk

import (
	"bytes"
	"errors"
	"testing"

	"github.com/hartwood-vm/hartwood/runtime/device/virtio/virtiotest"
	"github.com/hartwood-vm/hartwood/runtime/internal/leaktest"
)

// Queues are served side by side: a request of one does not wait for those of another, and what one has written another
// reads.
func TestSeveralQueues(t *testing.T) {
	leaktest.Check(t)
	mem := virtiotest.NewMemory(t, 16<<20)
	g := newGated(t, 1<<20)
	dev, err := New(Config{Backend: g, Memory: mem, Serial: "d", Queues: 3})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dev.Close() })
	d := virtiotest.Connect(t, dev, mem)
	qs := d.Start(allFeatures, 64, 64, 64)
	if n := d.Reg(0x120) >> 16; d.Features&FeatureMultiqueue == 0 || n != 3 {
		t.Fatalf("features %#x, %d queues", d.Features, n)
	}
	for _, q := range qs { // a read each, which the disk does not answer yet
		q.Add(d.In(header(typeIn, 0)), d.Out(SectorSize), d.Out(1))
		q.Kick()
	}
	for range qs {
		<-g.arrived
	}
	data := bytes.Repeat([]byte{5}, SectorSize)
	st := d.Out(1)
	qs[1].Add(d.In(header(typeOut, 7)), d.In(data), st) // a write passes by
	qs[1].Kick()
	wait := make([]byte, SectorSize)
	for !bytes.Equal(wait, data) {
		if _, err := g.Memory.ReadAt(wait, 7*SectorSize); err != nil {
			t.Fatal(err)
		}
	}
	close(g.gate)
}

// All queues together have no more workers than one.
func TestWorkersAreSharedByQueues(t *testing.T) {
	mem := virtiotest.NewMemory(t, 16<<20)
	g := newGated(t, 1<<20)
	dev, err := New(Config{Backend: g, Memory: mem, Serial: "d", Queues: 4, Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	d := virtiotest.Connect(t, dev, mem)
	qs := d.Start(allFeatures, 64, 64, 64, 64)
	for _, q := range qs {
		for range 3 {
			q.Add(d.In(header(typeIn, 0)), d.Out(SectorSize), d.Out(1))
		}
		q.Kick()
	}
	most := 0
	for n := range 12 {
		<-g.arrived
		most = max(most, int(g.calls.Load())-n)
		g.gate <- struct{}{}
	}
	if most > 2 {
		t.Errorf("%d requests at once", most)
	}
	if err := dev.Close(); err != nil {
		t.Error(err)
	}
}

func TestImpossibleQueues(t *testing.T) {
	for _, n := range []int{-1, MaxQueues + 1} {
		if _, err := New(Config{Backend: must(NewMemory(512)), Memory: virtiotest.NewMemory(t, 1<<20), Queues: n}); !errors.Is(err, ErrConfig) {
			t.Errorf("%d queues: %v", n, err)
		}
	}
}
