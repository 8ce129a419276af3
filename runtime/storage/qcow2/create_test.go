package qcow2

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func created(t *testing.T, size int64, backing, format string) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Create(&b, size, backing, format); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestCreate writes to new images of several sizes, at their ends, and finds them sound and the rest as below them.
func TestCreate(t *testing.T) {
	for _, size := range []int64{1, 512, 64 << 10, 1<<20 + 512, 3 << 30, 1 << 44} {
		backing := make([]byte, min(size, 1<<20))
		fillRandom(rand.New(rand.NewPCG(1, uint64(size))), backing)
		f := newMemFile(created(t, size, "below", "raw"), false)
		h, err := ReadHeader(f, f.Size(), "new")
		if err != nil || h.Size != size || h.Backing != "below" || h.BackingFormat != "raw" {
			t.Fatalf("%d bytes: %+v, %v", size, h, err)
		}
		im := mustOpen(t, f, backing)
		sector := bytes.Repeat([]byte{7}, 512)
		last := max(0, (size-1)/512*512)
		if _, err := im.WriteAt(sector, last); err != nil {
			t.Fatal(err)
		}
		if err := im.Flush(); err != nil {
			t.Fatal(err)
		}
		if leaks := checked(t, "new", f.bytesOf(), backing); leaks != 0 {
			t.Errorf("%d bytes: %d clusters are nobody's", size, leaks)
		}
		got := make([]byte, min(last, int64(len(backing))))
		if _, err := im.ReadAt(got, 0); err != nil || !bytes.Equal(got, backing[:len(got)]) {
			t.Errorf("%d bytes: what is below does not show (%v)", size, err)
		}
		if _, err := im.ReadAt(sector, last); err != nil || sector[0] != 7 {
			t.Errorf("%d bytes: the last sector begins with %d (%v)", size, sector[0], err)
		}
	}
}

// TestCreateRefuses names what is too large.
func TestCreateRefuses(t *testing.T) {
	for _, c := range []struct {
		size    int64
		backing string
	}{{0, ""}, {-1, ""}, {1 << 62, ""}, {1 << 20, strings.Repeat("x", maxBackingName+1)}} {
		if err := Create(new(bytes.Buffer), c.size, c.backing, "raw"); !errors.Is(err, ErrLimit) {
			t.Errorf("%d bytes, a name of %d: %v", c.size, len(c.backing), err)
		}
	}
	longest := newMemFile(created(t, 1<<20, strings.Repeat("x", maxBackingName), "qcow2"), true)
	if h, err := ReadHeader(longest, longest.Size(), "new"); err != nil || len(h.Backing) != maxBackingName {
		t.Errorf("the longest name: %v", err)
	}
}

// TestCreatedForQEMU has qemu-img read and check a new image.
func TestCreatedForQEMU(t *testing.T) {
	dir := t.TempDir()
	base, path := filepath.Join(dir, "base"), filepath.Join(dir, "new.qcow2")
	for name, data := range map[string][]byte{base: bytes.Repeat([]byte{5}, 1<<20), path: created(t, 3<<30, base, "raw")} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := qemuImg(t, "check", path); err != nil || !strings.Contains(string(out), "No errors") {
		t.Errorf("%v: %s", err, out)
	}
	if out, err := qemuImg(t, "info", path); err != nil || !strings.Contains(string(out), "backing file format: raw") || !strings.Contains(string(out), "3 GiB") {
		t.Errorf("%v: %s", err, out)
	}
}
