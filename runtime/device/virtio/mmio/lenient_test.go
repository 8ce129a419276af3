package mmio_test

import (
	"testing"

	"github.com/hartwood-vm/hartwood/runtime/device/virtio"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio/mmio"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio/virtiotest"
)

// Drivers that leave out what a device may do without are served.
func TestLenientNegotiation(t *testing.T) {
	const ack = virtio.StatusAcknowledge | virtio.StatusDriver
	low := func(d *virtiotest.Driver, f uint32) {
		d.SetReg(mmio.RegDriverFeatures, f)
		d.Features = uint64(f)
	}
	status := func(d *virtiotest.Driver, s uint32) {
		d.SetReg(mmio.RegStatus, s)
		if got := d.Reg(mmio.RegStatus); got&s != s {
			t.Errorf("status %#x after a write of %#x", got, s)
		}
	}
	for name, bringUp := range map[string]func(d *virtiotest.Driver) *virtiotest.Queue{
		"no VERSION_1": func(d *virtiotest.Driver) *virtiotest.Queue {
			status(d, ack)
			low(d, virtio.FeatureEventIdx)
			status(d, ack|virtio.StatusFeaturesOK)
			return d.Setup(0, 8)
		},
		"queue before FEATURES_OK": func(d *virtiotest.Driver) *virtiotest.Queue {
			status(d, ack)
			q := d.Setup(0, 8)
			if d.Reg(mmio.RegQueueReady) != 1 {
				t.Error("the queue is not ready")
			}
			low(d, virtio.FeatureEventIdx|virtio.FeatureIndirect)
			q.Indirect = true
			status(d, ack|virtio.StatusFeaturesOK)
			return q
		},
		"no FEATURES_OK": func(d *virtiotest.Driver) *virtiotest.Queue {
			low(d, virtio.FeatureIndirect)
			return d.Setup(0, 8)
		},
		"DRIVER_OK first": func(d *virtiotest.Driver) *virtiotest.Queue {
			status(d, virtio.StatusAcknowledge|virtio.StatusDriverOK)
			low(d, virtio.FeatureEventIdx|virtio.FeatureIndirect)
			status(d, virtio.StatusAcknowledge|virtio.StatusDriverOK|virtio.StatusFeaturesOK)
			return d.Setup(0, 8)
		},
		"queue after DRIVER_OK": func(d *virtiotest.Driver) *virtiotest.Queue {
			status(d, virtio.StatusDriverOK)
			return d.Setup(0, 8)
		},
		"no queue size": func(d *virtiotest.Driver) *virtiotest.Queue {
			d.LeaveSize = true
			return d.Setup(0, 64)
		},
		"registers by pairs": func(d *virtiotest.Driver) *virtiotest.Queue {
			d.Bus = pairs{d.Bus}
			return d.Setup(0, 8)
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, d := virtiotest.NewDevice(t, false, 1, virtiotest.Echo)
			q := bringUp(d)
			d.DriverOK()
			for range 3 {
				d.TryEcho(q)
			}
		})
	}
}

// pairs is a bus whose driver writes both halves of an address at once.
type pairs struct{ virtiotest.Bus }

func (p pairs) Store(off uint64, size int, v uint64) bool {
	switch off {
	case mmio.RegQueueDescLow, mmio.RegQueueDriverLow, mmio.RegQueueDeviceLow:
		return p.Bus.Store(off, 8, v)
	case mmio.RegQueueDescHigh, mmio.RegQueueDriverHigh, mmio.RegQueueDeviceHigh:
		return true
	}
	return p.Bus.Store(off, size, v)
}

// A queue in service keeps the features that were agreed on, whatever the driver writes.
func TestQueuesKeepTheirFeatures(t *testing.T) {
	_, d := virtiotest.NewDevice(t, false, 1, virtiotest.Echo)
	d.SetReg(mmio.RegStatus, virtio.StatusDriverOK)
	q := d.Setup(0, 8) // without event indices
	d.SetReg(mmio.RegDriverFeatures, virtio.FeatureEventIdx)
	d.TryEcho(q)
	d.TryEcho(q) // an interrupt each, whatever used_event says
}
