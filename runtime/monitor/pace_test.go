package monitor

import (
	"testing"
	"time"
)

// Readings take a 400th of the clock's time at most, and of the processor time that the machine gets on a busy host; a machine that
// does nothing is read all the same, more seldom.
func TestPaceFollowsTheCost(t *testing.T) {
	const ms = time.Millisecond
	for _, x := range []struct {
		passed, worked, pause, cost time.Duration
		want                        bool
	}{
		{249 * ms, 249 * ms, 250 * ms, 0, false},
		{250 * ms, 0, 250 * ms, 0, true}, // nobody knows yet what it costs
		{250 * ms, 40 * ms, 250 * ms, ms / 10, true},
		{250 * ms, 39 * ms, 250 * ms, ms / 10, false}, // the host has other things to do
		{1999 * ms, 0, 250 * ms, ms / 10, false},
		{2000 * ms, 0, 250 * ms, ms / 10, true},
		{1000 * ms, 2000 * ms, 1000 * ms, 5 * ms, false}, // a large machine
		{2000 * ms, 2000 * ms, 1000 * ms, 5 * ms, true},
	} {
		if got := due(x.passed, x.worked, x.pause, x.cost); got != x.want {
			t.Errorf("%v after a reading that took %v, of which the process has worked %v: %v, want %v", x.passed, x.cost, x.worked, got, x.want)
		}
	}
}

// The report says what watching has taken: at least what was counted, and no more than the process has worked.
func TestReportTellsWhatWatchingTakes(t *testing.T) {
	m := New(running(t, 1))
	if err := m.Start(); err != nil {
		t.Fatal(err)
	}
	worked := m.Count(func() {
		for began := processTime(); processTime() < began+20*time.Millisecond; { // all threads of the process
		}
	})
	if err := m.Stop(); err != nil {
		t.Fatal(err)
	}
	r, err := m.Report()
	if err != nil {
		t.Fatal(err)
	}
	m.mu.Lock()
	own, all := m.own, m.worked[1]-m.worked[0]
	m.mu.Unlock()
	if own <= worked || own >= all {
		t.Errorf("watching has taken %v of %v, more than %v of it for what was counted", own, all, worked)
	}
	if got, want := r.find(t, "watching").Value, own.Seconds()/all.Seconds(); got != want {
		t.Errorf("the report says %v, want %v", got, want)
	}
}
