package main

import (
	"bytes"
	"io"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// keysAhead bounds the keys that wait for a guest that does not read.
	keysAhead = 1 << 20
	// backgroundPause is how long to wait before looking again whether this process is in the foreground.
	backgroundPause = 300 * time.Millisecond
)

// keyboard reads the terminal whether the guest reads or not, so that Ctrl-A and the key after it always act. Keys for
// the guest wait; when keysAhead do, further ones are lost, which the bell says.
type keyboard struct {
	t    *terminal
	keys escapeKeys // used by read
	bell func()     // called by read when a key is lost

	mu      sync.Mutex
	changed *sync.Cond    // on mu: waiting or err has changed
	waiting []byte        // protected by mu: for the guest
	err     error         // protected by mu: why there will be no more keys
	answers []byte        // protected by mu: the end of what was read since discard
	synced  chan struct{} // protected by mu: closed at the terminal's syncAnswer; nil: keys are for the guest
}

func newKeyboard(t *terminal) *keyboard {
	k := &keyboard{t: t, bell: func() {}}
	k.changed = sync.NewCond(&k.mu)
	return k
}

// Read gives the guest what was typed. It waits if that is nothing.
func (k *keyboard) Read(p []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for len(k.waiting) == 0 {
		if k.err != nil || len(p) == 0 {
			return 0, k.err
		}
		k.changed.Wait()
	}
	n := copy(p, k.waiting)
	if k.waiting = k.waiting[n:]; len(k.waiting) == 0 {
		k.waiting = nil // a burst of keys does not hold its memory for ever
	}
	return n, nil
}

// read takes keys until the terminal is gone.
func (k *keyboard) read() {
	buf := make([]byte, 4096)
	for {
		n, err := k.next(buf)
		if n > 0 {
			k.typed(buf[:n])
		}
		if err != nil {
			k.fail(err)
			return
		}
	}
}

// next reads once. It waits by poll rather than read, which would stop a process in the background.
func (k *keyboard) next(buf []byte) (int, error) {
	ours, err := k.t.enter()
	if err != nil {
		return 0, io.EOF // the terminal is gone
	}
	if !ours {
		time.Sleep(backgroundPause)
		return 0, nil
	}
	ready := []unix.PollFd{{Fd: int32(k.t.fd), Events: unix.POLLIN}}
	if _, err := unix.Poll(ready, -1); err != nil || !k.t.isRaw() {
		return 0, nil // a signal; or keys for the shell
	}
	switch n, err := unix.Read(k.t.fd, buf); {
	case n > 0:
		return n, nil
	case err == unix.EAGAIN || err == unix.EINTR:
		return 0, nil
	case err != nil && err != unix.EIO:
		return 0, err
	}
	return 0, io.EOF
}

// typed sorts what was typed into what we do and what the guest gets.
func (k *keyboard) typed(p []byte) {
	k.mu.Lock()
	if k.synced != nil {
		k.discarded(p)
		k.mu.Unlock()
		return
	}
	k.mu.Unlock()
	lost := false
	for _, key := range p {
		if !k.keys.keep(key) {
			continue
		}
		k.mu.Lock()
		if len(k.waiting) < keysAhead {
			k.waiting = append(k.waiting, key)
		} else {
			lost = true
		}
		k.changed.Signal()
		k.mu.Unlock()
	}
	if lost {
		k.bell()
	}
}

func (k *keyboard) fail(err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.err = err
	k.changed.Broadcast()
}

// discard throws away what comes from now on. The channel is closed when the terminal has answered syncQuery.
func (k *keyboard) discard() <-chan struct{} {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.synced, k.answers = make(chan struct{}), nil
	return k.synced
}

// discarded looks for syncAnswer. The caller holds mu.
func (k *keyboard) discarded(p []byte) {
	select {
	case <-k.synced:
		return
	default:
	}
	k.answers = append(k.answers, p...)
	if bytes.Contains(k.answers, []byte(syncAnswer)) {
		close(k.synced)
	}
	if n := len(k.answers); n > len(syncAnswer) {
		k.answers = append([]byte(nil), k.answers[n-len(syncAnswer):]...)
	}
}

// attend gives the keys to the guest again.
func (k *keyboard) attend() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.synced = nil
}
