package vcpu

import "time"

// workTime is the account of the time that a hart has had a worker. It belongs to the hart's owner. No clock is read unless
// it is on.
type workTime struct {
	on    bool // Params.Timed
	since time.Time
	total time.Duration // without what has passed since then
}

func (w *workTime) begin() {
	if w.on {
		w.since = time.Now()
	}
}

func (w *workTime) end() {
	if w.on {
		w.total += time.Since(w.since)
		w.since = time.Time{}
	}
}

// now is the time until now.
func (w *workTime) now() time.Duration {
	if w.since.IsZero() {
		return w.total
	}
	return w.total + time.Since(w.since)
}
