package uart

import (
	"errors"
	"io"
	"sync"
	"time"

	"github.com/hartwood-vm/hartwood/runtime/device"
	"github.com/hartwood-vm/hartwood/runtime/device/stream"
)

// Size is the bytes of address space the device takes; only the first eight answer.
const Size = 0x100

// patience is how long one store waits for a writer that does not keep up.
const patience = 10 * time.Millisecond

// Config is what the machine gives the device.
type Config struct {
	In   io.Reader   // nil: no input ever
	Out  io.Writer   // nil: output is discarded
	Line device.Line // nil: unconnected
}

// Device is the serial port.
type Device struct {
	line device.Line
	in   *stream.Source
	out  *stream.Sink

	mu      sync.Mutex
	level   bool // of the line
	rx      fifo
	r       Registers
	dropped uint64
}

// New returns a serial port and starts its goroutines.
func New(cfg Config) (*Device, error) {
	if cfg.Out == nil {
		cfg.Out = io.Discard
	}
	d := &Device{line: cfg.Line.OrUnconnected()}
	d.reset()
	d.out = stream.NewSink(cfg.Out, d.drained)
	// The source may call received before NewSource returns: the lock makes it
	// wait until in is set.
	d.mu.Lock()
	defer d.mu.Unlock()
	d.in = stream.NewSource(cfg.In, d.received)
	return d, nil
}

// Dropped returns how many bytes of output were lost because the guest wrote faster than
// the writer took them, without looking at the transmitter's state.
func (d *Device) Dropped() uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.dropped
}

// Flush waits until the guest's output has been written.
func (d *Device) Flush() error { return d.out.Flush() }

// Reset brings the registers to their power-on state. Input that the guest has
// not looked at and output that has not been written yet stay.
func (d *Device) Reset() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.reset()
	d.drive()
}

func (d *Device) reset() {
	d.rx.clear()
	d.r = powerOn
}

// Close writes what is left of the output, stops the goroutines and returns the
// first error of reader or writer.
func (d *Device) Close() error { return errors.Join(d.in.Close(), d.out.Close()) }

// received is called by the source when it has bytes.
func (d *Device) received() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.r.IER&ierReceive != 0 {
		d.refill()
	}
	d.drive()
}

// drained is called by the sink when it has room again.
func (d *Device) drained() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.transmitterEmpty()
	d.drive()
}

// refill moves bytes from the source into the FIFO. Caller holds d.mu.
func (d *Device) refill() {
	if d.r.MCR&mcrLoop != 0 {
		return // the receiver is cut off from the line
	}
	if room := d.rx.room(d.capacity()); room > 0 {
		var p [fifoSize]byte
		for _, b := range p[:d.in.Take(p[:room])] {
			d.rx.push(b, 0)
		}
	}
}

func (d *Device) capacity() int { return capacity(d.r.FCR) }

// capacity returns the bytes that the receiver has room for.
func capacity(fcr byte) int {
	if fcr&fcrEnable != 0 {
		return fifoSize
	}
	return 1
}

// drive sets the interrupt line. Caller holds d.mu.
func (d *Device) drive() {
	if level := d.interrupt() != iirNone; level != d.level {
		d.level = level
		d.line(level)
	}
}

// interrupt returns the identification of the most urgent interrupt. Caller
// holds d.mu.
func (d *Device) interrupt() byte {
	switch {
	case d.r.IER&ierLine != 0 && (d.r.Overrun || d.rx.headError() != 0):
		return iirLine
	case d.r.IER&ierReceive != 0 && d.rx.n >= d.trigger():
		return iirReceive
	case d.r.IER&ierReceive != 0 && d.rx.n > 0:
		return iirTimeout
	case d.r.IER&ierTransmit != 0 && d.r.Transmit:
		return iirTransmit
	case d.r.IER&ierModem != 0 && d.r.MSR&^msrLevels != 0:
		return iirModem
	}
	return iirNone
}

// trigger returns how many bytes in the FIFO make it urgent.
func (d *Device) trigger() int {
	if d.r.FCR&fcrEnable == 0 {
		return 1
	}
	return [4]int{1, 4, 8, 14}[d.r.FCR>>6]
}
