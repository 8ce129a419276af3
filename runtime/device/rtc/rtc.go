package rtc

import (
	"errors"
	"math"
	"sync"
	"time"

	"github.com/hartwood-vm/hartwood/runtime/device"
)

// Size is the bytes of address space the device takes.
const Size = 0x1000

const (
	regTimeLow        = 0x00 // R: low half of now, latches the high half; W: set
	regTimeHigh       = 0x04 // R: the latched half; W: set
	regAlarmLow       = 0x08 // W: low half of the alarm, arms it
	regAlarmHigh      = 0x0c // W: high half of the next alarm
	regIRQEnabled     = 0x10 // RW: bit 0
	regClearAlarm     = 0x14 // W: disarms
	regAlarmStatus    = 0x18 // R: 1 while armed
	regClearInterrupt = 0x1c // W: takes the interrupt down
)

// ErrTime reports a start time that a count of nanoseconds cannot hold.
var ErrTime = errors.New("rtc: time outside the years 1970 to 2262")

// Config is what the machine gives the device.
type Config struct {
	Clock device.Clock // nil: the host's
	Line  device.Line  // nil: unconnected
}

// Device is the clock.
type Device struct {
	clock device.Clock
	line  device.Line

	mu      sync.Mutex
	r       State
	stop    func() // takes back the timer of the armed alarm; nil: none
	armings uint64 // tells a late timer that another alarm has replaced it
	closed  bool
}

// New returns a clock that shows the time of cfg.Clock.
func New(cfg Config) (*Device, error) {
	if cfg.Clock == nil {
		cfg.Clock = device.HostClock{}
	}
	if now := cfg.Clock.Now(); now.Unix() < 0 || now.Unix() > math.MaxInt64/int64(time.Second) {
		return nil, ErrTime
	}
	return &Device{clock: cfg.Clock, line: cfg.Line.OrUnconnected()}, nil
}

func (d *Device) now() uint64 { return uint64(d.clock.Now().UnixNano()) + d.r.Offset }

// Load reads a 32-bit register; other sizes are refused.
func (d *Device) Load(off uint64, size int) (uint64, bool) {
	if size != 4 {
		return 0, false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	switch off {
	case regTimeLow:
		now := d.now()
		d.r.Latched = uint32(now >> 32)
		return now & math.MaxUint32, true
	case regTimeHigh:
		return uint64(d.r.Latched), true
	case regAlarmLow:
		return d.r.Alarm & math.MaxUint32, true
	case regAlarmHigh:
		return d.r.Alarm >> 32, true
	case regIRQEnabled:
		return bit(d.r.Enabled), true
	case regAlarmStatus:
		return bit(d.r.Armed), true
	}
	return 0, true
}

// Store writes a 32-bit register; other sizes are refused.
func (d *Device) Store(off uint64, size int, v uint64) bool {
	if size != 4 {
		return false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	v &= math.MaxUint32
	switch off {
	case regTimeLow:
		now := d.now()
		d.r.Offset += (now&^math.MaxUint32 | v) - now
		d.rearm()
	case regTimeHigh:
		now := d.now()
		d.r.Offset += (v<<32 | now&math.MaxUint32) - now
		d.rearm()
	case regAlarmLow:
		d.r.Alarm = d.r.Alarm&^math.MaxUint32 | v
		d.r.Armed = true
		d.rearm()
	case regAlarmHigh:
		d.r.Alarm = v<<32 | d.r.Alarm&math.MaxUint32
	case regIRQEnabled:
		d.r.Enabled = v&1 != 0
	case regClearAlarm:
		d.r.Armed = false
		d.rearm()
	case regClearInterrupt:
		d.r.Pending = false
	}
	d.drive()
	return true
}

// rearm makes the timer fit the alarm; an alarm that lies in the past goes off.
// Caller holds d.mu.
func (d *Device) rearm() {
	if d.stop != nil {
		d.stop()
		d.stop = nil
	}
	d.armings++
	if !d.r.Armed || d.closed {
		return
	}
	now := d.now()
	if d.r.Alarm <= now {
		d.r.Armed, d.r.Pending = false, true
		return
	}
	wait := time.Duration(min(d.r.Alarm-now, math.MaxInt64))
	arming := d.armings
	d.stop = d.clock.AfterFunc(wait, func() { d.expire(arming) })
}

// expire is the timer's callback. The host's clock may have been set back in the
// meantime: then the alarm waits on.
func (d *Device) expire(arming uint64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if arming != d.armings {
		return
	}
	d.rearm()
	d.drive()
}

// drive sets the line. Caller holds d.mu.
func (d *Device) drive() { d.line(d.r.Pending && d.r.Enabled) }

// Reset disarms the alarm and returns to the host's time.
func (d *Device) Reset() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.r = State{}
	d.rearm()
	d.drive()
}

// Close takes the alarm's timer back.
func (d *Device) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	d.rearm()
	return nil
}

func bit(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}
