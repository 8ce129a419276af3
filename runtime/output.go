package runtime

import (
	"errors"
	"io"
	"sync"
	"time"

	"github.com/hartwood-vm/hartwood/runtime/device/stream"
)

// errUnread reports console output that was given up: the run was to end, and whoever
// reads Stdout did not.
var errUnread = errors.New("console output is lost: nobody reads it, and the run was to end")

const (
	// outputRoom bounds the bytes that wait for Stdout.
	outputRoom = 64 << 10
	// outputPiece is what is written at once; each is progress.
	outputPiece = 4 << 10
	// outputGrace is how long the writer may be without progress when the run is to end.
	outputGrace = 150 * time.Millisecond
)

// output is the way to Stdout. A writer cannot be interrupted, so it is called by a
// goroutine that is there while bytes wait. Who writes waits for room: for ever, as long
// as the run goes on or has ended by itself, so that nothing is lost; but not once the
// run has been told to end and the writer is stuck.
type output struct {
	w io.Writer

	mu      sync.Mutex
	changed *sync.Cond // on mu: bytes were written, err or ending were set
	buf     []byte     // protected by mu: wait
	pumping bool       // protected by mu: the goroutine is there
	pieces  uint64     // protected by mu: written
	ending  bool       // protected by mu: the run has been told to end
	err     error      // protected by mu: why nothing is taken any more
	told    bool       // protected by mu: a writer has been told of err
}

func newOutput(w io.Writer) *output {
	if w == nil {
		w = io.Discard
	}
	o := &output{w: w}
	o.changed = sync.NewCond(&o.mu)
	return o
}

// Write leaves p to be written, and waits while too much waits already. The error is that
// of an earlier write. What comes after the output was given up is thrown away.
func (o *output) Write(p []byte) (n int, err error) { return o.write(p, false) }

// writeFromHart is Write for a hart, which holds the machine up while it waits: it does not, once the run is to end.
func (o *output) writeFromHart(p []byte) (n int, err error) { return o.write(p, true) }

func (o *output) write(p []byte, hart bool) (n int, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for n < len(p) && o.err == nil {
		room := min(outputRoom-len(o.buf), len(p)-n)
		if room == 0 && hart && o.ending {
			return len(p), nil // nobody waits for what is written from now on
		}
		if room == 0 {
			o.wait()
			continue
		}
		o.buf = append(o.buf, p[n:n+room]...)
		n += room
		if !o.pumping {
			o.pumping = true
			go o.pump()
		}
	}
	if errors.Is(o.err, errUnread) { // flush says so
		return len(p), nil
	}
	if o.err != nil {
		o.told = true
	}
	return n, o.err
}

// pump writes what waits, and ends.
func (o *output) pump() {
	var piece [outputPiece]byte
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.buf) > 0 && o.err == nil {
		n := copy(piece[:], o.buf)
		o.mu.Unlock()
		err := stream.WriteAll(o.w, piece[:n])
		o.mu.Lock()
		o.buf = o.buf[:copy(o.buf, o.buf[n:])]
		o.pieces++
		if o.err == nil {
			o.err = err
		}
		o.changed.Broadcast()
	}
	o.pumping = false
	o.changed.Broadcast()
}

// wait waits for a change. If the run is to end and nothing has been written for
// outputGrace, it gives the output up. The caller holds mu.
func (o *output) wait() {
	if o.ending {
		pieces := o.pieces
		defer time.AfterFunc(outputGrace, func() {
			o.mu.Lock()
			defer o.mu.Unlock()
			if o.pieces == pieces && o.err == nil {
				o.err = errUnread
			}
			o.changed.Broadcast()
		}).Stop()
	}
	o.changed.Wait()
}

// endSoon has writers, and flush, wait no longer than Stdout's reader makes progress.
func (o *output) endSoon() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.ending = true
	o.changed.Broadcast()
}

// flush waits until all is written, and returns the error that nobody has been told of.
// After errUnread one call of the writer may still be under way.
func (o *output) flush() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	for o.pumping && o.err == nil {
		o.wait()
	}
	if o.told {
		return nil
	}
	return o.err
}
