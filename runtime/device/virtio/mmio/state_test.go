package mmio_test

import (
	"errors"
	"testing"

	"github.com/hartwood-vm/hartwood/runtime/device"
	"github.com/hartwood-vm/hartwood/runtime/device/internal/statetest"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio/mmio"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio/virtiotest"
)

// A device that is at rest goes on as another one: its registers read the same, and that one serves what the driver has
// made available meanwhile.
func TestStateMovesOn(t *testing.T) {
	for _, legacy := range []bool{false, true} {
		for _, features := range []uint64{0, virtio.FeatureEventIdx | virtio.FeatureIndirect} {
			from, d := virtiotest.NewDevice(t, legacy, 1, virtiotest.Echo)
			var q *virtiotest.Queue
			if legacy {
				q = d.StartLegacy(features, 0, 8)
			} else {
				q = d.Start(features, 8)[0]
			}
			for range 11 { // past the rings' end
				d.TryEcho(q)
			}
			release, err := from.Quiesce(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			from.Store(mmio.RegInterruptACK, 4, 3) // nothing is used any more
			in, out := d.In([]byte("abc")), d.Out(3)
			token, _ := q.Add(in, out)
			q.Notify()
			to := d.Device(legacy, 1, virtiotest.Echo)
			to.Store(mmio.RegQueueSel, 4, 9)
			statetest.Spoil(t, from.State(), to.State())
			registers := func(dev device.Device) (values []uint64) {
				for off := uint64(0); off < mmio.Size; off += 4 {
					v, _ := dev.Load(off, 4)
					values = append(values, v)
				}
				return values
			}
			text := statetest.Save(t, from.State())
			was := registers(from)
			from.Abort() // it serves no more
			release()
			if err := to.State().UnmarshalJSON(text); err != nil {
				t.Fatal(err)
			}
			d.Bus = to
			if got, _ := q.Wait(); got != token || string(d.Bytes(out)) != "\x9e\x9d\x9c" {
				t.Errorf("chain %d finished with %q, want %d", got, d.Bytes(out), token)
			}
			to.Store(mmio.RegInterruptACK, 4, 3)
			for i, v := range registers(to) {
				if v != was[i] {
					t.Errorf("register %#x reads %#x, was %#x", 4*i, v, was[i])
				}
			}
			d.TryEcho(q)
			to.Reset()
			statetest.Move(t, to.State(), d.Device(legacy, 1, virtiotest.Echo).State())
		}
	}
}

// An interrupt that the driver has not acknowledged stands in the other device too, and so does its need of a reset.
func TestStateOfAPendingInterrupt(t *testing.T) {
	from, d := virtiotest.NewDevice(t, false, 2, virtiotest.Echo)
	d.Start(0, 8)
	d.SetReg(mmio.RegQueueSel, 1)
	d.SetReg(mmio.RegQueueSize, 3)
	d.SetReg(mmio.RegQueueReady, 1)
	if !d.IRQ.Level() {
		t.Fatal("the driver is not told of its error")
	}
	to := d.Device(false, 2, virtiotest.Echo)
	if to.Reset(); d.IRQ.Level() {
		t.Fatal("the line is still up")
	}
	statetest.Move(t, from.State(), to.State())
	d.Bus = to
	if !d.IRQ.Level() || d.Reg(mmio.RegInterruptStatus) != 2 || d.Reg(mmio.RegStatus)&virtio.StatusNeedsReset == 0 {
		t.Error("the driver's error was forgotten")
	}
}

func TestImpossibleStates(t *testing.T) {
	from, d := virtiotest.NewDevice(t, false, 1, virtiotest.Echo)
	d.Start(virtiotest.Feature, 8)
	to := d.Device(false, 1, virtiotest.Echo)
	for i, spoil := range []func(*mmio.State){
		func(s *mmio.State) { s.Legacy = true }, func(s *mmio.State) { s.Causes = 4 }, func(s *mmio.State) { s.Queues = nil },
		func(s *mmio.State) { s.Core.DeviceID++ }, func(s *mmio.State) { s.Core.Status |= 16 },
		func(s *mmio.State) { s.Core.Features |= 1 }, func(s *mmio.State) { s.Core.Queues = nil },
		func(s *mmio.State) { s.Core.Queues[0].Layout.Size = 3 }, func(s *mmio.State) { s.Core.Queues[0].Layout.Size = 128 },
		func(s *mmio.State) { s.Core.Queues[0].Layout.Used = 0 }, func(s *mmio.State) { s.Core.Queues[0].Layout.Desc++ },
	} {
		s, err := from.Save()
		if err != nil {
			t.Fatal(err)
		}
		if spoil(&s); !errors.Is(to.Restore(s), device.ErrState) || to.Fault() != nil {
			t.Errorf("%d: accepted", i)
		}
	}
}

func TestArbitraryStates(t *testing.T) {
	from, d := virtiotest.NewDevice(t, false, 2, virtiotest.Echo)
	d.Start(virtio.FeatureEventIdx, 8, 16)
	to := d.Device(false, 2, virtiotest.Echo)
	statetest.Scramble(t, from.State(), to, 0x108)
	d.Bus = to
	d.TryEcho(d.Start(0, 8, 8)[0])
}
