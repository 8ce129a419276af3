package contest

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A contest without its files says at once which one is missing, and what brings it.
func TestMissingFilesAreNamed(t *testing.T) {
	o := Options{Linux: t.TempDir(), NoQEMU: true}
	for _, name := range []string{"Image", "busybox"} {
		err := o.Check("busybox")
		if err == nil || !strings.Contains(err.Error(), filepath.Join(o.Linux, name)) || !strings.Contains(err.Error(), "make linux-files") {
			t.Errorf("without %s: %v", name, err)
		}
		if err := os.WriteFile(filepath.Join(o.Linux, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := o.Check("busybox"); err != nil {
		t.Error(err)
	}
	o.NoQEMU, o.QEMU = false, filepath.Join(o.Linux, "qemu")
	if err := os.WriteFile(o.QEMU, nil, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := o.Check(); err == nil || !strings.Contains(err.Error(), "fw_dynamic.bin") {
		t.Errorf("QEMU without its firmware: %v", err)
	}
}

func TestFlagsSetOptions(t *testing.T) {
	o := Default()
	f := flag.NewFlagSet("contest", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	o.Flags(f)
	err := f.Parse(strings.Fields("-rounds 7 -only a,b -linux L -hartwood H -arguments A -harts 3 -qemu Q -no-qemu -json -limit 9s"))
	if want := (Options{7, "a,b", "L", "H", "A", 3, "Q", true, true, 9e9}); err != nil || o != want {
		t.Errorf("%+v, %v; want %+v", o, err, want)
	}
}

// The error of a tool has its name and what it said; the command that is named is the one to measure.
func TestTools(t *testing.T) {
	if err := Tool(t.Context(), "/bin/sh", "-c", "exit 0"); err != nil {
		t.Error(err)
	}
	err := Tool(t.Context(), "/bin/sh", "-c", "echo no room; echo left >&2; exit 3")
	if err == nil || !strings.Contains(err.Error(), "sh: exit status 3: no room\nleft") {
		t.Errorf("the error is %v", err)
	}
	o := Options{Hartwood: "/usr/bin/hw"}
	if path, err := o.Command(t.Context(), ""); err != nil || path != o.Hartwood {
		t.Errorf("the command is %q, %v", path, err)
	}
}

// A command that is told to end removes what it has made, whichever signal it is.
func TestSignalsLeaveNothingBehind(t *testing.T) {
	const variable = "CONTEST_TEST_DIR"
	if dir := os.Getenv(variable); dir != "" {
		Main("test", func(ctx context.Context) error {
			made := filepath.Join(dir, "made")
			if err := os.Mkdir(made, 0o700); err != nil {
				return err
			}
			defer os.Remove(made)
			fmt.Println("ready")
			<-ctx.Done()
			return ctx.Err()
		})
		return
	}
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		dir := t.TempDir()
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestSignalsLeaveNothingBehind$")
		cmd.Env = append(os.Environ(), variable+"="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
			t.Error(err)
		}
		if err := cmd.Process.Signal(signal); err != nil {
			t.Error(err)
		}
		if err := cmd.Wait(); err == nil || cmd.ProcessState.ExitCode() != 1 {
			t.Errorf("%v: %v", signal, err)
		}
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("%v leaves %s", signal, left[0].Name())
		}
	}
}
