package runtime

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hartwood-vm/hartwood/runtime/boot/devicetree"
	"github.com/hartwood-vm/hartwood/runtime/device"
	"github.com/hartwood-vm/hartwood/runtime/device/clint"
	"github.com/hartwood-vm/hartwood/runtime/device/gc"
	"github.com/hartwood-vm/hartwood/runtime/device/plic"
	"github.com/hartwood-vm/hartwood/runtime/device/rtc"
	"github.com/hartwood-vm/hartwood/runtime/device/syscon"
	"github.com/hartwood-vm/hartwood/runtime/device/uart"
	"github.com/hartwood-vm/hartwood/vcpu"
)

// bus is the machine's devices.
type bus struct {
	m       *Machine
	console *console
	plic    *plic.Device
	devices []device.Device // all, in the order in which they were made
	remarks []func() string // what is to be said of how devices fare, "" if nothing; safe for concurrent use

	virtio []dma // the devices that work on RAM; constant once the bus is made
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
	over *atomic.Bool // Machine.over
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

// newBus makes the devices and maps them at the addresses of devicetree.Virt.
func newBus(m *Machine) (_ *bus, err error) {
	b := &bus{m: m, console: newConsole(m.cfg.Stdin, m.cfg.Stdout)}
	b.console.arrived = m.inputArrived
	defer func() {
		if err != nil {
			err = errors.Join(err, b.close())
		}
	}()
	layout := devicetree.Virt()
	if b.plic, err = plic.New(plic.Config{Contexts: 2 * len(m.harts), Output: b.external}); err != nil {
		return nil, err
	}
	if err = b.add("plic", layout.PLIC.Base, plic.Size(2*len(m.harts)), b.plic); err != nil {
		return nil, err
	}
	c, err := clint.New(clint.Config{Harts: (*clintHarts)(m)})
	if err != nil {
		return nil, err
	}
	if err = b.add("clint", layout.CLINT.Base, layout.CLINT.Size, c); err != nil {
		return nil, err
	}
	s, err := syscon.New(syscon.Config{Request: b.request})
	if err != nil {
		return nil, err
	}
	if err = b.add("syscon", layout.Test.Base, syscon.Size, s); err != nil {
		return nil, err
	}
	if m.heap != nil {
		if err = b.add("gcpar", layout.GC.Base, layout.GC.Size, gc.New(m.heap)); err != nil {
			return nil, err
		}
	}
	if err = b.addRTC(layout.RTC); err != nil {
		return nil, err
	}
	if err = b.addUART(layout.UART); err != nil {
		return nil, err
	}
	if err = b.addVirtIO(layout.VirtIO); err != nil {
		return nil, err
	}
	return b, nil
}

func (b *bus) addRTC(at devicetree.Region) error {
	line, err := b.plic.Line(int(at.IRQ))
	if err != nil {
		return err
	}
	d, err := rtc.New(rtc.Config{Line: line})
	if err != nil {
		return err
	}
	return b.add("rtc", at.Base, rtc.Size, d)
}

func (b *bus) addUART(at devicetree.Region) error {
	line, err := b.plic.Line(int(at.IRQ))
	if err != nil {
		return err
	}
	cfg := uart.Config{Out: b.console, Line: line}
	if b.m.cfg.Console == ConsoleUART {
		cfg.In = b.console.input()
	}
	d, err := uart.New(cfg)
	if err != nil {
		return err
	}
	b.remarks = append(b.remarks, func() string { return lostOutput(d) })
	return b.add("uart", at.Base, uart.Size, consolePort{d, b.console})
}

// add maps d and keeps it for close.
func (b *bus) add(name string, base, size uint64, d device.Device) error {
	b.devices = append(b.devices, d)
	if err := b.m.mem.Map(name, base, size, gate{d, &b.m.over}); err != nil {
		return fmt.Errorf("place a device: %w", err)
	}
	return nil
}

// close stops the devices, the last first, and has them write what is left.
func (b *bus) close() error {
	b.console.close()
	var errs []error
	for i := len(b.devices) - 1; i >= 0; i-- {
		errs = append(errs, b.devices[i].Close())
	}
	errs = append(errs, b.console.flush())
	return errors.Join(errs...)
}

// endSoon has Stdout and the devices end what could take long. It does not wait.
func (b *bus) endSoon() {
	b.console.endSoon()
	b.hurry.Do(func() {
		time.AfterFunc(deviceGrace, func() {
			for _, d := range b.virtio {
				d.Abort()
			}
		})
	})
}

// reset brings the devices to their power-on state.
func (b *bus) reset() {
	for _, d := range b.devices {
		d.Reset()
	}
}

// external is the PLIC's output: context 2n is hart n's M-mode, 2n+1 its S-mode.
func (b *bus) external(ctx int, level bool) {
	line := uint64(vcpu.LineMEIP)
	if ctx%2 == 1 {
		line = vcpu.LineSEIP
	}
	b.m.harts[ctx/2].SetLine(line, level)
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

func (c *clintHarts) Count() int { return len(c.harts) }

func (c *clintHarts) SetSoftware(i int, level bool) { c.harts[i].SetLine(vcpu.LineMSIP, level) }

func (c *clintHarts) SetTimerCompare(i int, v uint64) { c.harts[i].SetTimerCompare(v) }

func (c *clintHarts) TimerCompare(i int) uint64 { return c.harts[i].TimerCompare() }

func (c *clintHarts) Time() uint64 { return c.clock.now() }

// SetTime moves the clock and lets every hart compare anew.
func (c *clintHarts) SetTime(v uint64) {
	c.clock.set(v)
	for _, h := range c.harts {
		h.Wake()
	}
}
