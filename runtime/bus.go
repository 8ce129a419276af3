package runtime

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hartwood-vm/hartwood/runtime/device"
	"github.com/hartwood-vm/hartwood/runtime/device/aplic"
	"github.com/hartwood-vm/hartwood/runtime/device/imsic"
	"github.com/hartwood-vm/hartwood/runtime/device/pcie"
	"github.com/hartwood-vm/hartwood/runtime/device/pflash"
	"github.com/hartwood-vm/hartwood/runtime/device/syscon"
	"github.com/hartwood-vm/hartwood/vcpu"
)

// bus is the machine's devices.
type bus struct {
	m       *Machine
	console *console
	wires   wired                        // where the devices' interrupts go
	aplic   *aplic.Controller            // nil: there is none
	imsics  [device.Levels]*imsic.Device // likewise
	pci     *pcie.Bridge                 // likewise
	devices []device.Device              // all, in the order of the board
	remarks []func() string              // what is to be said of how devices fare, "" if nothing; safe for concurrent use

	ctx context.Context // what is opened for a device takes no longer; used while the bus is made

	virtio []dma          // the devices that work on RAM; constant once the bus is made
	flash  []*pflash.File // what follows the guest's changes; constant once the bus is made
	hurry  sync.Once
}

// dma is a device that does what it finds in RAM.
type dma interface {
	// Freeze has it do what is there by now and nothing more.
	Freeze()
	// Abort ends that, however long it would take.
	Abort()
}

// gate is a device as harts see it: once the guest has asked for the machine's end it is
// not reached any more.
type gate struct {
	device.Device
	over *atomic.Bool // Machine.over: written by finish and a restart, read by harts
}

func (g gate) Load(off uint64, size int) (uint64, bool) {
	if g.over.Load() {
		return 0, true
	}
	return g.Device.Load(off, size)
}

func (g gate) Store(off uint64, size int, v uint64) bool {
	return g.over.Load() || g.Device.Store(off, size, v)
}

// freeze has devices do nothing more than what the guest has asked of them by now.
func (b *bus) freeze() {
	for _, d := range b.virtio {
		d.Freeze()
	}
}

// deviceGrace is how long devices may go on with what the guest has asked of them when
// the run is to end.
const deviceGrace = 100 * time.Millisecond

// newBus makes the devices of m's board.
func newBus(ctx context.Context, m *Machine) (_ *bus, err error) {
	b := &bus{m: m, ctx: ctx, console: newConsole(m.cfg.Stdin, m.cfg.Stdout)}
	b.console.arrived = m.inputArrived
	defer func() {
		if err != nil {
			err = errors.Join(err, b.close())
		}
	}()
	if err := b.build(m.board); err != nil {
		return nil, err
	}
	return b, nil
}

// close stops the devices, the last first, and has them write what is left.
func (b *bus) close() error {
	b.console.close()
	var errs []error
	for _, d := range slices.Backward(b.devices) {
		errs = append(errs, d.Close())
	}
	for _, f := range b.flash {
		errs = append(errs, f.Close())
	}
	errs = append(errs, b.console.flush())
	return errors.Join(errs...)
}

// endSoon has Stdout and the devices end what could take long. It does not wait.
func (b *bus) endSoon() {
	b.console.endSoon()
	for _, f := range b.flash {
		f.Abort()
	}
	b.hurry.Do(func() {
		time.AfterFunc(deviceGrace, func() {
			for _, d := range b.virtio {
				d.Abort()
			}
		})
	})
}

// reset brings the devices to their power-on state, the interrupt controller last: what a device's line said before is
// not pending afterwards.
func (b *bus) reset() {
	for _, d := range slices.Backward(b.devices) {
		d.Reset()
	}
}

// request is the test device's.
func (b *bus) request(kind syscon.Kind, code int) {
	switch {
	case kind == syscon.Reset:
		b.m.finish(ending{reason: Rebooted})
	case code != 0:
		b.m.finish(ending{reason: Exited, code: code})
	default:
		b.m.finish(ending{reason: PoweredOff})
	}
}

// clintHarts is the machine as its CLINT sees it (clint.Harts).
type clintHarts Machine

func (c *clintHarts) Count() int { return len(c.core.Harts) }

func (c *clintHarts) SetSoftware(i int, level bool) { c.core.Harts[i].SetLine(vcpu.LineMSIP, level) }

func (c *clintHarts) SetTimerCompare(i int, v uint64) { c.core.Harts[i].SetTimerCompare(v) }

func (c *clintHarts) TimerCompare(i int) uint64 { return c.core.Harts[i].TimerCompare() }

func (c *clintHarts) Time() uint64 { return c.core.Clock.Now() }

// SetTime moves the clock and lets every hart compare anew.
func (c *clintHarts) SetTime(v uint64) {
	c.core.Clock.Set(v)
	for _, h := range c.core.Harts {
		h.Wake()
	}
}
