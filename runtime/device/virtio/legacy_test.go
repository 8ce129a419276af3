package virtio_test

import (
	"errors"
	"testing"

	"github.com/hartwood-vm/hartwood/runtime/device/virtio"
)

// A device of version 1 as its drivers bring it up: no FEATURES_OK, a queue by its page.
func TestLegacyDevice(t *testing.T) {
	for _, align := range []uint32{0, 64, 4096} { // 0: not written
		_, d := newDeviceOf(t, true, 1, echo)
		if v := d.Reg(virtio.RegVersion); v != 1 {
			t.Fatalf("version %d", v)
		}
		if got, want := d.Offered(), uint64(7<<27|someFeature); got != want {
			t.Errorf("offered %#x, want %#x", got, want)
		}
		q := d.StartLegacy(virtio.FeatureIndirect|1<<7, align, 16)
		if pfn := d.Reg(virtio.RegQueuePFN); uint64(pfn)*4096 != q.Desc {
			t.Errorf("QueuePFN %#x", pfn)
		}
		for range 20 {
			tryEcho(t, d, q)
		}
		next := uint32(d.Alloc(3*4096)+4095) / 4096
		d.SetReg(virtio.RegQueuePFN, next)
		if uint64(d.Reg(virtio.RegQueuePFN))*4096 != q.Desc {
			t.Error("a queue was moved while it was there")
		}
		d.SetReg(virtio.RegQueuePFN, 0)
		if d.Reg(virtio.RegQueuePFN) != 0 {
			t.Error("the queue is still there")
		}
		if d.SetReg(virtio.RegQueuePFN, next); d.Reg(virtio.RegQueuePFN) != next {
			t.Error("the queue cannot be moved")
		}
	}
}

// Queues that cannot be are refused.
func TestLegacyImpossibleQueues(t *testing.T) {
	dev, d := newDeviceOf(t, true, 1, echo)
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
		d.SetReg(virtio.RegStatus, 0)
		d.SetReg(virtio.RegGuestPageSize, c.page)
		d.SetReg(virtio.RegQueueSize, c.size)
		d.SetReg(virtio.RegQueueAlign, c.align)
		d.SetReg(virtio.RegQueuePFN, c.pfn)
		if d.Reg(virtio.RegQueuePFN) != 0 || d.Reg(virtio.RegStatus)&virtio.StatusNeedsReset == 0 {
			t.Errorf("%s: accepted", c.name)
		}
		if !errors.Is(dev.Fault(), virtio.ErrProtocol) {
			t.Errorf("%s: fault %v", c.name, dev.Fault())
		}
	}
}

// The registers of one version do nothing on a device of the other.
func TestVersionsApart(t *testing.T) {
	_, old := newDeviceOf(t, true, 1, echo)
	old.SetReg(virtio.RegQueueDescLow, 0x8000_0000)
	old.SetReg(virtio.RegQueueReady, 1)
	if old.Reg(virtio.RegQueueReady) != 0 || old.Reg(virtio.RegStatus) != 0 {
		t.Error("version 1 has QueueReady")
	}
	_, d := newDevice(t, 1, echo)
	d.SetReg(virtio.RegGuestPageSize, 4096)
	d.SetReg(virtio.RegQueuePFN, 0x80000)
	if d.Reg(virtio.RegQueuePFN) != 0 || d.Reg(virtio.RegQueueReady) != 0 {
		t.Error("version 2 has QueuePFN")
	}
	if v, _ := (virtio.Absent{Legacy: true}).Load(4, 4); v != 1 {
		t.Error("an empty slot of another version")
	}
}
