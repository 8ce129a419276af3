package mmio_test

import (
	"errors"
	"testing"

	"github.com/hartwood-vm/hartwood/runtime/device/virtio"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio/mmio"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio/virtiotest"
)

// A device of version 1 as its drivers bring it up: no FEATURES_OK, a queue by its page.
func TestLegacyDevice(t *testing.T) {
	for _, align := range []uint32{0, 64, 4096} { // 0: not written
		_, d := virtiotest.NewDevice(t, true, 1, virtiotest.Echo)
		if v := d.Reg(mmio.RegVersion); v != 1 {
			t.Fatalf("version %d", v)
		}
		if got, want := d.Offered(), uint64(7<<27|virtiotest.Feature); got != want {
			t.Errorf("offered %#x, want %#x", got, want)
		}
		q := d.StartLegacy(virtio.FeatureIndirect|1<<7, align, 16)
		if pfn := d.Reg(mmio.RegQueuePFN); uint64(pfn)*4096 != q.Desc {
			t.Errorf("QueuePFN %#x", pfn)
		}
		for range 20 {
			d.TryEcho(q)
		}
		next := uint32(d.Alloc(3*4096)+4095) / 4096
		d.SetReg(mmio.RegQueuePFN, next)
		if uint64(d.Reg(mmio.RegQueuePFN))*4096 != q.Desc {
			t.Error("a queue was moved while it was there")
		}
		d.SetReg(mmio.RegQueuePFN, 0)
		if d.Reg(mmio.RegQueuePFN) != 0 {
			t.Error("the queue is still there")
		}
		if d.SetReg(mmio.RegQueuePFN, next); d.Reg(mmio.RegQueuePFN) != next {
			t.Error("the queue cannot be moved")
		}
	}
}

// Queues that cannot be are refused.
func TestLegacyImpossibleQueues(t *testing.T) {
	dev, d := virtiotest.NewDevice(t, true, 1, virtiotest.Echo)
	for _, c := range []struct {
		name                   string
		page, size, align, pfn uint32
	}{
		{"no page size", 0, 8, 4096, 0x80000},
		{"outside RAM", 4096, 8, 4096, 1},
		{"end of RAM", 4096, 64, 4096, 0x803ff},
		{"past all addresses", 1 << 31, 8, 4096, 0xffffffff},
		{"size 0", 4096, 0, 4096, 0x80000},
		{"size 3", 4096, 3, 4096, 0x80000},
		{"size too large", 4096, 128, 4096, 0x80000},
		{"huge size", 4096, 0xffffffff, 4096, 0x80000},
		{"align 0", 4096, 8, 0, 0x80000},
		{"align 3", 4096, 8, 3, 0x80000},
		{"huge align", 4096, 8, 1 << 31, 0x80000},
	} {
		d.SetReg(mmio.RegStatus, 0)
		d.SetReg(mmio.RegGuestPageSize, c.page)
		d.SetReg(mmio.RegQueueSize, c.size)
		d.SetReg(mmio.RegQueueAlign, c.align)
		d.SetReg(mmio.RegQueuePFN, c.pfn)
		if d.Reg(mmio.RegQueuePFN) != 0 || d.Reg(mmio.RegStatus)&virtio.StatusNeedsReset == 0 {
			t.Errorf("%s: accepted", c.name)
		}
		if !errors.Is(dev.Fault(), virtio.ErrProtocol) {
			t.Errorf("%s: fault %v", c.name, dev.Fault())
		}
	}
}

// The registers of one version do nothing on a device of the other.
func TestVersionsApart(t *testing.T) {
	_, old := virtiotest.NewDevice(t, true, 1, virtiotest.Echo)
	old.SetReg(mmio.RegQueueDescLow, 0x8000_0000)
	old.SetReg(mmio.RegQueueReady, 1)
	if old.Reg(mmio.RegQueueReady) != 0 || old.Reg(mmio.RegStatus) != 0 {
		t.Error("version 1 has QueueReady")
	}
	_, d := virtiotest.NewDevice(t, false, 1, virtiotest.Echo)
	d.SetReg(mmio.RegGuestPageSize, 4096)
	d.SetReg(mmio.RegQueuePFN, 0x80000)
	if d.Reg(mmio.RegQueuePFN) != 0 || d.Reg(mmio.RegQueueReady) != 0 {
		t.Error("version 2 has QueuePFN")
	}
	if v, _ := (mmio.Absent{Legacy: true}).Load(4, 4); v != 1 {
		t.Error("an empty slot of another version")
	}
}
