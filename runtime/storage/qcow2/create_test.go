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

// TestGrow writes behind what was a disk's end, after what has been written before has stayed.
func TestGrow(t *testing.T) {
	backing := bytes.Repeat([]byte{5}, 1<<20+512)
	for _, size := range []int64{1<<20 + 512, 1 << 20 * 600, 3 << 40} {
		f := newMemFile(created(t, int64(len(backing)), "below", "raw"), false)
		im := mustOpen(t, f, backing)
		sector := bytes.Repeat([]byte{7}, 512)
		if _, err := im.WriteAt(sector, 1<<20); err != nil { // the last one
			t.Fatal(err)
		}
		if err := im.Flush(); err != nil {
			t.Fatal(err)
		}
		f = newMemFile(f.bytesOf(), false) // whose size is that of now
		if err := Grow(f, f.Size(), size, "new"); err != nil {
			t.Fatal(err)
		}
		im = mustOpen(t, f, backing)
		if im.Size() != size {
			t.Errorf("the disk has %d bytes, want %d", im.Size(), size)
		}
		if size > int64(len(backing)) {
			got := make([]byte, 1024)
			if _, err := im.ReadAt(got, int64(len(backing))-512); err != nil || !bytes.Equal(got, append(bytes.Clone(sector), make([]byte, 512)...)) {
				t.Errorf("what was its end is %d, and %d behind it (%v)", got[0], got[512], err)
			}
			if _, err := im.WriteAt(sector, size-512); err != nil {
				t.Error(err)
			}
		}
		if err := im.Flush(); err != nil {
			t.Fatal(err)
		}
		if leaks := checked(t, "new", f.bytesOf(), backing); leaks != 0 {
			t.Errorf("%d bytes: %d clusters are nobody's", size, leaks)
		}
	}
}

// TestGrowRefuses leaves an image as it is that cannot become so large, or is not one of ours.
func TestGrowRefuses(t *testing.T) {
	change := func(at int64, b byte) []byte {
		d := created(t, 1<<30, "below", "raw")
		d[at] = b
		return d
	}
	for name, c := range map[string]struct {
		image []byte
		size  int64
		want  error
	}{
		"smaller": {created(t, 1<<30, "", ""), 1<<30 - 512, ErrUnsupported}, "too large": {created(t, 1<<30, "", ""), 1<<42 + 1, ErrLimit},
		"without end": {created(t, 1<<30, "", ""), 1 << 62, ErrLimit}, "no image": {make([]byte, 1<<20), 1 << 30, ErrCorrupt},
		"snapshots": {change(63, 1), 1 << 31, ErrUnsupported}, "no zeros": {change(newL1Offset+2*8, 1), 1 << 31, ErrCorrupt},
	} {
		f := newMemFile(bytes.Clone(c.image), false)
		if err := Grow(f, f.Size(), c.size, "new"); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if !bytes.Equal(f.bytesOf(), c.image) {
			t.Errorf("%s: it has changed", name)
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
