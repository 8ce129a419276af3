package rtc

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/runtime/device"
)

var _ device.Device = (*Device)(nil)

// fakeClock moves only when told and then runs the timers that have come due.
type fakeClock struct {
	mu     sync.Mutex
	t      time.Time
	nextID int
	timers map[int]timer
}

type timer struct {
	at time.Time
	f  func()
}

func newFakeClock(ns int64) *fakeClock {
	return &fakeClock{t: time.Unix(0, ns), timers: map[int]timer{}}
}

func (c *fakeClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *fakeClock) AfterFunc(d time.Duration, f func()) func() {
	c.mu.Lock()
	defer c.mu.Unlock()
	id := c.nextID
	c.nextID++
	c.timers[id] = timer{c.t.Add(d), f}
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.timers, id)
	}
}

func (c *fakeClock) advance(d time.Duration) {
	c.mu.Lock()
	c.t = c.t.Add(d)
	var due []func()
	for id, t := range c.timers {
		if !t.at.After(c.t) {
			due = append(due, t.f)
			delete(c.timers, id)
		}
	}
	c.mu.Unlock()
	for _, f := range due {
		f()
	}
}

func load(t *testing.T, d *Device, off uint64) uint64 {
	t.Helper()
	v, ok := d.Load(off, 4)
	if !ok {
		t.Fatalf("load at %#x refused", off)
	}
	return v
}

func store(t *testing.T, d *Device, off, v uint64) {
	t.Helper()
	if !d.Store(off, 4, v) {
		t.Fatalf("store at %#x refused", off)
	}
}

func readTime(t *testing.T, d *Device) uint64 {
	lo := load(t, d, regTimeLow)
	return load(t, d, regTimeHigh)<<32 | lo
}

func setup(t *testing.T, ns int64) (*Device, *fakeClock, *bool) {
	t.Helper()
	c, level := newFakeClock(ns), false
	d, err := New(Config{Clock: c, Line: func(l bool) { level = l }})
	if err != nil {
		t.Fatal(err)
	}
	return d, c, &level
}

func TestTimeLatchesHighHalf(t *testing.T) {
	d, c, _ := setup(t, 0x7_ffff_fff0)
	lo := load(t, d, regTimeLow)
	c.advance(0x20) // carries into the high half between the two reads
	if hi := load(t, d, regTimeHigh); hi != 7 || lo != 0xffff_fff0 {
		t.Errorf("time = %#x:%#x", hi, lo)
	}
	if got := readTime(t, d); got != 0x8_0000_0010 {
		t.Errorf("later time = %#x", got)
	}
}

func TestSetTime(t *testing.T) {
	d, c, _ := setup(t, 1_000_000)
	store(t, d, regTimeHigh, 5)
	store(t, d, regTimeLow, 17)
	c.advance(3)
	if got := readTime(t, d); got != 5<<32+20 {
		t.Errorf("time = %#x", got)
	}
	d.Reset()
	if got := readTime(t, d); got != 1_000_003 {
		t.Errorf("time after reset = %d", got)
	}
}

func setAlarm(t *testing.T, d *Device, ns uint64) {
	store(t, d, regAlarmHigh, ns>>32)
	store(t, d, regAlarmLow, ns)
}

func TestAlarm(t *testing.T) {
	d, c, level := setup(t, 1000)
	store(t, d, regIRQEnabled, 1)
	setAlarm(t, d, 1500)
	if load(t, d, regAlarmStatus) != 1 || *level {
		t.Fatal("alarm not armed, or early")
	}
	c.advance(499)
	if *level {
		t.Fatal("early alarm")
	}
	c.advance(1)
	if !*level || load(t, d, regAlarmStatus) != 0 {
		t.Fatal("alarm did not go off")
	}
	store(t, d, regIRQEnabled, 0)
	if *level {
		t.Error("disabled interrupt is up")
	}
	store(t, d, regIRQEnabled, 1)
	if !*level {
		t.Error("pending interrupt forgotten")
	}
	store(t, d, regClearInterrupt, 1)
	if *level {
		t.Error("cleared interrupt is up")
	}
}

func TestAlarmInThePastGoesOffAtOnce(t *testing.T) {
	d, _, level := setup(t, 1000)
	store(t, d, regIRQEnabled, 1)
	setAlarm(t, d, 1000)
	if !*level {
		t.Error("no interrupt")
	}
}

func TestAlarmFollowsTheGuestsTime(t *testing.T) {
	d, c, level := setup(t, 1000)
	store(t, d, regIRQEnabled, 1)
	setAlarm(t, d, 1<<40)
	store(t, d, regTimeHigh, 1<<8)
	if !*level {
		t.Error("setting the time past the alarm did not set it off")
	}
	store(t, d, regClearInterrupt, 1)
	setAlarm(t, d, 1<<40+5000)
	store(t, d, regTimeHigh, 0)
	c.advance(10000)
	if *level {
		t.Error("alarm ignored that the time was set back")
	}
}

func TestClearAlarmAndClose(t *testing.T) {
	d, c, level := setup(t, 1000)
	store(t, d, regIRQEnabled, 1)
	setAlarm(t, d, 1500)
	store(t, d, regClearAlarm, 1)
	c.advance(1000)
	if *level || load(t, d, regAlarmStatus) != 0 {
		t.Error("cleared alarm went off")
	}
	setAlarm(t, d, 5000)
	if err := d.Close(); err != nil || len(c.timers) != 0 {
		t.Errorf("Close: %v, %d timers left", err, len(c.timers))
	}
	setAlarm(t, d, 6000)
	if len(c.timers) != 0 {
		t.Error("closed device started a timer")
	}
}

func TestFarAlarmDoesNotOverflow(t *testing.T) {
	d, c, level := setup(t, 1000)
	store(t, d, regIRQEnabled, 1)
	setAlarm(t, d, 1<<64-1)
	c.advance(time.Hour)
	if *level || load(t, d, regAlarmStatus) != 1 {
		t.Error("alarm in the year 2554 went off")
	}
}

func TestConcurrentUse(t *testing.T) {
	d, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for h := range 4 {
		wg.Go(func() {
			for i := range 200 {
				now := readTime(t, d)
				store(t, d, regIRQEnabled, uint64(i&1))
				setAlarm(t, d, now+uint64(h*1000))
				store(t, d, regClearInterrupt, 1)
			}
		})
	}
	wg.Wait()
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestBadStartTime(t *testing.T) {
	if _, err := New(Config{Clock: newFakeClock(-1_000_000_000)}); !errors.Is(err, ErrTime) {
		t.Errorf("err = %v", err)
	}
}

func TestOtherSizesRefused(t *testing.T) {
	d, _, _ := setup(t, 1000)
	for _, size := range []int{1, 2, 8} {
		if _, ok := d.Load(0, size); ok {
			t.Errorf("load of %d bytes accepted", size)
		}
		if d.Store(0, size, 0) {
			t.Errorf("store of %d bytes accepted", size)
		}
	}
}
