package main

import (
	"bytes"
	"encoding/binary"
	"io"
	"os"
	"os/exec"
	"runtime/debug"
	"syscall"

	"golang.org/x/sys/unix"
)

// guardCommand is the argument with which this program is the guard of a terminal.
const guardCommand = "terminal-guard"

// guard is a child that gives the terminal back when this process ends without a chance to do so: killed by SIGKILL, or
// by a fault that Go cannot recover from. It waits for the end of a pipe, which comes when this process is gone, or for
// the first write of Go's crash report. The pipe holds one write, and Go waits with the second until the guard has taken
// the first, which it does when the terminal is as it was: so the terminal is in order before the shell takes over.
//
// It lives while the terminal is raw. In a session of its own it gets none of the terminal's signals, and may set the
// terminal from the background.
type guard struct {
	child *exec.Cmd
	pipe  *os.File
}

// startGuard returns nil where no guard can be had: the terminal is then given back in all other cases.
func startGuard(tty int, saved, raw unix.Termios) *guard {
	self, err := os.Executable()
	if err != nil {
		return nil
	}
	fd, err := unix.FcntlInt(uintptr(tty), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return nil
	}
	terminal := os.NewFile(uintptr(fd), "terminal")
	defer terminal.Close()
	read, write, err := pipeOfOneWrite()
	if err != nil {
		return nil
	}
	defer read.Close()
	g := &guard{child: exec.Command(self, guardCommand), pipe: write}
	g.child.Args[0] = os.Args[0]
	g.child.Stdin, g.child.ExtraFiles = read, []*os.File{terminal}
	g.child.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	var settings bytes.Buffer
	_ = binary.Write(&settings, binary.NativeEndian, [2]unix.Termios{saved, raw})
	if _, err := write.Write(settings.Bytes()); err != nil || g.child.Start() != nil {
		write.Close()
		return nil
	}
	// Without this the guard still sees the pipe's end, a little later.
	_ = debug.SetCrashOutput(write, debug.CrashOptions{})
	return g
}

func pipeOfOneWrite() (read, write *os.File, err error) {
	var fds [2]int
	if err := unix.Pipe2(fds[:], unix.O_CLOEXEC|unix.O_DIRECT); err != nil {
		return nil, nil, err
	}
	// Should it be refused, Go may be through with its report before the guard has acted.
	_, _ = unix.FcntlInt(uintptr(fds[1]), unix.F_SETPIPE_SZ, os.Getpagesize())
	return os.NewFile(uintptr(fds[0]), "guard"), os.NewFile(uintptr(fds[1]), "guard"), nil
}

// stop ends the guard, which touches the terminal no more when stop has returned.
func (g *guard) stop() {
	if g == nil {
		return
	}
	_ = debug.SetCrashOutput(nil, debug.CrashOptions{})
	_ = g.child.Process.Kill()
	_ = g.child.Wait()
	_ = g.pipe.Close()
}

// guardMain is the guard: its standard input is the pipe, descriptor 3 the terminal. It sets the terminal only if that
// is still as the guarded process had it; else another program has it by now.
func guardMain() {
	const terminal = 3
	var settings [2]unix.Termios
	if binary.Read(os.Stdin, binary.NativeEndian, &settings) != nil {
		return
	}
	for {
		event := []unix.PollFd{{Fd: 0, Events: unix.POLLIN}}
		if _, err := unix.Poll(event, -1); err != unix.EINTR {
			break
		}
	}
	if now, err := getTermios(terminal); err == nil && now == settings[1] {
		_ = setTermios(terminal, settings[0])
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
}
