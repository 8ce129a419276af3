package main

import (
	"fmt"
	"io"
	"os"
	"sync/atomic"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// terminal is the guest's console as the host sees it. On a terminal it is raw while the guest runs: every key goes to
// the guest, but for Ctrl-A and the key after it. Files and pipes pass through unchanged.
type terminal struct {
	in  io.Reader
	out *consoleWriter

	fd          int
	interactive bool        // in is a terminal that this process may change
	saved       *term.State // nil: not raw
}

// newTerminal connects the console. leave is called when the user types Ctrl-A x.
func (a *app) newTerminal(leave func()) *terminal {
	t := &terminal{in: a.stdin, out: &consoleWriter{out: a.stdout}}
	file, ok := a.stdin.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) || !inForeground(int(file.Fd())) {
		return t
	}
	t.fd, t.interactive = int(file.Fd()), true
	t.out.raw = isTerminal(a.stdout)
	t.in = &escapeReader{in: a.stdin, leave: leave, help: func() { io.WriteString(a.stderr, escapeHelp) }}
	return t
}

// makeRaw hands the keyboard to the guest.
func (t *terminal) makeRaw() error {
	if !t.interactive {
		return nil
	}
	saved, err := term.MakeRaw(t.fd)
	if err != nil {
		return fmt.Errorf("set the terminal to raw mode: %w", err)
	}
	t.saved = saved
	return nil
}

// restore gives the terminal back as it was found. It may be called more than once.
func (t *terminal) restore() error {
	if t.saved == nil {
		return nil
	}
	saved := t.saved
	t.saved = nil
	return term.Restore(t.fd, saved)
}

// inForeground says whether this process may change the terminal without being stopped for it.
func inForeground(fd int) bool {
	group, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP)
	return err != nil || group == unix.Getpgrp()
}

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// consoleWriter takes what the guest writes. A raw terminal no longer turns a line feed into a new line, and not every
// guest does so itself.
type consoleWriter struct {
	out  io.Writer
	raw  bool
	last byte        // the byte before this write's first, for the machine's one console goroutine
	some atomic.Bool // set by the console goroutine, read by the one that tells of silence
}

func (w *consoleWriter) Write(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	w.some.Store(true)
	if !w.raw {
		return w.out.Write(p)
	}
	translated := make([]byte, 0, len(p)+8)
	for _, b := range p {
		if b == '\n' && w.last != '\r' {
			translated = append(translated, '\r')
		}
		translated = append(translated, b)
		w.last = b
	}
	if _, err := w.out.Write(translated); err != nil {
		return 0, err
	}
	return len(p), nil
}
