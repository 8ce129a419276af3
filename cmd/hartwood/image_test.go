package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hartwood-vm/hartwood/runtime"
)

// TestImageList lists an image that a machine has unpacked, and says where there are none.
func TestImageList(t *testing.T) {
	cache := filepath.Join(t.TempDir(), "cache")
	list := func() string {
		t.Helper()
		o := runCommand(t, "", "image", "list", "--image-cache", cache)
		if o.code != 0 {
			t.Fatalf("exit code %d: %s", o.code, o.stderr)
		}
		return o.stdout
	}
	if got := list(); !strings.Contains(got, "no images") || !strings.Contains(got, cache) {
		t.Errorf("without a cache: %q", got)
	}
	path := filepath.Join(t.TempDir(), "disk.img.gz")
	if err := os.WriteFile(path, gzipped(t, make([]byte, 3<<20)), 0o600); err != nil {
		t.Fatal(err)
	}
	c := runtime.Default()
	c.ProgramData, c.ImageCache, c.Drives = []byte{0x6f, 0, 0, 0}, cache, []runtime.Drive{{Path: path, Overlay: true}}
	m, err := runtime.New(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if got := list(); !strings.Contains(got, path) || !strings.Contains(got, "3.0 MiB") || strings.Count(got, "\n") != 2 {
		t.Errorf("with one image: %q", got)
	}
}
