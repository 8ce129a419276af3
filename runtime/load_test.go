package runtime

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
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
