package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// asShell makes the test program behave as a shell that runs the command as a job in the foreground. It writes to
// descriptor 3 when the job has stopped, and reads "fg" or "bg" from descriptor 4.
const asShell = "HARTWOOD_TEST_AS_SHELL"

func shellMain() int {
	os.Unsetenv(asShell)
	job := exec.Command(os.Args[0], os.Args[1:]...)
	job.Stdin, job.Stdout, job.Stderr = os.Stdin, os.Stdout, os.Stderr
	job.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Foreground: true}
	if err := job.Start(); err != nil {
		return 100
	}
	signal.Ignore(syscall.SIGTTOU) // now, so that the job does not inherit it
	own, err := getTermios(0)
	if err != nil {
		return 101
	}
	says, hears := os.NewFile(3, "says"), bufio.NewReader(os.NewFile(4, "hears"))
	fmt.Fprintln(says, job.Process.Pid)
	for {
		var status unix.WaitStatus
		if _, err := unix.Wait4(job.Process.Pid, &status, unix.WUNTRACED, nil); err != nil {
			return 102
		}
		unix.IoctlSetPointerInt(0, unix.TIOCSPGRP, unix.Getpgrp())
		if status.Exited() {
			return status.ExitStatus()
		}
		if !status.Stopped() {
			return 103
		}
		found, _ := getTermios(0)
		setTermios(0, own)
		fmt.Fprintln(says, "stopped", found == own)
		switch how, _ := hears.ReadString('\n'); how {
		case "fg\n":
			unix.IoctlSetPointerInt(0, unix.TIOCSPGRP, job.Process.Pid)
			fallthrough
		case "bg\n":
			unix.Kill(-job.Process.Pid, unix.SIGCONT)
		}
	}
}

// job is a command that a shell runs on a terminal.
type job struct {
	*onTerminal
	pid  int // the command's
	says *bufio.Reader
	tell *os.File
}

func startJob(t *testing.T, guest []byte) *job {
	t.Helper()
	j := &job{}
	saysR, saysW, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	tellR, tellW, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []*os.File{saysR, saysW, tellR, tellW} {
		t.Cleanup(func() { f.Close() })
	}
	j.says, j.tell = bufio.NewReader(saysR), tellW
	cmd := hartwood(t, writeFiles(t, map[string][]byte{"guest.bin": guest}), "run", "guest.bin")
	cmd.Env = append(cmd.Env, asShell+"=1")
	cmd.ExtraFiles = []*os.File{saysW, tellR}
	j.onTerminal = startOnTerminal(t, cmd, nil)
	saysW.Close() // so that the shell's end is seen
	tellR.Close()
	if _, err := fmt.Fscan(j.says, &j.pid); err != nil {
		t.Fatal(err)
	}
	j.says.ReadString('\n')
	t.Cleanup(func() { syscall.Kill(j.pid, syscall.SIGKILL) })
	return j
}

// stopped waits until the shell has seen the job stop.
func (j *job) stopped(t *testing.T, inOrder bool) {
	t.Helper()
	said, err := j.says.ReadString('\n')
	if want := fmt.Sprintln("stopped", inOrder); err != nil || said != want {
		t.Fatalf("the shell says %q (%v), want %q", said, err, want)
	}
}

func (j *job) goOn(how string) { fmt.Fprintln(j.tell, how) }

func (j *job) raw(t *testing.T) {
	t.Helper()
	waitUntil(t, "a raw terminal", func() bool { return !cooked(settings(t, j.program)) })
}

// A job that was stopped in any way has the terminal raw after fg, and Ctrl-A x leaves it.
func TestStopAndContinue(t *testing.T) {
	for _, test := range []struct {
		name    string
		stop    func(*testing.T, *job)
		inOrder bool // whether the terminal was given back
	}{
		{"Ctrl-A z", func(t *testing.T, j *job) { typeKeys(t, j.person, "\x01z") }, true},
		{"SIGTSTP", func(_ *testing.T, j *job) { syscall.Kill(j.pid, syscall.SIGTSTP) }, true},
		{"SIGSTOP", func(_ *testing.T, j *job) { syscall.Kill(j.pid, syscall.SIGSTOP) }, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			j := startJob(t, spin)
			for range 2 {
				test.stop(t, j)
				j.stopped(t, test.inOrder)
				j.goOn("fg")
				j.raw(t)
			}
			typeKeys(t, j.person, "\x01x")
			j.expect(t, 0)
		})
	}
}

// A job in the background runs on without the terminal, ends without touching it, and has it again after fg.
func TestBackground(t *testing.T) {
	t.Run("end", func(t *testing.T) {
		j := startJob(t, spin)
		typeKeys(t, j.person, "\x01z")
		j.stopped(t, true)
		j.goOn("bg")
		waitUntil(t, "the job to run", func() bool { return state(t, j.pid) != "T" })
		typeKeys(t, j.person, "for the shell\n")
		syscall.Kill(j.pid, syscall.SIGTERM)
		j.expect(t, 128+int(syscall.SIGTERM))
		if n, err := unix.IoctlGetInt(int(j.program.Fd()), unix.TIOCINQ); err != nil || n != len("for the shell\n") {
			t.Errorf("the shell finds %d bytes (%v)", n, err)
		}
	})
	t.Run("fg", func(t *testing.T) {
		j := startJob(t, spin)
		typeKeys(t, j.person, "\x01z")
		j.stopped(t, true)
		j.goOn("bg")
		waitUntil(t, "the job to run", func() bool { return state(t, j.pid) != "T" })
		if now := settings(t, j.program); now != j.before {
			t.Error("a job in the background has set the terminal")
		}
		syscall.Kill(j.pid, syscall.SIGSTOP)
		j.stopped(t, true)
		j.goOn("fg")
		j.raw(t)
		typeKeys(t, j.person, "\x01x")
		j.expect(t, 0)
	})
}

// Without a shell that could continue it, Ctrl-A z does not stop the process, and SIGTSTP does.
func TestStopWithoutShell(t *testing.T) {
	dir := writeFiles(t, map[string][]byte{"spin.bin": spin})
	c := startOnTerminal(t, hartwood(t, dir, "run", "spin.bin"), nil)
	typeKeys(t, c.person, "\x01z\x01h")
	waitUntil(t, "help", func() bool { return strings.Contains(c.seen(), "Ctrl-A Ctrl-A") })
	waitUntil(t, "a raw terminal", func() bool { return !cooked(settings(t, c.program)) })

	syscall.Kill(c.Process.Pid, syscall.SIGTSTP)
	waitUntil(t, "the stop", func() bool { return state(t, c.Process.Pid) == "T" })
	c.restored(t)
	syscall.Kill(c.Process.Pid, syscall.SIGCONT)
	waitUntil(t, "a raw terminal", func() bool { return !cooked(settings(t, c.program)) })
	typeKeys(t, c.person, "\x01x")
	c.expect(t, 0)
}

// state is the process's state as ps shows it.
func state(t *testing.T, pid int) string {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	return rest[:1]
}
