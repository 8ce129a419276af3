package device

import "time"

// Clock is a device's view of the host's time; tests give their own.
type Clock interface {
	Now() time.Time
	// AfterFunc calls f on its own goroutine once d has passed. The returned
	// function takes the call back if it has not begun.
	AfterFunc(d time.Duration, f func()) (stop func())
}

// HostClock is the host's own clock.
type HostClock struct{}

// Now returns the host's time of day.
func (HostClock) Now() time.Time { return time.Now() }

// AfterFunc is time.AfterFunc.
func (HostClock) AfterFunc(d time.Duration, f func()) (stop func()) {
	t := time.AfterFunc(d, f)
	return func() { t.Stop() }
}
