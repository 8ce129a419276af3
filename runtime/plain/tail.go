package plain

import "sync"

// Tail keeps the last Limit bytes of what is written to it, such as what a program has said before it failed.
type Tail struct {
	Limit int

	mu   sync.Mutex
	kept []byte // protected by mu: up to twice Limit
}

// Write never fails.
func (t *Tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, p[max(0, len(p)-t.Limit):]...)
	if len(t.kept) > 2*t.Limit {
		t.kept = append(t.kept[:0], t.kept[len(t.kept)-t.Limit:]...)
	}
	return len(p), nil
}

// String is what is kept, as it was written.
func (t *Tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.kept[max(0, len(t.kept)-t.Limit):])
}
