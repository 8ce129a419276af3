package runtime

import (
	"context"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/runtime/device/virtio"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio/virtiotest"
)

// slotBus is a machine's virtio slot, for a driver that is not in the guest.
type slotBus struct {
	m    *Machine
	slot uint64
}

func (s slotBus) at(off uint64) uint64 { return 0x1000_1000 + s.slot*0x1000 + off }

func (s slotBus) Load(off uint64, size int) (uint64, bool) {
	return s.m.core.Mem.LoadDevice(s.at(off), size)
}

func (s slotBus) Store(off uint64, size int, v uint64) bool {
	return s.m.core.Mem.StoreDevice(s.at(off), size, v)
}

// slowReader is a Stdout that is always busy and never stuck.
type slowReader struct{}

func (slowReader) Write(p []byte) (int, error) {
	time.Sleep(time.Millisecond)
	return len(p), nil
}

// A guest that has given every virtio device as much to do as it can, minutes of it, is
// cancelled at once. The bound leaves room for a busy host.
func TestCancelWithEveryDeviceBusy(t *testing.T) {
	disk := filepath.Join(t.TempDir(), "disk")
	if err := os.WriteFile(disk, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(disk, 2<<30); err != nil {
		t.Fatal(err)
	}
	const mib = 1 << 20
	cfg := Default()
	cfg.ProgramData = []byte{0x6f, 0, 0, 0} // j .
	cfg.Drives = []Drive{{Path: disk}}
	cfg.Console, cfg.Stdout = ConsoleVirtio, slowReader{}
	m := newMachine(t, cfg)
	header := make([]byte, 16) // read from sector 0
	driver := func(slot uint64) *virtiotest.Driver {
		d := virtiotest.New(t, slotBus{m, slot}, m.core.Mem, virtiotest.NewIRQ())
		d.Alloc(64*mib + slot*32*mib) // apart from each other
		return d
	}
	post := func(d *virtiotest.Driver, queue uint32, bufs ...virtiotest.Buf) {
		qs := d.Start(virtio.FeatureIndirect, []uint16{256, 256}[:queue+1]...)
		for range 256 {
			qs[queue].Add(bufs...)
		}
		qs[queue].Notify()
	}
	fill := func(n int, b virtiotest.Buf) (bufs []virtiotest.Buf) {
		for range n {
			bufs = append(bufs, b)
		}
		return bufs
	}
	blk, console, rng := driver(0), driver(1), driver(2)
	post(blk, 0, append(append([]virtiotest.Buf{blk.In(header)}, fill(1022, blk.Out(mib))...), blk.Out(1))...)
	post(console, 1, fill(64, console.In(make([]byte, mib)))...)
	post(rng, 0, fill(1000, rng.Out(mib))...)

	ctx, cancel := context.WithCancel(t.Context())
	var asked atomic.Int64 // when, in nanoseconds
	time.AfterFunc(300*time.Millisecond, func() {
		asked.Store(time.Now().UnixNano())
		cancel()
	})
	res, err := m.Run(ctx)
	took := time.Duration(time.Now().UnixNano() - asked.Load())
	if res.Reason != Cancelled || asked.Load() == 0 {
		t.Errorf("%s, %v", res.Reason, err)
	}
	t.Logf("cancelled within %v", took)
	if took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
}
