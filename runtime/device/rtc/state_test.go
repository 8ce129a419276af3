package rtc

import (
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/runtime/device/internal/statetest"
)

// A clock with a time of its own and an alarm that is armed goes on in another machine: it reads the same, and its
// alarm goes off when it is due.
func TestStateMovesOn(t *testing.T) {
	clock := newFakeClock(1 << 40)
	levels := [2]bool{}
	var clocks [2]*Device
	for i := range clocks {
		d, err := New(Config{Clock: clock, Line: func(l bool) { levels[i] = l }})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { d.Close() })
		clocks[i] = d
	}
	from, to := clocks[0], clocks[1]
	store(t, from, regTimeHigh, 77)
	store(t, from, regTimeLow, 5)
	load(t, from, regTimeLow) // latches the other half
	store(t, from, regIRQEnabled, 1)
	store(t, from, regAlarmHigh, 77)
	store(t, from, regAlarmLow, 1000)
	store(t, to, regAlarmLow, 1) // goes off, and is forgotten
	statetest.Spoil(t, from.State(), to.State())
	statetest.Move(t, from.State(), to.State())
	same := func() {
		t.Helper()
		for _, off := range []uint64{regTimeHigh, regAlarmLow, regAlarmHigh, regIRQEnabled, regAlarmStatus, regTimeLow} {
			if a, b := load(t, from, off), load(t, to, off); a != b {
				t.Errorf("register %#x reads %#x, was %#x", off, b, a)
			}
		}
		if levels[0] != levels[1] {
			t.Errorf("lines are %v", levels)
		}
	}
	same()
	if levels[1] || load(t, to, regAlarmStatus) != 1 {
		t.Error("the alarm is not armed")
	}
	clock.advance(2000 * time.Nanosecond)
	same()
	if !levels[1] {
		t.Error("the alarm did not go off")
	}
	statetest.Move(t, to.State(), from.State())
	to.Reset()
	statetest.Move(t, to.State(), from.State())
	same()
	if levels[0] {
		t.Error("the line is up without a cause")
	}
}

func TestArbitraryStates(t *testing.T) {
	from, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	to, err := New(Config{Clock: newFakeClock(1 << 40)})
	if err != nil {
		t.Fatal(err)
	}
	statetest.Scramble(t, from.State(), to, 0x20)
}
