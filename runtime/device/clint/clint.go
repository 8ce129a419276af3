package clint

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
)

const (
	// Size is the bytes of address space the device takes.
	Size = 0x10000
	// MaxHarts is the number of harts that the layout has room for.
	MaxHarts = 4095

	mtimecmpBase = 0x4000
	mtimeOffset  = 0xbff8
	stripes      = 64
)

// ErrHarts reports a number of harts that the layout has no room for.
var ErrHarts = errors.New("clint: impossible number of harts")

// Harts is where the device's effects go. The methods are safe for concurrent
// use, do not block and do not call the device. Time is in ticks of the machine's
// timebase.
type Harts interface {
	Count() int
	SetSoftware(hart int, level bool)
	// SetTimerCompare arms hart's timer for time v and takes a pending timer
	// interrupt back when v lies ahead.
	SetTimerCompare(hart int, v uint64)
	TimerCompare(hart int) uint64
	Time() uint64
	SetTime(v uint64)
}

// Config is what the machine gives the device.
type Config struct{ Harts Harts }

// Device is the interruptor.
type Device struct {
	harts Harts
	// msip[h] is bit 0 of hart h's register: written with stripe h held, read by anyone.
	msip   []atomic.Uint32
	stripe [stripes]sync.Mutex
	timeMu sync.Mutex
}

// New returns an interruptor for cfg.Harts.
func New(cfg Config) (*Device, error) {
	if cfg.Harts == nil {
		return nil, fmt.Errorf("%w: none given", ErrHarts)
	}
	n := cfg.Harts.Count()
	if n < 1 || n > MaxHarts {
		return nil, fmt.Errorf("%w: %d (want 1 to %d)", ErrHarts, n, MaxHarts)
	}
	return &Device{harts: cfg.Harts, msip: make([]atomic.Uint32, n)}, nil
}

// Load takes 4-byte reads everywhere and 8-byte reads of the timer registers;
// other sizes are refused, and registers of harts that do not exist read as zero.
func (d *Device) Load(off uint64, size int) (uint64, bool) {
	if size != 4 && (size != 8 || off < mtimecmpBase) {
		return 0, false
	}
	switch {
	case off < mtimecmpBase:
		if h := off / 4; h < uint64(len(d.msip)) {
			return uint64(d.msip[h].Load()), true
		}
	case off < mtimeOffset:
		if h := int((off - mtimecmpBase) / 8); h < len(d.msip) {
			return part(d.harts.TimerCompare(h), off, size), true
		}
	case off < mtimeOffset+8:
		return part(d.harts.Time(), off, size), true
	}
	return 0, true
}

// Store takes the sizes that Load takes; registers of harts that do not exist
// ignore writes.
func (d *Device) Store(off uint64, size int, v uint64) bool {
	if size != 4 && (size != 8 || off < mtimecmpBase) {
		return false
	}
	switch {
	case off < mtimecmpBase:
		if h := int(off / 4); h < len(d.msip) {
			d.setSoftware(h, uint32(v&1))
		}
	case off < mtimeOffset:
		if h := int((off - mtimecmpBase) / 8); h < len(d.msip) {
			mu := &d.stripe[h%stripes]
			mu.Lock()
			defer mu.Unlock()
			if size == 4 {
				v = merge(d.harts.TimerCompare(h), off, v)
			}
			d.harts.SetTimerCompare(h, v)
		}
	case off < mtimeOffset+8:
		d.timeMu.Lock()
		defer d.timeMu.Unlock()
		if size == 4 {
			v = merge(d.harts.Time(), off, v)
		}
		d.harts.SetTime(v)
	}
	return true
}

func (d *Device) setSoftware(h int, v uint32) {
	mu := &d.stripe[h%stripes]
	mu.Lock()
	defer mu.Unlock()
	d.msip[h].Store(v)
	d.harts.SetSoftware(h, v != 0)
}

// Reset clears every software interrupt and disarms every timer. mtime keeps
// running: its value after a reset is the platform's choice.
func (d *Device) Reset() {
	for h := range d.msip {
		d.set(h, false, ^uint64(0))
	}
}

// Close does nothing: the device has no goroutine.
func (d *Device) Close() error { return nil }

// part returns the half of register r that a read of size bytes at off sees.
func part(r, off uint64, size int) uint64 {
	if size == 8 {
		return r
	}
	return r >> (off % 8 * 8) & 0xffff_ffff
}

// merge returns register r after a 4-byte write of v at off.
func merge(r, off, v uint64) uint64 {
	shift := off % 8 * 8
	return r&^(0xffff_ffff<<shift) | v&0xffff_ffff<<shift
}
