package runtime

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// files are the settings that name a file, each with what it takes for the file to be read. spin is a guest.
var files = []struct {
	option string
	set    func(c *Config, spin, path string)
}{
	{"program", func(c *Config, _, path string) { c.Program = path }},
	{"--kernel", func(c *Config, spin, path string) { c.Kernel = path }},
	{"--bios", func(c *Config, spin, path string) { c.Bios = path }},
	{"--initrd", func(c *Config, spin, path string) { c.Kernel, c.Initrd = spin, path }},
	{"--dtb", func(c *Config, _, path string) { c.ProgramData, c.DTB = spinForever, path }},
	{"--symbols", func(c *Config, _, path string) { c.ProgramData, c.Symbols = spinForever, path }},
	{"--drive", func(c *Config, _, path string) { c.ProgramData, c.Drives = spinForever, []Drive{{Path: path}} }},
	{"--drive", func(c *Config, spin, path string) {
		c.ProgramData, c.Drives = spinForever, []Drive{{Path: path, Overlay: true}}
	}},
}

// TestPipesAreRefused has New open named pipes that nobody writes to, and other things that are no files.
func TestPipesAreRefused(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	spin := filepath.Join(dir, "spin")
	if err := os.WriteFile(spin, spinForever, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		for _, path := range []string{pipe, dir, "/dev/zero", "/dev/tty"} {
			c := Default()
			f.set(&c, spin, path)
			m, err := New(c)
			if err == nil {
				m.Close()
				t.Errorf("%s: %s is taken", f.option, path)
			} else if !strings.HasPrefix(err.Error(), f.option+":") || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s: error %q", f.option, err)
			}
		}
	}
}

func TestNewEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("enough")
	cancel(why)
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, spinForever, 0o600); err != nil {
		t.Fatal(err)
	}
	c := Default()
	c.Program = path
	if m, err := NewContext(ctx, c); !errors.Is(err, why) {
		if err == nil {
			m.Close()
		}
		t.Errorf("error %v, want %v", err, why)
	}
}

// entropyHook calls f before the n-th read.
type entropyHook struct {
	n int
	f func()
}

func (e *entropyHook) Read(p []byte) (int, error) {
	if e.n--; e.n == 0 {
		e.f()
	}
	return len(p), nil
}

// A machine that is told to end while it loads the guest anew reads no files any more.
func TestRestartEndsWithTheMachine(t *testing.T) {
	p := asm.New(RAMBase)
	p.LI(asm.T0, testSwitch).LI(asm.T1, 0x7777).S(isa.SW, asm.T1, asm.T0, 0)
	here(p)
	path := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(path, p.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		cfg := bare(p, 1)
		cfg.ProgramData, cfg.Program = nil, path
		hook := &entropyHook{n: 2} // the restart's
		cfg.Entropy = hook
		m := newMachine(t, cfg)
		hook.f = func() {
			m.Stop(7)
			time.Sleep(time.Millisecond)
		}
		if res, err := m.Run(t.Context()); err != nil || res.Reason != Stopped || res.ExitCode != 7 {
			t.Fatalf("%+v, %v", res, err)
		}
		if m.plan == nil {
			return
		}
	}
	t.Error("the guest's files are read for a machine that is to end")
}
