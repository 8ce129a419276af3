package virtio_test

import (
	"encoding/binary"
	"errors"
	"testing"

	"github.com/hartwood-vm/hartwood/runtime/device/virtio"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio/virtiotest"
)

func ignore(*virtio.Queue) {}

func TestConfigErrors(t *testing.T) {
	mem := virtiotest.NewMemory(t, 4096)
	for _, cfg := range []virtio.Config{
		{},
		{Memory: mem, Queues: []virtio.QueueConfig{{MaxSize: 0, Serve: ignore}}},
		{Memory: mem, Queues: []virtio.QueueConfig{{MaxSize: 100, Serve: ignore}}},
		{Memory: mem, Queues: []virtio.QueueConfig{{MaxSize: 64}}},
	} {
		if _, err := virtio.New(cfg); !errors.Is(err, virtio.ErrConfig) {
			t.Errorf("err = %v", err)
		}
	}
}

// notices is what a transport is told: the numbers of queues, and -1 for the configuration.
type notices chan int

func (n notices) NotifyQueue(queue int) { n <- queue }
func (n notices) NotifyConfig()         { n <- -1 }

// A core serves a driver without any registers, as behind a transport that has an interrupt a queue: it names the
// queue whose buffers it has used, tells a fault as a change of the configuration, and says nothing after a reset.
func TestCoreBehindAnyTransport(t *testing.T) {
	mem := virtiotest.NewMemory(t, 1<<20)
	c, err := virtio.New(virtio.Config{
		DeviceID: 9, Features: 1 << 5, Space: []byte{7, 8}, Memory: mem,
		Queues: []virtio.QueueConfig{{MaxSize: 8, Serve: virtiotest.Echo}, {MaxSize: 4, Serve: virtiotest.Echo}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	told := make(notices, 16)
	c.Connect(told)
	if c.DeviceID() != 9 || c.Offered()&(1<<5) == 0 || c.MaxSize(1) != 4 || c.MaxSize(2) != 0 || c.ReadSpace(0, 4) != 0x0807 {
		t.Error("the core describes another device")
	}
	ram, err := mem.Slice(virtiotest.Base, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	// post makes descriptor 0 of the queue at base available for the nth time: 4 writable bytes at the end of the page.
	post := func(l virtio.Layout, n uint16) {
		at := l.Desc - virtiotest.Base
		binary.LittleEndian.PutUint64(ram[at:], l.Desc+0xff0)
		binary.LittleEndian.PutUint64(ram[at+8:], 4|2<<32)
		binary.LittleEndian.PutUint16(ram[l.Avail-virtiotest.Base+2:], n)
	}
	start := func() (layouts []virtio.Layout) {
		clear(ram)
		c.SetStatus(virtio.StatusAcknowledge | virtio.StatusDriver)
		c.Accept(1 << 5)
		c.SetStatus(virtio.StatusFeaturesOK)
		for i := range 2 {
			l := virtio.LegacyLayout(virtiotest.Base+uint64(i)*0x1000, c.MaxSize(i), 4)
			c.Setup(i, l)
			layouts = append(layouts, l)
		}
		c.SetStatus(virtio.StatusDriverOK)
		return layouts
	}
	for range 3 {
		layouts := start()
		if c.Status()&virtio.StatusDriverOK == 0 || !c.Ready(0) || !c.Ready(1) {
			t.Fatalf("status %#x, fault %v", c.Status(), c.Fault())
		}
		for n := range uint16(3) {
			for _, i := range []int{1, 0} {
				post(layouts[i], n+1)
				c.Kick(i)
				if got := <-told; got != i {
					t.Fatalf("notified of %d after a request in queue %d", got, i)
				}
			}
		}
		c.StopQueue(1)
		c.Setup(1, virtio.Layout{Size: 3})
		if got := <-told; got != -1 || c.Status()&virtio.StatusNeedsReset == 0 || !errors.Is(c.Fault(), virtio.ErrProtocol) {
			t.Errorf("notified of %d after an impossible queue: status %#x", got, c.Status())
		}
		c.Reset()
		post(layouts[0], 9)
		c.Kick(0)
		if c.Status() != 0 || c.Features() != 0 || c.Ready(0) || len(told) != 0 {
			t.Errorf("status %#x and %d notifications after a reset", c.Status(), len(told))
		}
	}
}
