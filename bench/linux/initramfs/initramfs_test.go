package initramfs

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/hartwood-vm/hartwood/runtime/boot/cpio"
)

// entry is what a reader of the archive sees.
type entry struct {
	mode         uint64
	major, minor uint64
	data         string
}

// read parses a newc archive by its documented layout: a 110-byte header of hexadecimal fields, the name and the data,
// each padded to four bytes.
func read(t *testing.T, archive []byte) map[string]entry {
	t.Helper()
	entries := map[string]entry{}
	for at := 0; ; {
		header := string(archive[at : at+110])
		if header[:6] != "070701" {
			t.Fatalf("no header at %d: %q", at, header[:6])
		}
		field := func(i int) uint64 {
			n, err := strconv.ParseUint(header[6+8*i:14+8*i], 16, 32)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		size, nameSize := int(field(6)), int(field(11))
		name := string(archive[at+110 : at+110+nameSize-1])
		start := (at + 110 + nameSize + 3) &^ 3
		if name == "TRAILER!!!" {
			return entries
		}
		entries[name] = entry{field(1), field(9), field(10), string(archive[start : start+size])}
		at = (start + size + 3) &^ 3
	}
}

func testContents(t *testing.T) Contents {
	dir := t.TempDir()
	for name, data := range map[string]string{"busybox": "box", "threads": "prog", "a.ko": "module a", "b.ko": "b"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	tree := filepath.Join(dir, "tree")
	if err := os.MkdirAll(filepath.Join(tree, "usr", "lib"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(tree, "usr", "lib", "libm.so"), []byte("m"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("usr/lib/libm.so", filepath.Join(tree, "libm.so")); err != nil {
		t.Fatal(err)
	}
	return Contents{
		Init:     initScript,
		Busybox:  filepath.Join(dir, "busybox"),
		Programs: []string{filepath.Join(dir, "threads")},
		Trees:    []string{tree},
		Modules:  []string{filepath.Join(dir, "b.ko"), filepath.Join(dir, "a.ko")},
	}
}

func TestArchive(t *testing.T) {
	var out bytes.Buffer
	if err := Write(&out, testContents(t)); err != nil {
		t.Fatal(err)
	}
	entries := read(t, out.Bytes())
	want := map[string]entry{
		"bin":               {mode: 0o040755},
		"bin/busybox":       {mode: 0o100755, data: "box"},
		"bin/sh":            {mode: 0o120777, data: "busybox"},
		"bin/threads":       {mode: 0o100755, data: "prog"},
		"dev/console":       {mode: 0o020600, major: 5, minor: 1},
		"lib/modules/a.ko":  {mode: 0o100644, data: "module a"},
		"lib/modules/order": {mode: 0o100644, data: "b.ko\na.ko\n"},
		"init":              {mode: 0o100755, data: string(initScript)},
		"usr/lib":           {mode: 0o040755},
		"usr/lib/libm.so":   {mode: 0o100755, data: "m"},
		"libm.so":           {mode: 0o120777, data: "usr/lib/libm.so"},
	}
	for name, w := range want {
		if got := entries[name]; got != w {
			t.Errorf("%s is %+v, want %+v", name, got, w)
		}
	}
}

func TestCompressedIsTheSame(t *testing.T) {
	c := testContents(t)
	var plain, compressed bytes.Buffer
	if err := Write(&plain, c); err != nil {
		t.Fatal(err)
	}
	c.Gzip = true
	if err := Write(&compressed, c); err != nil {
		t.Fatal(err)
	}
	unzip, err := gzip.NewReader(&compressed)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(unzip)
	if err != nil || !bytes.Equal(data, plain.Bytes()) {
		t.Errorf("unpacked archive differs (%v)", err)
	}
}

func TestFailureLeavesNoFile(t *testing.T) {
	c := testContents(t)
	c.Busybox += "-missing"
	path := filepath.Join(t.TempDir(), "initrd")
	if err := WriteFile(path, c); err == nil || !strings.Contains(err.Error(), "busybox-missing") {
		t.Errorf("error %v does not name the missing file", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a failed call left a file (%v)", err)
	}
}

func TestModuleTwice(t *testing.T) {
	c := testContents(t)
	c.Modules = append(c.Modules, c.Modules[0])
	if err := Write(io.Discard, c); err == nil {
		t.Error("a module listed twice is no error")
	}
}

// full fails once limit bytes are written.
type full struct{ limit int }

func (f *full) Write(p []byte) (int, error) {
	if f.limit -= len(p); f.limit < 0 {
		return 0, fmt.Errorf("no space left")
	}
	return len(p), nil
}

func TestFirstErrorSticks(t *testing.T) {
	w := cpio.NewWriter(&full{limit: 200})
	w.Dir("a", 0o755)
	w.File("b", 0o644, make([]byte, 500))
	if err := w.Close(); err == nil {
		t.Error("the error of an earlier entry is lost")
	}
}
