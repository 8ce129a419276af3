package dashboard

import (
	"io"
	"strings"
	"sync"

	"github.com/hartwood-vm/hartwood/runtime/plain"
)

// tailBytes is how much of the console the page shows.
const tailBytes = 16 << 10

// Tail passes on what a guest writes, and remembers the end of it.
type Tail struct {
	to io.Writer

	mu   sync.Mutex
	kept []byte // protected by mu: up to twice tailBytes
}

// NewTail returns a Tail in front of to.
func NewTail(to io.Writer) *Tail { return &Tail{to: to} }

// Write remembers p, then passes it on, so that who has seen the console finds it in Text.
func (t *Tail) Write(p []byte) (n int, err error) {
	t.mu.Lock()
	t.kept = append(t.kept, p[max(0, len(p)-tailBytes):]...)
	if len(t.kept) > 2*tailBytes {
		t.kept = append(t.kept[:0], t.kept[len(t.kept)-tailBytes:]...)
	}
	t.mu.Unlock()
	return t.to.Write(p)
}

// Text is the end of what was written, as lines of text: what moves the cursor or changes colours is written out.
func (t *Tail) Text() string {
	t.mu.Lock()
	end := string(t.kept[max(0, len(t.kept)-tailBytes):])
	t.mu.Unlock()
	return plain.Lines(strings.ReplaceAll(end, "\r\n", "\n"))
}
