package pci_test

import (
	"errors"
	"testing"

	"github.com/hartwood-vm/hartwood/runtime/device"
	"github.com/hartwood-vm/hartwood/runtime/device/internal/statetest"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio/pci"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio/virtiotest"
	"github.com/hartwood-vm/hartwood/runtime/internal/leaktest"
)

const (
	table   = 0x4000 // of messages, in the BAR
	capMSIX = 0x11
	enabled = 0x8000
)

// messageRig is a device of two queues on a bus with messages, of which it has three: vector n is n+1, and goes to send.
func messageRig(t *testing.T, send func(data uint32)) *rig {
	t.Helper()
	leaktest.Check(t)
	d := virtiotest.New(t, nil, virtiotest.NewMemory(t, 4<<20), virtiotest.NewIRQ())
	r := newDeviceWith(d, 2, virtiotest.Echo, func(_ uint64, data uint32) { send(data) })
	d.Bus = r
	r.setMessages()
	return r
}

// setMessages fills the table and enables messages.
func (r *rig) setMessages() {
	for v := range uint64(3) {
		r.write(table+16*v+8, 4, v+1)
		r.write(table+16*v+12, 4, 0)
	}
	at := r.config(0x34, 1)
	for ; r.config(at, 1) != capMSIX; at = r.config(at+1, 1) {
	}
	r.setConfig(at+2, 2, enabled)
}

// Each queue, and the configuration, has the message that the driver assigns, and neither the pin nor the ISR says so.
func TestVectors(t *testing.T) {
	got := make(chan uint32, 16)
	r := messageRig(t, func(data uint32) { got <- data })
	for _, c := range []struct{ write, read uint64 }{{2, 2}, {0, 0}, {3, 0xffff}, {0xfffe, 0xffff}, {1, 1}, {0xffff, 0xffff}} {
		r.write(pci.RegConfigVector, 2, c.write)
		r.write(pci.RegQueueVector, 2, c.write)
		if a, b := r.read(pci.RegConfigVector, 2), r.read(pci.RegQueueVector, 2); a != c.read || b != c.read {
			t.Errorf("vectors %#x and %#x after %#x", a, b, c.write)
		}
	}
	queues := r.Start(0, 8, 8)
	for i := range uint64(2) {
		r.write(pci.RegQueueSelect, 2, i)
		r.write(pci.RegQueueVector, 2, 2-i)
	}
	r.write(pci.RegConfigVector, 2, 0)
	for i, q := range queues {
		q.Add(r.In([]byte("abc")), r.Out(3))
		q.Notify()
		if data := <-got; data != uint32(3-i) {
			t.Errorf("queue %d: message %d", i, data)
		}
		if _, _, ok := q.Used(); !ok {
			t.Error("the message comes before what it tells of")
		}
	}
	if r.IRQ.Level() || r.read(isr, 1) != 0 {
		t.Error("the pin or the ISR tells of a queue")
	}
	r.write(pci.RegQueueSelect, 2, 0)
	r.write(pci.RegQueueSize, 2, 3) // too late, it is enabled; but its vector can be changed
	if r.write(pci.RegQueueVector, 2, 0xffff); r.read(pci.RegQueueVector, 2) != 0xffff {
		t.Error("the vector of an enabled queue cannot be changed")
	}
	r.write(pci.RegQueueSelect, 2, 2)
	if r.write(pci.RegQueueVector, 2, 1); r.read(pci.RegQueueVector, 2) != 0xffff {
		t.Error("a queue that there is not has a vector")
	}
	r.write(pci.RegStatus, 1, 0)
	for i := range uint64(2) {
		r.write(pci.RegQueueSelect, 2, i)
		if r.read(pci.RegQueueVector, 2) != 0xffff || r.read(pci.RegConfigVector, 2) != 0xffff {
			t.Error("a reset leaves vectors")
		}
	}
	r.Start(0, 8)
	r.write(pci.RegConfigVector, 2, 0)
	r.write(pci.RegQueueSelect, 2, 1)
	r.write(pci.RegQueueSize, 2, 3) // impossible: the device needs a reset
	r.write(pci.RegQueueEnable, 2, 1)
	if data := <-got; data != 1 || r.IRQ.Level() || r.read(isr, 1) != 2 {
		t.Errorf("message %d for the configuration, pin %v", data, r.IRQ.Level())
	}
}

// Without MSI-X enabled the pin is what it is on any bus.
func TestPinBesideMessages(t *testing.T) {
	r := messageRig(t, func(data uint32) { t.Errorf("message %d", data) })
	at := r.config(0x34, 1)
	for ; r.config(at, 1) != capMSIX; at = r.config(at+1, 1) {
	}
	r.setConfig(at+2, 2, 0)
	q := r.Start(0, 8)[0]
	r.write(pci.RegQueueVector, 2, 1)
	for range 3 {
		r.TryEcho(q)
	}
}

// Vectors go with the device.
func TestStateOfVectors(t *testing.T) {
	from := messageRig(t, func(uint32) {})
	from.Start(0, 8, 8)
	from.write(pci.RegConfigVector, 2, 2)
	from.write(pci.RegQueueSelect, 2, 1)
	from.write(pci.RegQueueVector, 2, 1)
	if _, err := from.dev.Quiesce(t.Context()); err != nil {
		t.Fatal(err)
	}
	to := newDeviceWith(from.Driver, 2, virtiotest.Echo, func(uint64, uint32) {})
	statetest.Spoil(t, from.dev.State(), to.dev.State())
	text := statetest.Save(t, from.dev.State())
	from.dev.Abort()
	if err := to.dev.State().UnmarshalJSON(text); err != nil {
		t.Fatal(err)
	}
	if a, b := to.read(pci.RegConfigVector, 2), to.read(pci.RegQueueVector, 2); a != 2 || b != 1 {
		t.Errorf("vectors %d and %d", a, b)
	}
	for i, spoil := range []func(*pci.State){
		func(s *pci.State) { s.ConfigVector = 3 }, func(s *pci.State) { s.QueueVectors[1] = 3 }, func(s *pci.State) { s.QueueVectors = nil },
	} {
		s, err := to.dev.Save()
		if err != nil {
			t.Fatal(err)
		}
		if spoil(&s); !errors.Is(to.dev.Restore(s), device.ErrState) {
			t.Errorf("%d: accepted", i)
		}
	}
}
