package core

import (
	"testing"
	"time"
)

// A worker waits for work as long as that pays: longer after waits that were just too short, not at all on an idle
// machine.
func TestIdlePollingAdapts(t *testing.T) {
	var p idlePolling
	now := time.Unix(1, 0)
	soon, late := pollMax/2, 100*pollMax
	if p.hired(now); p.window != 0 {
		t.Errorf("polls %v after work that came out of nowhere", p.window)
	}
	for want := pollMin; want < pollMax; want *= 2 {
		p.ended(now, false)
		w := p.window
		now = now.Add(soon)
		if p.hired(now); p.window < pollMin || p.window < w {
			t.Fatalf("polls %v after a wait that was too short, %v before", p.window, w)
		}
		p.ended(now, true)
	}
	// Waits that are too short twice for each that is in vain let it grow to its bound and no further.
	for range 10 {
		p.ended(now, false)
		p.hired(now.Add(soon))
		p.hired(now.Add(soon))
	}
	if p.window != pollMax {
		t.Errorf("polls %v at most, want %v", p.window, pollMax)
	}
	if p.ended(now, true); p.window != pollMax {
		t.Errorf("a wait that found work has changed the window to %v", p.window)
	}
	for range 10 {
		p.ended(now, false)
		now = now.Add(late)
		p.hired(now)
	}
	if p.window != 0 {
		t.Errorf("an idle machine polls %v", p.window)
	}
}
