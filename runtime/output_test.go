package runtime

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// stuckWriter takes so many bytes, and then nothing until it is released.
type stuckWriter struct {
	left     int
	released chan struct{}
	stuck    atomic.Bool
	taken    strings.Builder
}

func (w *stuckWriter) Write(p []byte) (int, error) {
	if w.left < len(p) {
		w.stuck.Store(true)
		<-w.released
	}
	w.left -= len(p)
	return w.taken.Write(p)
}

// chatter is a guest that writes without an end: through the firmware, by its oldest call, or through the serial port.
func chatter(how string) Config {
	p := asm.New(kernelBase)
	switch how {
	case "firmware":
		p.Label("write").LI(asm.A0, 256).LI(asm.A1, kernelBase).LI(asm.A2, 0)
		sbiCall(p, sbiDebug, 0)
	case "byte by byte":
		p.Label("write").LI(asm.A0, 'x')
		sbiCall(p, 1, 0)
	case "serial port":
		p.LI(asm.S1, 0x1000_0000).LI(asm.S2, 'x').Label("write")
		p.I(isa.LBU, asm.T0, asm.S1, 5).I(isa.ANDI, asm.T0, asm.T0, 0x20).Branch(isa.BEQ, asm.T0, asm.Zero, "write")
		p.S(isa.SB, asm.S2, asm.S1, 0)
	}
	p.Jump(asm.Zero, "write")
	return kernel(p, 2)
}

// A run can be cancelled and stopped while nobody reads what the guest writes, however it does so.
func TestStuckOutputDoesNotHoldUpTheEnd(t *testing.T) {
	for _, how := range []string{"firmware", "byte by byte", "serial port"} {
		for _, end := range []string{"cancel", "stop", "close"} {
			t.Run(how+", "+end, func(t *testing.T) {
				t.Parallel()
				w := &stuckWriter{left: 10_000, released: make(chan struct{})}
				defer close(w.released)
				cfg := chatter(how)
				cfg.Stdout = w
				m := newMachine(t, cfg)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				ended := make(chan error, 1)
				go func() {
					_, err := m.Run(ctx)
					ended <- err
				}()
				until(t, "the output is stuck", w.stuck.Load)
				until(t, "the guest has no room", func() bool {
					m.bus.console.mu.Lock()
					defer m.bus.console.mu.Unlock()
					return len(m.bus.console.buf) == outputRoom
				})
				switch end {
				case "cancel":
					cancel()
				case "stop":
					m.Stop(0)
				case "close":
					_ = m.Close() // Run has the error
				}
				err := <-ended // the test's time limit ends a run that goes on
				if !errors.Is(err, errUnread) && end != "close" {
					t.Errorf("%v, want that output was lost", err)
				}
				if end == "cancel" && !errors.Is(err, context.Canceled) {
					t.Errorf("%v, want the context's error", err)
				}
			})
		}
	}
}

// A guest that has ended by itself is waited for until all is written; then a cancelled context ends that too.
func TestOutputOfAnEndedGuest(t *testing.T) {
	for _, read := range []bool{true, false} {
		p := asm.New(kernelBase)
		p.LI(asm.S0, 50).Label("write").LI(asm.A0, 256).LI(asm.A1, kernelBase).LI(asm.A2, 0)
		sbiCall(p, sbiDebug, 0)
		p.I(isa.ADDI, asm.S0, asm.S0, -1).Branch(isa.BNE, asm.S0, asm.Zero, "write")
		exit(p, 0)
		cfg := kernel(p, 1)
		w := &stuckWriter{left: 300, released: make(chan struct{})}
		cfg.Stdout = w
		m := newMachine(t, cfg)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		type outcome struct {
			res Result
			err error
		}
		ended := make(chan outcome, 1)
		go func() {
			res, err := m.Run(ctx)
			ended <- outcome{res, err}
		}()
		until(t, "the guest has ended", func() bool { return m.wall.Load() != 0 })
		if read {
			close(w.released)
		} else {
			cancel()
			defer close(w.released)
		}
		got := <-ended
		if got.res.Reason != PoweredOff {
			t.Errorf("read %v: %v", read, got.res.Reason)
		}
		if !read && !errors.Is(got.err, errUnread) {
			t.Errorf("%v, want that output was lost", got.err)
		}
		if read && (got.err != nil || w.taken.Len() != 50*256) {
			t.Errorf("%v, %d bytes written, want %d", got.err, w.taken.Len(), 50*256)
		}
	}
}

// Cancelling a run loses nothing that a reader takes, be it ever so slow.
func TestCancelledRunWritesWhatWaits(t *testing.T) {
	r, w := io.Pipe()
	o := newOutput(w)
	text := strings.Repeat("0123456789abcdef", 3*outputRoom/16)
	wrote := make(chan error, 1)
	go func() {
		_, err := o.Write([]byte(text))
		wrote <- errors.Join(err, o.flush(), w.Close())
	}()
	buf := make([]byte, outputPiece)
	if _, err := io.ReadFull(r, buf); err != nil {
		t.Fatal(err)
	}
	o.endSoon()
	rest, err := io.ReadAll(r)
	if err != nil || string(buf)+string(rest) != text {
		t.Errorf("%v, %d bytes of %d", err, len(buf)+len(rest), len(text))
	}
	if err := <-wrote; err != nil {
		t.Error(err)
	}
	if n, err := o.Write([]byte("more")); n != 4 || err != nil && !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("%d, %v", n, err)
	}
}

// Harts do not wait for a reader once the run is to end, however fast or slow it reads: what they write then is lost.
func TestHartsDoNotWaitForOutputInTheEnd(t *testing.T) {
	w := &stuckWriter{released: make(chan struct{})}
	o := newOutput(w)
	text := strings.Repeat("x", outputRoom)
	if n, err := o.writeFromHart([]byte(text)); n != len(text) || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	waiting := make(chan error, 1)
	go func() {
		_, err := o.writeFromHart([]byte("more"))
		waiting <- err
	}()
	until(t, "the output is stuck", w.stuck.Load)
	select {
	case err := <-waiting:
		t.Fatalf("a hart does not wait for room: %v", err)
	default:
	}
	o.endSoon()
	if err := <-waiting; err != nil {
		t.Error(err)
	}
	o.mu.Lock()
	if o.err != nil {
		t.Errorf("the hart has waited: %v", o.err)
	}
	o.mu.Unlock()
	close(w.released)
	_ = o.flush() // may have given up by then
}
