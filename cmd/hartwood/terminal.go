package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	goruntime "runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// terminal is the guest's console as the host sees it. On a terminal it is raw while the guest runs and this process is
// in the foreground: every key goes to the guest, but for Ctrl-A and the key after it. Files and pipes pass through
// unchanged.
type terminal struct {
	in  io.Reader
	out *consoleWriter

	interactive bool // in is a terminal
	fd          int
	keys        *keyboard // of an interactive one

	mu     sync.Mutex
	wanted bool          // protected by mu: raw is how it is to be
	saved  *unix.Termios // protected by mu: how it was found; nil: not raw
	raw    unix.Termios  // protected by mu: how it was set
	guard  *guard        // protected by mu; nil: none
}

// newTerminal connects the console. unread is called when nobody reads standard output any more.
func (a *app) newTerminal(unread func()) *terminal {
	t := &terminal{in: a.stdin, out: &consoleWriter{out: a.stdout, unread: unread}}
	if isTerminal(a.stdout) {
		t.out.screen = &screen{}
	}
	file, ok := a.stdin.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return t
	}
	t.fd, t.interactive = int(file.Fd()), true
	t.keys = newKeyboard(t)
	t.in = t.keys
	return t
}

// begin hands the keyboard to the guest, at once or when this process comes to the foreground.
func (t *terminal) begin() error {
	if !t.interactive {
		return nil
	}
	t.mu.Lock()
	t.wanted = true
	t.mu.Unlock()
	if _, err := t.enter(); err != nil {
		return fmt.Errorf("set the terminal to raw mode: %w", err)
	}
	go t.keys.read()
	return nil
}

// enter makes the terminal raw if it is not, for example because the shell has had it; false: it is not ours.
func (t *terminal) enter() (ours bool, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.wanted || !inForeground(t.fd) {
		return false, nil
	}
	now, err := getTermios(t.fd)
	if err != nil || t.saved != nil && now == t.raw {
		return true, err
	}
	t.guard.stop()
	t.saved, t.raw = &now, rawMode(now)
	t.guard = startGuard(t.fd, now, t.raw)
	return true, setTermios(t.fd, t.raw)
}

// restore gives the terminal back as it was found. It may be called more than once.
func (t *terminal) restore() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.wanted = false
	if t.saved == nil {
		return nil
	}
	var err error
	if inForeground(t.fd) { // else the shell has it and has set it as it wants
		dropInput(t.fd)
		err = setTermios(t.fd, *t.saved)
	}
	t.saved = nil
	t.guard.stop()
	t.guard = nil
	return err
}

// screenPatience bounds what is waited for while the screen is left: a terminal may be stuck.
const screenPatience = 500 * time.Millisecond

// end leaves the guest's screen and gives the terminal back, when the guest has ended.
func (t *terminal) end() error {
	t.leaveScreen(t.isRaw())
	return t.restore()
}

// isRaw says that the terminal is ours.
func (t *terminal) isRaw() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.saved != nil && inForeground(t.fd)
}

// leaveScreen undoes what the guest has set, has what comes next begin on a line of its own, and waits for the
// terminal's answers, if they come to us, to what the guest has asked: they would be taken for keys typed at the shell.
func (t *terminal) leaveScreen(ours bool) {
	if t.out.screen == nil {
		return
	}
	undo, asked := t.out.screen.leave()
	var answered <-chan struct{}
	if asked = asked && ours; asked {
		answered = t.keys.discard()
		undo += syncQuery
	}
	limit := time.After(screenPatience)
	written := make(chan struct{})
	go func() {
		_, _ = io.WriteString(t.out.out, undo)
		close(written)
	}()
	select {
	case <-written:
	case <-limit:
		return
	}
	if asked {
		select {
		case <-answered:
		case <-limit:
		}
	}
}

// stopped gives the terminal back, stops the process by the signal how and, when it goes on, takes the terminal again.
func (t *terminal) stopped(how syscall.Signal) error {
	t.leaveScreen(t.isRaw())
	if err := t.restore(); err != nil {
		return err
	}
	// Sent to this thread, the signal acts before the call returns.
	goruntime.LockOSThread()
	err := unix.Tgkill(unix.Getpid(), unix.Gettid(), how)
	goruntime.UnlockOSThread()
	t.mu.Lock()
	t.wanted = true
	t.mu.Unlock()
	_, enterErr := t.enter()
	t.keys.attend()
	if t.out.screen != nil && t.isRaw() {
		_, _ = io.WriteString(t.out.out, t.out.screen.again())
	}
	return errors.Join(err, enterErr)
}

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// consoleWriter takes what the guest writes.
type consoleWriter struct {
	out    io.Writer
	unread func()
	screen *screen     // nil: out is no terminal
	some   atomic.Bool // set by the console goroutine, read by the one that tells of silence
}

func (w *consoleWriter) Write(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	w.some.Store(true)
	n, err := w.out.Write(p)
	if w.screen != nil && n > 0 {
		w.screen.wrote(p[:n])
	}
	if errors.Is(err, syscall.EPIPE) {
		w.unread()
	}
	return n, err
}
