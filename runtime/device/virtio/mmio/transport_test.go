package mmio_test

import (
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/hartwood-vm/hartwood/runtime/device"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio/mmio"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio/virtiotest"
)

var (
	_ device.Device   = (*mmio.Transport)(nil)
	_ device.Quiescer = (*mmio.Transport)(nil)
	_ device.Device   = mmio.Absent{}
)

func ignore(*virtio.Queue) {}

func TestIdentification(t *testing.T) {
	_, d := virtiotest.NewDevice(t, false, 1, ignore)
	for _, c := range []struct {
		off  uint64
		want uint32
	}{
		{0, 0x74726976}, {4, 2}, {8, 42}, {12, 0x554d4551}, {0xb0, 0xffffffff}, {0xbc, 0xffffffff}, {0x48, 0},
	} {
		if got := d.Reg(c.off); got != c.want {
			t.Errorf("register %#x = %#x, want %#x", c.off, got, c.want)
		}
	}
	if got, want := d.Offered(), uint64(1<<32|1<<29|1<<28|virtiotest.Feature); got != want {
		t.Errorf("offered %#x, want %#x", got, want)
	}
	d.SetReg(mmio.RegDeviceFeaturesSel, 2)
	if d.Reg(mmio.RegDeviceFeatures) != 0 {
		t.Error("features past bit 63")
	}
	if v, ok := d.Bus.Load(0, 1); v != 0 || !ok {
		t.Errorf("byte read of a control register = %#x, %v", v, ok)
	}
	var absent mmio.Absent
	if v, _ := absent.Load(8, 4); v != 0 {
		t.Error("a placeholder has a device ID")
	}
	if v, _ := absent.Load(0, 4); v != 0x74726976 {
		t.Error("a placeholder has no magic")
	}
}

func TestConfigSpace(t *testing.T) {
	dev, d := virtiotest.NewDevice(t, false, 1, ignore)
	for _, c := range []struct {
		off  uint64
		size int
		want uint64
	}{
		{0x100, 1, 1}, {0x102, 2, 0x0403}, {0x100, 4, 0x04030201}, {0x100, 8, 0x0504030201}, {0x104, 4, 5}, {0xff8, 8, 0},
	} {
		if v, ok := dev.Load(c.off, c.size); v != c.want || !ok {
			t.Errorf("%d bytes at %#x = %#x, %v; want %#x", c.size, c.off, v, ok, c.want)
		}
	}
	dev.Store(0x100, 1, 99)
	if v, _ := dev.Load(0x100, 1); v != 1 {
		t.Error("configuration space was written")
	}
	d.Start(0, 8)
	if d.Reg(mmio.RegConfigGeneration) != 0 {
		t.Error("the space has changed")
	}
}

func TestNegotiation(t *testing.T) {
	_, d := virtiotest.NewDevice(t, false, 1, ignore)
	d.SetReg(mmio.RegStatus, 0)
	d.SetReg(mmio.RegDriverFeaturesSel, 1)
	d.SetReg(mmio.RegDriverFeatures, 1)
	d.SetReg(mmio.RegDriverFeaturesSel, 0)
	d.SetReg(mmio.RegDriverFeatures, 1<<7) // not offered
	d.SetReg(mmio.RegStatus, virtio.StatusFeaturesOK)
	d.SetReg(mmio.RegStatus, virtio.StatusDriverOK)
	if d.Reg(mmio.RegStatus) != 0 {
		t.Error("accepted a feature that was not offered")
	}
	d.SetReg(mmio.RegDriverFeatures, 0)
	d.SetReg(mmio.RegStatus, virtio.StatusFeaturesOK)
	if d.Reg(mmio.RegStatus) != virtio.StatusFeaturesOK {
		t.Errorf("status = %#x", d.Reg(mmio.RegStatus))
	}
	d.SetReg(mmio.RegStatus, virtio.StatusNeedsReset|virtio.StatusFailed)
	if got := d.Reg(mmio.RegStatus); got != virtio.StatusFeaturesOK|virtio.StatusFailed {
		t.Errorf("status = %#x", got)
	}
}

func TestQueueRegisters(t *testing.T) {
	dev, d := virtiotest.NewDevice(t, false, 2, ignore)
	d.SetReg(mmio.RegQueueSel, 2)
	if d.Reg(mmio.RegQueueSizeMax) != 0 {
		t.Error("queue 2 exists")
	}
	d.SetReg(mmio.RegQueueReady, 1) // no such queue: nothing happens
	d.SetReg(mmio.RegQueueNotify, 9)
	d.SetReg(mmio.RegQueueSel, 1)
	if d.Reg(mmio.RegQueueSizeMax) != 64 {
		t.Error("queue 1 does not exist")
	}
	d.Start(0, 8, 16)
	for i := range uint32(2) {
		d.SetReg(mmio.RegQueueSel, i)
		if d.Reg(mmio.RegQueueReady) != 1 {
			t.Errorf("queue %d is not ready", i)
		}
	}
	d.SetReg(mmio.RegQueueReady, 0)
	if d.Reg(mmio.RegQueueReady) != 0 {
		t.Error("queue is still ready")
	}
	dev.Reset()
	d.SetReg(mmio.RegQueueSel, 0)
	if d.Reg(mmio.RegQueueReady) != 0 || d.Reg(mmio.RegStatus) != 0 || d.IRQ.Level() {
		t.Error("state survived reset")
	}
}

// Queues that cannot be are refused with DEVICE_NEEDS_RESET.
func TestImpossibleQueues(t *testing.T) {
	dev, d := virtiotest.NewDevice(t, false, 1, ignore)
	const ok = virtiotest.Base
	for _, c := range []struct {
		name              string
		size              uint32
		desc, avail, used uint64
	}{
		{"size 0", 0, ok, ok, ok},
		{"size 3", 3, ok, ok, ok},
		{"size too large", 128, ok, ok, ok},
		{"descriptors outside RAM", 8, 0x1000, ok, ok},
		{"descriptors at the end", 8, ok + 4<<20 - 64, ok, ok},
		{"available ring wraps", 8, ok, ^uint64(1), ok},
		{"used ring at the end", 64, ok, ok, ok + 4<<20 - 8},
		{"misaligned descriptors", 8, ok + 8, ok, ok},
		{"misaligned available ring", 8, ok, ok + 1, ok},
		{"misaligned used ring", 8, ok, ok, ok + 2},
	} {
		d.Negotiate(virtio.FeatureVersion1)
		d.SetReg(mmio.RegQueueSel, 0)
		d.SetReg(mmio.RegQueueSize, c.size)
		for i, v := range []uint64{c.desc, c.avail, c.used} {
			d.SetReg(mmio.RegQueueDescLow+16*uint64(i), uint32(v))
			d.SetReg(mmio.RegQueueDescHigh+16*uint64(i), uint32(v>>32))
		}
		d.SetReg(mmio.RegQueueReady, 1)
		if d.Reg(mmio.RegQueueReady) != 0 || d.Reg(mmio.RegStatus)&virtio.StatusNeedsReset == 0 {
			t.Errorf("%s: accepted", c.name)
		}
		if !errors.Is(dev.Fault(), virtio.ErrProtocol) {
			t.Errorf("%s: fault %v", c.name, dev.Fault())
		}
	}
	d.SetReg(mmio.RegStatus, 0)
	if d.Reg(mmio.RegStatus) != 0 {
		t.Error("reset does not heal")
	}
}

// Any sequence of register accesses leaves a device that can be reset and driven.
func TestRandomRegisterAccesses(t *testing.T) {
	dev, d := virtiotest.NewDevice(t, false, 2, virtiotest.Echo)
	rng := rand.New(rand.NewPCG(3, 4))
	values := []uint32{0, 1, 2, 3, 8, 15, 64, 0x8000_0000, 0x8000_1000, 0xffff_ffff}
	for range 20000 {
		off := uint64(rng.IntN(0x110))
		if rng.IntN(8) != 0 {
			off &^= 3
		}
		size := 1 << rng.IntN(4)
		if rng.IntN(4) != 0 {
			size = 4
		}
		if _, ok := dev.Load(off, size); !ok {
			t.Fatalf("load of %d bytes at %#x refused", size, off)
		}
		if !dev.Store(off, size, uint64(values[rng.IntN(len(values))])) {
			t.Fatalf("store of %d bytes at %#x refused", size, off)
		}
	}
	q := d.Start(0, 8, 8)[1]
	q.Do(d.In([]byte("alive")))
}
