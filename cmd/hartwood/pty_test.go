package main

import (
	"fmt"
	"os"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// openPTY returns a pseudo-terminal: what the person sees, and what the program has.
func openPTY(t *testing.T) (person, program *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("no pseudo-terminals here: %v", err)
	}
	t.Cleanup(func() { person.Close() })
	fd := int(person.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { program.Close() })
	return person, program
}

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

// TestTerminal runs a guest on a terminal, types at it, and leaves.
func TestTerminal(t *testing.T) {
	for _, test := range []struct {
		name string
		end  func(t *testing.T, keyboard *os.File, pid int)
		code int
	}{
		{"Ctrl-A x", func(t *testing.T, keyboard *os.File, _ int) { typeKeys(t, keyboard, "abc\x03\x01h\x01x") }, 0},
		{"SIGTERM", func(t *testing.T, _ *os.File, pid int) { syscall.Kill(pid, syscall.SIGTERM) }, 128 + int(syscall.SIGTERM)},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := writeFiles(t, map[string][]byte{"spin.bin": spin})
			person, program := openPTY(t)
			before := settings(t, program)

			cmd := hartwood(t, dir, "run", "spin.bin")
			cmd.Stdin, cmd.Stdout, cmd.Stderr = program, program, program
			cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			waitUntil(t, "a raw terminal", func() bool { return settings(t, program).Lflag&unix.ICANON == 0 })
			test.end(t, person, cmd.Process.Pid)
			cmd.Wait()
			if code := cmd.ProcessState.ExitCode(); code != test.code {
				t.Errorf("ended with %v, want exit code %d", cmd.ProcessState, test.code)
			}
			if after := settings(t, program); after != before {
				t.Errorf("the terminal was not restored:\n%+v\n%+v", after, before)
			}
			if !term.IsTerminal(int(program.Fd())) {
				t.Error("the terminal is gone")
			}
		})
	}
}

func typeKeys(t *testing.T, keyboard *os.File, keys string) {
	t.Helper()
	if _, err := keyboard.WriteString(keys); err != nil {
		t.Fatal(err)
	}
}
