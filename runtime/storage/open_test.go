package storage

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hartwood-vm/hartwood/runtime/device/virtio/blk"
	"github.com/hartwood-vm/hartwood/runtime/storage/qcow2"
	"github.com/hartwood-vm/hartwood/runtime/storage/qcow2/qcow2test"
)

const diskSize = 1 << 20

// write makes a file of the test's directory.
func write(t *testing.T, dir, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// over is an empty image over a backing file.
func over(name, format string) []byte {
	s := qcow2test.Usual(diskSize)
	s.Backing, s.BackingFormat = name, format
	return s.Build()
}

// TestFormats opens raw and qcow2 images, and each as the other.
func TestFormats(t *testing.T) {
	dir := t.TempDir()
	raw := write(t, dir, "a.raw", bytes.Repeat([]byte{9}, diskSize))
	image := write(t, dir, "a.qcow2", qcow2test.Usual(diskSize).Build())
	for _, c := range []struct {
		path   string
		format Format
		want   Format
		says   string
	}{
		{raw, Detect, Raw, ""}, {raw, Raw, Raw, ""}, {raw, QCOW2, "", "a.raw: the qcow2 image is corrupt"},
		{image, Detect, QCOW2, ""}, {image, QCOW2, QCOW2, ""}, {image, Raw, Raw, ""},
		{image, "vmdk", "", "qemu-img convert"},
		{write(t, dir, "a.vmdk", append([]byte("KDMV"), make([]byte, 600)...)), Detect, "", "qemu-img convert -O raw"},
		{filepath.Join(dir, "none"), Detect, "", "none: no such file"},
	} {
		d, err := Open(t.Context(), Spec{Path: c.path, Format: c.format})
		if c.says != "" {
			if err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), c.path) {
				t.Errorf("%s as %q: error %v, want one that says %q", c.path, c.format, err, c.says)
			}
			free(t, c.path)
			continue
		}
		if err != nil {
			t.Errorf("%s as %q: %v", c.path, c.format, err)
			continue
		}
		size := int64(diskSize)
		if c.path == image && c.want == Raw {
			size = int64(len(qcow2test.Usual(diskSize).Build()))
		}
		if d.Format != c.want || d.Size() != size || d.ReadOnly() || len(d.Chain) != 0 {
			t.Errorf("%s as %q: %s, %d bytes", c.path, c.format, d.Format, d.Size())
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
}

// free sees to it that nobody has an image open.
func free(t *testing.T, path string) {
	t.Helper()
	f, err := blk.Open(path, false)
	if err == nil {
		err = f.Close()
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is still held: %v", path, err)
	}
}

// TestChain writes to an image over an image over a raw file, in another directory each; those below stay as they are.
func TestChain(t *testing.T) {
	dir := t.TempDir()
	base := write(t, dir, "base/a.raw", bytes.Repeat([]byte{9}, diskSize/2))
	middle := write(t, dir, "middle/b.qcow2", over("../base/a.raw", "raw"))
	top := write(t, dir, "c.qcow2", over("middle/b.qcow2", "qcow2"))
	d, err := Open(t.Context(), Spec{Path: top, Format: QCOW2})
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Chain) != 2 || d.Chain[0] != middle || d.Chain[1] != base {
		t.Errorf("chain %q", d.Chain)
	}
	if _, err := d.WriteAt(make([]byte, 512), 512); err != nil {
		t.Fatal(err)
	}
	p := make([]byte, diskSize)
	if _, err := d.ReadAt(p, 0); err != nil {
		t.Fatal(err)
	}
	want := append(bytes.Repeat([]byte{9}, diskSize/2), make([]byte, diskSize/2)...)
	clear(want[512:1024])
	if !bytes.Equal(p, want) {
		t.Error("the disk differs")
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string][]byte{base: bytes.Repeat([]byte{9}, diskSize/2), middle: over("../base/a.raw", "raw")} {
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s has changed (%v)", path, err)
		}
		free(t, path)
	}
	free(t, top)
}

// TestBackingFilesThatAreRefused: a guest could write such a header into a raw disk, and chains can have no end. Nothing
// stays open.
func TestBackingFilesThatAreRefused(t *testing.T) {
	dir := t.TempDir()
	secret := write(t, dir, "secret", bytes.Repeat([]byte("key"), 1000))
	circle := write(t, dir, "circle.qcow2", over("round.qcow2", "qcow2"))
	write(t, dir, "round.qcow2", over(circle, "qcow2"))
	long := MaxDepth + 1
	for i := range long {
		write(t, dir, fmt.Sprintf("deep%d.qcow2", i), over(fmt.Sprintf("deep%d.qcow2", i+1), "qcow2"))
	}
	for _, c := range []struct {
		name   string
		data   []byte
		format Format
		says   string
	}{
		{"guessed", over(secret, "raw"), Detect, "add ,format=qcow2 if you trust it"},
		{"guessed below", over(circle, ""), QCOW2, "does not say its format"},
		{"itself", over("itself", "qcow2"), QCOW2, "lead back to"},
		{"in a circle", over("circle.qcow2", "qcow2"), QCOW2, "lead back to"},
		{"too deep", over("deep0.qcow2", "qcow2"), QCOW2, "more than 16 files"},
		{"by network", over("nbd://host/x", "raw"), QCOW2, "only plain names"},
		{"described", over(`json:{"driver":"raw"}`, "raw"), QCOW2, "only plain names"},
		{"missing", over("nowhere", "raw"), QCOW2, "no such file"},
		{"of another format", over("secret", "vmdk"), QCOW2, "the format vmdk is not known"},
		{"with a terminal's command", over("\x1b[2Jx", "raw"), Detect, `\x1b[2Jx`},
	} {
		path := write(t, dir, c.name, c.data)
		d, err := Open(t.Context(), Spec{Path: path, Format: c.format})
		if err == nil {
			d.Close()
			t.Errorf("%s: opened", c.name)
			continue
		}
		if !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "\x1b") {
			t.Errorf("%s: error %q, want one that says %q", c.name, err, c.says)
		}
		free(t, path)
	}
	for i := range long {
		free(t, filepath.Join(dir, fmt.Sprintf("deep%d.qcow2", i)))
	}
	free(t, circle)
}

var _ blk.Backend = (*qcow2.Image)(nil)
