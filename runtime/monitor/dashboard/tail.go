package dashboard

import (
	"io"
	"strings"

	"github.com/hartwood-vm/hartwood/runtime/plain"
)

// tailBytes is how much of the console the page shows.
const tailBytes = 16 << 10

// Tail passes on what a guest writes, and remembers the end of it.
type Tail struct {
	to  io.Writer
	end plain.Tail
}

// NewTail returns a Tail in front of to.
func NewTail(to io.Writer) *Tail { return &Tail{to: to, end: plain.Tail{Limit: tailBytes}} }

// Write remembers p, then passes it on, so that who has seen the console finds it in Text.
func (t *Tail) Write(p []byte) (n int, err error) {
	_, _ = t.end.Write(p)
	return t.to.Write(p)
}

// Text is the end of what was written, as lines of text: what moves the cursor or changes colours is written out.
func (t *Tail) Text() string { return plain.Lines(strings.ReplaceAll(t.end.String(), "\r\n", "\n")) }
