package linux

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hartwood-vm/hartwood/runtime/hostfile/ptytest"
	"golang.org/x/sys/unix"
)

// TestExecTerminal has a shell on a terminal of the host's: its size and what becomes of it, keys that are signals, and the exit code.
func TestExecTerminal(t *testing.T) {
	if os.Getenv("HARTWOOD_LINUX_QEMU") != "" {
		t.Skip("QEMU has no such command")
	}
	f := need(t)
	person, program := ptytest.Open(t)
	ptytest.Resize(t, person, 31, 99)
	cmd := exec.CommandContext(t.Context(), f.hartwood, "exec", "--kernel", filepath.Join(f.cache, "Image"), "--image", rootDirectory(t, f),
		"--harts", "1", "--memory", "256M", "--net", "none", "--tty", "--", "sh", "-c",
		`busybox tty; busybox stty size; echo "for $TERM"
		trap 'busybox stty size; echo resized' WINCH; trap 'echo interrupted; exit 9' INT
		echo ready; while :; do sleep 0.1; done`)
	cmd.Env = append(os.Environ(), "TERM=test-terminal")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = program, program, program
	cmd.SysProcAttr = &unix.SysProcAttr{Setsid: true, Setctty: true, Pdeathsig: unix.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill() }()
	program.Close()

	var seen strings.Builder
	until := func(what string) {
		t.Helper()
		for buf := make([]byte, 4096); !strings.Contains(seen.String(), what); {
			n, err := person.Read(buf)
			seen.Write(buf[:n])
			if err != nil {
				t.Fatalf("waited in vain for %q: %v; seen %q", what, err, seen.String())
			}
		}
	}
	until("ready")
	for _, want := range []string{"/dev/pts/0", "31 99", "for test-terminal"} {
		if !strings.Contains(seen.String(), want) {
			t.Errorf("%q is missing in %q", want, seen.String())
		}
	}
	ptytest.Resize(t, person, 20, 300)
	until("resized")
	if !strings.Contains(seen.String(), "20 300") {
		t.Errorf("the new size is missing in %q", seen.String())
	}
	if _, err := person.Write([]byte{3}); err != nil { // Ctrl-C
		t.Fatal(err)
	}
	until("interrupted")
	if err := cmd.Wait(); cmd.ProcessState.ExitCode() != 9 {
		t.Errorf("%v; seen %q", err, seen.String())
	}
}
