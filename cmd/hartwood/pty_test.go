package main

import (
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/runtime/hostfile/ptytest"
	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// settings returns what makes a terminal raw or not.
func settings(t *testing.T, f *os.File) unix.Termios {
	t.Helper()
	state, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return *state
}

// waitUntil polls for what another process does; the test fails when it has hung.
func waitUntil(t *testing.T, what string, done func() bool) {
	t.Helper()
	for start := time.Now(); !done(); time.Sleep(time.Millisecond) {
		if time.Since(start) > hang {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// onTerminal is a command that runs on a pseudo-terminal of its own.
type onTerminal struct {
	*exec.Cmd
	person, program *os.File
	before          unix.Termios // how the terminal was

	mu  sync.Mutex
	out []byte // protected by mu: what the person has seen
}

// startOnTerminal starts the command in a session of its own, waits until the terminal is raw and shows what it writes.
// prepare may change the command before.
func startOnTerminal(t *testing.T, cmd *exec.Cmd, prepare func(*onTerminal)) *onTerminal {
	t.Helper()
	c := &onTerminal{Cmd: cmd}
	c.person, c.program = ptytest.Open(t)
	c.before = settings(t, c.program)
	c.Stdin, c.Stdout, c.Stderr = c.program, c.program, c.program
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if prepare != nil {
		prepare(c)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	go c.watch()
	waitUntil(t, "a raw terminal", func() bool { return !cooked(settings(t, c.program)) })
	return c
}

func cooked(s unix.Termios) bool { return s.Lflag&unix.ICANON != 0 }

func (c *onTerminal) watch() {
	buf := make([]byte, 4096)
	for {
		n, err := c.person.Read(buf)
		if err != nil {
			return
		}
		c.mu.Lock()
		c.out = append(c.out, buf[:n]...)
		c.mu.Unlock()
	}
}

func (c *onTerminal) seen() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return string(c.out)
}

// restored waits until the terminal is as it was.
func (c *onTerminal) restored(t *testing.T) {
	t.Helper()
	waitUntil(t, "the terminal as it was", func() bool { return settings(t, c.program) == c.before })
}

// ended waits for the command's end and checks the terminal at that moment, when a shell would take it over.
func (c *onTerminal) ended(t *testing.T) {
	t.Helper()
	c.Wait()
	if after := settings(t, c.program); after != c.before {
		t.Errorf("the terminal was not restored:\n%+v\n%+v", after, c.before)
	}
	if !term.IsTerminal(int(c.program.Fd())) {
		t.Error("the terminal is gone")
	}
}

func (c *onTerminal) expect(t *testing.T, code int) {
	t.Helper()
	c.ended(t)
	if got := c.ProcessState.ExitCode(); got != code {
		t.Errorf("ended with %v, want exit code %d\n%s", c.ProcessState, code, c.seen())
	}
}

// printing is a guest that writes text to the serial port, and then does what rest does.
func printing(text string, rest ...uint32) []byte {
	out := words(0x100002b7) // lui t0, 0x10000
	for _, b := range []byte(text) {
		out = append(out, words(0x00000313|uint32(b)<<20, 0x00628023)...) // li t1, b; sb t1, 0(t0)
	}
	return append(out, words(rest...)...)
}

// loud writes without end: sb t1, 0(t0); j .-4.
var loud = printing("loud", 0x00628023, 0xffdff06f)

// However the process ends, the terminal is as it was.
func TestTerminal(t *testing.T) {
	signals := func(list ...syscall.Signal) func(*testing.T, *onTerminal) {
		return func(t *testing.T, c *onTerminal) {
			for _, s := range list {
				syscall.Kill(c.Process.Pid, s)
			}
		}
	}
	const any = -2
	for _, test := range []struct {
		name string
		end  func(t *testing.T, c *onTerminal)
		code int
	}{
		{"Ctrl-A x", func(t *testing.T, c *onTerminal) { typeKeys(t, c.person, "abc\x03\x01h\x01x") }, 0},
		{"SIGTERM", signals(syscall.SIGTERM), 128 + int(syscall.SIGTERM)},
		{"SIGINT", signals(syscall.SIGINT), 128 + int(syscall.SIGINT)},
		{"SIGHUP", signals(syscall.SIGHUP), 128 + int(syscall.SIGHUP)},
		{"SIGPIPE has no effect", signals(syscall.SIGPIPE, syscall.SIGTERM), 128 + int(syscall.SIGTERM)},
		{"SIGTERM twice", signals(syscall.SIGTERM, syscall.SIGTERM), any},
		{"SIGINT, then SIGTERM", signals(syscall.SIGINT, syscall.SIGTERM), any},
		{"SIGQUIT", signals(syscall.SIGQUIT), 2},
		{"SIGABRT", signals(syscall.SIGABRT), 2},
		{"SIGSEGV sent", signals(syscall.SIGSEGV), 2},
		{"SIGSYS", signals(syscall.SIGSYS), 2},
		{"Go panics", signals(crashSignal), 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := startOnTerminal(t, hartwood(t, writeFiles(t, map[string][]byte{"spin.bin": spin}), "run", "spin.bin"), nil)
			test.end(t, c)
			if test.code != any {
				c.expect(t, test.code)
			} else {
				c.ended(t)
			}
		})
	}
	t.Run("SIGKILL", func(t *testing.T) {
		t.Parallel()
		c := startOnTerminal(t, hartwood(t, writeFiles(t, map[string][]byte{"spin.bin": spin}), "run", "spin.bin"), nil)
		c.Process.Kill()
		c.Wait()
		c.restored(t)
	})
	t.Run("standard output's reader leaves", func(t *testing.T) {
		t.Parallel()
		read, write, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		c := startOnTerminal(t, hartwood(t, writeFiles(t, map[string][]byte{"loud.bin": loud}), "run", "loud.bin"),
			func(c *onTerminal) { c.Stdout = write })
		write.Close()
		io.ReadFull(read, make([]byte, 4))
		read.Close()
		c.expect(t, 128+int(syscall.SIGPIPE))
	})
}

// Whatever is left of the guest's keys, and whether the terminal takes output or not, Ctrl-A x leaves.
func TestCtrlAXAlwaysLeaves(t *testing.T) {
	dir := writeFiles(t, map[string][]byte{"spin.bin": spin, "loud.bin": loud})
	t.Run("keys that nobody reads", func(t *testing.T) {
		c := startOnTerminal(t, hartwood(t, dir, "run", "spin.bin"), nil)
		for range 100 {
			typeKeys(t, c.person, strings.Repeat("k", 1000))
		}
		typeKeys(t, c.person, "\x01x")
		c.expect(t, 0)
	})
	t.Run("output that nobody reads", func(t *testing.T) {
		c := startOnTerminal(t, hartwood(t, dir, "run", "loud.bin"), func(c *onTerminal) {
			// Another terminal takes the output, and nobody looks at it.
			_, stuck := ptytest.Open(t)
			c.Stdout = stuck
		})
		typeKeys(t, c.person, "\x01x")
		c.expect(t, 0)
	})
}

// What the shell writes after the guest's unfinished line begins a new one, and what the guest has set is undone.
func TestScreenAfterTheGuest(t *testing.T) {
	dir := writeFiles(t, map[string][]byte{"prompt.bin": printing("\x1b[?1000ha\nb\r\n/ # ", 0x6f)})
	c := startOnTerminal(t, hartwood(t, dir, "run", "prompt.bin"), nil)
	waitUntil(t, "the guest's prompt", func() bool { return strings.Contains(c.seen(), "/ # ") })
	typeKeys(t, c.person, "\x01x")
	c.expect(t, 0)
	const want = "\x1b[?1000ha\r\nb\r\r\n/ # \x1b[?1000l\r\n"
	waitUntil(t, "the end of the output", func() bool { return len(c.seen()) >= len(want) })
	if got := c.seen(); got != want {
		t.Errorf("the terminal shows %q, want %q", got, want)
	}
}

// So it is if the keyboard is not the terminal.
func TestScreenWithoutKeyboard(t *testing.T) {
	dir := writeFiles(t, map[string][]byte{"prompt.bin": slices.Concat(printing("\x1b[6n\x1b[?25l/ # "), exit7)})
	person, program := ptytest.Open(t)
	cmd := hartwood(t, dir, "run", "prompt.bin")
	cmd.Stdout, cmd.Stderr = program, program
	if err := cmd.Run(); cmd.ProcessState.ExitCode() != 7 {
		t.Error(err)
	}
	const want = "\x1b[6n\x1b[?25l/ # \x1b[?25h\r\n"
	got := make([]byte, len(want))
	if _, err := io.ReadFull(person, got); err != nil || string(got) != want {
		t.Errorf("the terminal shows %q (%v), want %q", got, err, want)
	}
	if n, err := unix.IoctlGetInt(int(person.Fd()), unix.TIOCINQ); err != nil || n != 0 {
		t.Errorf("%d bytes more (%v)", n, err)
	}
}

// An answer of the terminal to the guest that comes late does not reach the shell.
func TestLateAnswers(t *testing.T) {
	dir := writeFiles(t, map[string][]byte{"asks.bin": printing("\x1b[6n", 0x6f)})
	c := startOnTerminal(t, hartwood(t, dir, "run", "asks.bin"), nil)
	waitUntil(t, "the question", func() bool { return strings.Contains(c.seen(), "\x1b[6n") })
	typeKeys(t, c.person, "\x01x")
	waitUntil(t, "another question, or the end", func() bool {
		return strings.Contains(c.seen(), syncQuery) || cooked(settings(t, c.program))
	})
	typeKeys(t, c.person, "\x1b[1;5R\r"+syncAnswer)
	c.expect(t, 0)
	if n, err := unix.IoctlGetInt(int(c.program.Fd()), unix.TIOCINQ); err != nil || n != 0 {
		t.Errorf("the shell finds %d bytes (%v)", n, err)
	}
}

func typeKeys(t *testing.T, keyboard *os.File, keys string) {
	t.Helper()
	if _, err := keyboard.WriteString(keys); err != nil {
		t.Fatal(err)
	}
}
