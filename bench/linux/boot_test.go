package linux

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// hang is how long a boot may take before it counts as hung. It bounds the test; nothing is measured against it.
const hang = 4 * time.Minute

// boot is one start of the guest.
type boot struct {
	files *files
	harts int
	bios  string // a file in the cache; empty: the firmware that is built in
	mode  string // what init does, see initramfs/init.sh
	drive string // as the run command's --drive takes it; empty: none

	initrd  string   // empty: the one with the guest programs
	options []string // of the run command, beyond those above

	firmware []string // options in place of kernel, initrd and command line; nil: those
}

// command returns the process that boots the guest.
func (b boot) command(ctx context.Context) *exec.Cmd {
	harts, line := fmt.Sprint(b.harts), "console=ttyS0 hartwood.mode="+b.mode
	kernel, initrd := filepath.Join(b.files.cache, "Image"), b.initrd
	if initrd == "" {
		initrd = b.files.initrd
	}
	if os.Getenv("HARTWOOD_LINUX_QEMU") != "" {
		args := []string{"-M", "virt", "-nographic", "-smp", harts, "-m", "1G", "-kernel", kernel,
			"-initrd", initrd, "-append", line, "-bios", filepath.Join(b.files.cache, "fw_dynamic.bin")}
		if file, option, _ := strings.Cut(b.drive, ","); file != "" {
			option = map[string]string{"readonly": ",readonly=on", "overlay": ",snapshot=on"}[option]
			args = append(args, "-drive", "if=none,id=d,format=raw,file="+file+option, "-device", "virtio-blk-device,drive=d")
		}
		return exec.CommandContext(ctx, "qemu-system-riscv64", args...)
	}
	if b.firmware != nil {
		return exec.CommandContext(ctx, b.files.hartwood, append([]string{"run", "--harts", harts, "--memory", "1G"}, b.firmware...)...)
	}
	args := []string{"run", "--harts", harts, "--memory", "1G", "--kernel", kernel,
		"--initrd", initrd, "--append", line, "--stats"}
	if b.bios != "" {
		args = append(args, "--bios", filepath.Join(b.files.cache, b.bios))
	}
	if b.drive != "" {
		args = append(args, "--drive", b.drive)
	}
	return exec.CommandContext(ctx, b.files.hartwood, append(args, b.options...)...)
}

// start boots the guest with its console in the returned session. The test that ends early takes the guest with it.
func (b boot) start(t testing.TB) *session {
	t.Helper()
	return start(t, hang, b.command)
}

// withLimit returns a context that ends after so much time, in which the test itself has run: what stops it, as a suspended host does, stops the
// guest too.
func withLimit(parent context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(parent)
	const step = time.Second
	go func() {
		ticker := time.NewTicker(step) // ticks that nobody was there for are lost
		defer ticker.Stop()
		for left := limit; left > 0; left -= step {
			select {
			case <-ticker.C:
			case <-ctx.Done():
				return
			}
		}
		cancel(fmt.Errorf("no end after %v", limit))
	}()
	return ctx, func() { cancel(nil) }
}

// start starts a guest that command makes, which ends within limit.
func start(t testing.TB, limit time.Duration, command func(context.Context) *exec.Cmd) *session {
	t.Helper()
	ctx, cancel := withLimit(t.Context(), limit)
	s := &session{ctx: ctx, began: time.Now(), cmd: command(ctx)}
	s.grown = sync.NewCond(&s.mu)
	s.cmd.Stdout, s.cmd.Stderr = s, s
	s.cmd.WaitDelay = 5 * time.Second
	keyboard, err := s.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	s.keyboard = keyboard
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		err := s.cmd.Wait()
		s.mu.Lock()
		defer s.mu.Unlock()
		s.ended, s.err = true, err
		s.grown.Broadcast()
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	return s
}

// session is a running guest and everything that it has written.
type session struct {
	ctx      context.Context
	began    time.Time
	cmd      *exec.Cmd
	keyboard io.WriteCloser

	mu    sync.Mutex // protects what follows
	grown *sync.Cond // there is more output, or the guest has ended
	text  bytes.Buffer
	ended bool
	err   error
}

// Write takes a piece of console output.
func (s *session) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.grown.Broadcast()
	return s.text.Write(p)
}

// expect waits until the console has shown text, and returns how long after the start that was.
func (s *session) expect(t testing.TB, text string) time.Duration {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for !strings.Contains(s.text.String(), text) {
		if s.ended {
			t.Fatalf("the guest ended (%v) without %q; the end of its console:\n%s", s.cause(), text, s.tail())
		}
		s.grown.Wait()
	}
	return time.Since(s.began)
}

// typeLine sends a line to the guest's console.
func (s *session) typeLine(t testing.TB, line string) {
	t.Helper()
	if _, err := io.WriteString(s.keyboard, line+"\n"); err != nil {
		t.Fatal(err)
	}
}

// finish waits for the guest's end, which must be a good one, and returns its console.
func (s *session) finish(t testing.TB) string {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for !s.ended {
		s.grown.Wait()
	}
	if s.err != nil {
		t.Fatalf("the guest ended with %v; the end of its console:\n%s", s.cause(), s.tail())
	}
	console := s.text.String()
	for line := range strings.Lines(console) {
		for _, bad := range []string{"HARTWOOD-FAIL", "BUG:", "WARNING:", "Oops", "Call Trace", "rcu: INFO", "Kernel panic", "lockup", "times in a row"} {
			if strings.Contains(line, bad) {
				t.Errorf("the guest complains: %s", strings.TrimSpace(line))
			}
		}
	}
	return console
}

// cause says why the guest ended. Precondition: mu is held.
func (s *session) cause() error {
	if cause := context.Cause(s.ctx); cause != nil && !errors.Is(cause, context.Canceled) {
		return cause
	}
	return s.err
}

// tail returns the last lines of the console. Precondition: mu is held.
func (s *session) tail() string {
	lines := strings.Split(strings.TrimRight(s.text.String(), "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-40):], "\n")
}
