package pci_test

import (
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/hartwood-vm/hartwood/runtime/device"
	"github.com/hartwood-vm/hartwood/runtime/device/internal/statetest"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio/pci"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio/virtiotest"
)

var (
	_ device.Device   = (*pci.Transport)(nil)
	_ device.Quiescer = (*pci.Transport)(nil)
)

func ignore(*virtio.Queue) {}

// A driver finds the structures by the capabilities: all five, each once, in a BAR that there is.
func TestCapabilities(t *testing.T) {
	r := newRig(t, 2, ignore)
	if v := r.config(0, 4); v != uint64(0x1040+virtiotest.DeviceID)<<16|0x1af4 || r.config(8, 1) != 1 {
		t.Errorf("identification %#x, revision %d", v, r.config(8, 1))
	}
	const capVendor, capExpress = 9, 0x10
	found := map[uint64][2]uint64{} // offset and length by type
	at := r.config(0x34, 1)
	for range 10 {
		if at == 0 {
			break
		}
		switch id := r.config(at, 1); id {
		case capVendor:
			if bar := r.config(at+4, 1); bar != 4 && r.config(at+3, 1) != 5 {
				t.Errorf("a capability in BAR %d", bar)
			}
			found[r.config(at+3, 1)] = [2]uint64{r.config(at+8, 4), r.config(at+12, 4)}
		case capExpress:
		default:
			t.Errorf("capability %#x", id)
		}
		at = r.config(at+1, 1)
	}
	want := map[uint64][2]uint64{1: {common, 0x1000}, 2: {notify, 8}, 3: {isr, 0x1000}, 4: {space, 0x1000}, 5: {0, 0}}
	for kind, w := range want {
		if got, ok := found[kind]; !ok || got != w {
			t.Errorf("structure %d is at %#x, want %#x", kind, got, w)
		}
	}
}

// Requests are answered and interrupts come and go, direct and indirect, with and without event indices.
func TestRequests(t *testing.T) {
	r := newRig(t, 2, virtiotest.Echo)
	for _, features := range []uint64{0, virtio.FeatureIndirect, virtio.FeatureEventIdx | virtio.FeatureIndirect | virtiotest.Feature} {
		for _, q := range r.Start(features, 8, 16) {
			for range 40 {
				r.TryEcho(q)
			}
		}
		if r.read(isr, 1); r.IRQ.Level() {
			t.Error("the interrupt stands after the ISR was read")
		}
	}
}

func TestCommonConfiguration(t *testing.T) {
	r := newRig(t, 2, ignore)
	if got, want := r.Offered(), uint64(1<<32|1<<29|1<<28|virtiotest.Feature); got != want {
		t.Errorf("offered %#x, want %#x", got, want)
	}
	for _, c := range []struct {
		off  uint64
		size int
		want uint64
	}{
		{pci.RegNumQueues, 2, 2}, {pci.RegConfigVector, 2, 0xffff}, {pci.RegQueueVector, 2, 0xffff}, {pci.RegConfigGeneration, 1, 0},
		{pci.RegQueueSize, 2, 64}, {pci.RegQueueNotifyOff, 2, 0}, {pci.RegNumQueues, 1, 0}, {0xff8, 8, 0},
		{space, 1, 1}, {space + 2, 2, 0x0403}, {space, 8, 0x0504030201}, {space + 0xff8, 8, 0}, {notify, 2, 0},
	} {
		if got := r.read(c.off, c.size); got != c.want {
			t.Errorf("%d bytes at %#x: %#x, want %#x", c.size, c.off, got, c.want)
		}
	}
	if r.write(space, 1, 99); r.read(space, 1) != 1 {
		t.Error("the device's configuration was written")
	}
	r.write(pci.RegQueueSelect, 2, 2)
	for _, off := range []uint64{pci.RegQueueSize, pci.RegQueueEnable, pci.RegQueueNotifyOff} {
		if r.write(off, 2, 1); r.read(off, 2) != 0 {
			t.Errorf("register %#x of queue 2, which there is not, reads %d", off, r.read(off, 2))
		}
	}
	r.write(notify+4*9, 2, 9) // nor there
	r.write(pci.RegQueueSelect, 2, 1)
	if r.read(pci.RegQueueNotifyOff, 2) != 1 {
		t.Error("queue 1 is notified as another one")
	}
	r.write(pci.RegQueueDesc, 8, 0x1122_3344_5566_7780)
	if v := r.read(pci.RegQueueDesc, 8); v != 0x1122_3344_5566_7780 || r.read(pci.RegQueueDesc+4, 4) != 0x1122_3344 {
		t.Errorf("an address of 64 bits reads %#x", v)
	}
	r.write(pci.RegDeviceFeatureSelect, 4, 2)
	if r.read(pci.RegDeviceFeature, 4) != 0 {
		t.Error("features past bit 63")
	}
}

func TestNegotiation(t *testing.T) {
	r := newRig(t, 1, ignore)
	r.write(pci.RegDriverFeatureSelect, 4, 0)
	r.write(pci.RegDriverFeature, 4, 1<<7) // not offered
	if r.write(pci.RegStatus, 1, virtio.StatusFeaturesOK); r.read(pci.RegStatus, 1) != 0 {
		t.Error("accepted a feature that was not offered")
	}
	if !r.Negotiate(virtio.FeatureVersion1) {
		t.Error("refused what it offers")
	}
	if v := r.read(pci.RegDriverFeature, 4); v != 1 {
		t.Errorf("features of the driver's, upper half: %#x", v)
	}
}

// A queue that cannot be is refused with DEVICE_NEEDS_RESET; one that is enabled stays where it is until a reset.
func TestQueues(t *testing.T) {
	r := newRig(t, 1, virtiotest.Echo)
	r.Start(0, 8)
	r.write(pci.RegQueueDesc, 4, 0)
	r.write(pci.RegQueueSize, 2, 3)
	r.write(pci.RegQueueEnable, 2, 0)
	if r.read(pci.RegQueueSize, 2) != 8 || r.read(pci.RegQueueDesc, 4) == 0 || r.read(pci.RegQueueEnable, 2) != 1 {
		t.Error("an enabled queue was moved")
	}
	r.write(pci.RegStatus, 1, 0)
	if r.read(pci.RegQueueSize, 2) != 64 || r.read(pci.RegQueueEnable, 2) != 0 || r.read(pci.RegStatus, 1) != 0 {
		t.Error("a reset leaves something")
	}
	r.Negotiate(virtio.FeatureVersion1)
	r.write(pci.RegQueueSize, 2, 3)
	r.write(pci.RegQueueEnable, 2, 1)
	if r.read(pci.RegQueueEnable, 2) != 0 || r.read(pci.RegStatus, 1)&virtio.StatusNeedsReset == 0 || !errors.Is(r.dev.Fault(), virtio.ErrProtocol) {
		t.Errorf("a queue of 3 entries is accepted: %v", r.dev.Fault())
	}
}

// Every register can be reached by configuration space, whether or not the BAR is anywhere.
func TestAccessByConfigurationSpace(t *testing.T) {
	r := newRig(t, 1, ignore)
	r.setConfig(regCommand, 2, 0)
	var at uint64
	for at = r.config(0x34, 1); r.config(at, 1) != 9 || r.config(at+3, 1) != 5; at = r.config(at+1, 1) {
	}
	access := func(bar, off, size uint64) {
		r.setConfig(at+4, 1, bar)
		r.setConfig(at+8, 4, off)
		r.setConfig(at+12, 4, size)
	}
	for _, c := range []struct{ bar, off, size, want uint64 }{
		{4, space, 1, 1}, {4, space + 2, 2, 0x0403}, {4, space, 4, 0x04030201}, {4, pci.RegNumQueues, 2, 1},
	} {
		if access(c.bar, c.off, c.size); r.config(at+16, int(c.size)) != c.want {
			t.Errorf("%+v: %#x", c, r.config(at+16, int(c.size)))
		}
	}
	access(4, pci.RegStatus, 1)
	r.setConfig(at+16, 1, virtio.StatusAcknowledge)
	if v := r.config(at+16, 1); v != virtio.StatusAcknowledge {
		t.Errorf("status %#x", v)
	}
	for _, c := range [][3]uint64{{3, pci.RegStatus, 1}, {4, 0x4000, 4}, {4, 0xffff_fffc, 4}, {4, 1, 4}, {4, pci.RegStatus, 3}, {4, 0, 0}, {4, 0, 8}, {4, 0x3fff, 2}} {
		access(c[0], c[1], c[2])
		r.setConfig(at+16, 4, 0)
		r.config(at+16, 4)
	}
	r.setConfig(regCommand, 2, memory|master)
	if v := r.read(pci.RegStatus, 1); v != virtio.StatusAcknowledge {
		t.Errorf("status %#x after accesses that cannot be", v)
	}
}

// Without Bus Master Enable the device leaves guest memory alone; requests wait for it.
func TestBusMaster(t *testing.T) {
	served := make(chan struct{}, 64)
	r := newRig(t, 1, func(q *virtio.Queue) {
		virtiotest.Echo(q)
		served <- struct{}{}
	})
	q := r.Start(0, 8)[0]
	r.TryEcho(q)
	r.setConfig(regCommand, 2, memory)
	for len(served) > 0 {
		<-served
	}
	in, out := r.In([]byte("abc")), r.Out(3)
	q.Add(in, out)
	q.Notify()
	<-served // for the notification, or for the change; the next one is for this notification in any case
	q.Notify()
	<-served
	if _, _, ok := q.Used(); ok || string(r.Bytes(out)) != "\x00\x00\x00" {
		t.Error("the device has written to memory")
	}
	r.setConfig(regCommand, 2, memory|master)
	if q.Wait(); string(r.Bytes(out)) != "\x9e\x9d\x9c" {
		t.Errorf("the answer is %q", r.Bytes(out))
	}
	r.bridge.Reset()
	r.dev.Reset()
	r.enable()
	r.TryEcho(r.Start(0, 8)[0])
}

// Any sequence of accesses leaves a device that can be reset and driven.
func TestRandomAccesses(t *testing.T) {
	r := newRig(t, 2, virtiotest.Echo)
	rng := rand.New(rand.NewPCG(3, 4))
	values := []uint64{0, 1, 2, 3, 8, 15, 64, 0x8000_0000, 0x8000_1000, 0xffff_ffff}
	for range 20000 {
		size := 1 << rng.IntN(4)
		off := (uint64(rng.IntN(4))<<12 | uint64(rng.IntN(0x48))) &^ uint64(size-1)
		r.read(off, size)
		r.write(off, size, values[rng.IntN(len(values))])
	}
	r.TryEcho(r.Start(0, 8, 8)[1])
}

// A device that is at rest goes on as another one, which serves what the driver has made available meanwhile.
func TestStateMovesOn(t *testing.T) {
	from := newRig(t, 1, virtiotest.Echo)
	q := from.Start(virtio.FeatureEventIdx, 8)[0]
	for range 11 { // past the rings' end
		from.TryEcho(q)
	}
	release, err := from.dev.Quiesce(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	in, out := from.In([]byte("abc")), from.Out(3)
	token, _ := q.Add(in, out)
	q.Notify()
	to := newDevice(from.Driver, 1, virtiotest.Echo)
	statetest.Spoil(t, from.dev.State(), to.dev.State())
	text := statetest.Save(t, from.dev.State())
	from.dev.Abort() // it serves no more
	release()
	if err := to.dev.State().UnmarshalJSON(text); err != nil {
		t.Fatal(err)
	}
	from.Bus = to
	if got, _ := q.Wait(); got != token || string(from.Bytes(out)) != "\x9e\x9d\x9c" {
		t.Errorf("chain %d finished with %q, want %d", got, from.Bytes(out), token)
	}
	to.TryEcho(q)
	for i, spoil := range []func(*pci.State){
		func(s *pci.State) { s.ISR = 4 }, func(s *pci.State) { s.Queues = nil }, func(s *pci.State) { s.Core.DeviceID++ },
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

// An interrupt whose ISR nobody has read stands in the other device too.
func TestStateOfAPendingInterrupt(t *testing.T) {
	from := newRig(t, 1, virtiotest.Echo)
	q := from.Start(0, 8)[0]
	q.Add(from.In([]byte("abc")), from.Out(3))
	q.Notify()
	from.IRQ.WaitUp(from.IRQ.Count())
	if _, err := from.dev.Quiesce(t.Context()); err != nil {
		t.Fatal(err)
	}
	to := newDevice(from.Driver, 1, virtiotest.Echo)
	text := statetest.Save(t, from.dev.State())
	if from.dev.Abort(); from.IRQ.Level() {
		t.Fatal("the line is still up")
	}
	if err := to.dev.State().UnmarshalJSON(text); err != nil || !from.IRQ.Level() || to.read(isr, 1) != 1 || from.IRQ.Level() {
		t.Errorf("the interrupt was forgotten, or stays: %v", err)
	}
}
