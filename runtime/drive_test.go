package runtime

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hartwood-vm/hartwood/runtime/device/virtio/blk"
	"github.com/hartwood-vm/hartwood/runtime/storage"
)

// spinForever is a guest: j .
var spinForever = []byte{0x6f, 0, 0, 0}

// TestFailedNewFreesImages makes machines that fail after an image was opened, and looks whether the image is free.
func TestFailedNewFreesImages(t *testing.T) {
	dir := t.TempDir()
	image := filepath.Join(dir, "a.img")
	if err := os.WriteFile(image, make([]byte, 4096), 0o600); err != nil {
		t.Fatal(err)
	}
	packed := filepath.Join(dir, "packed.img")
	if err := os.WriteFile(packed, gzipped(t, make([]byte, 4096)), 0o600); err != nil {
		t.Fatal(err)
	}
	nowhere := filepath.Join(dir, "none")
	for _, test := range []struct {
		name   string
		drives []Drive
		locked string
	}{
		{"overlay's directory missing", []Drive{{Path: image, Overlay: true, OverlayDir: nowhere}}, image},
		{"second drive missing", []Drive{{Path: image}, {Path: nowhere}}, image},
		{"locked by the first drive", []Drive{{Path: image}, {Path: image, ReadOnly: true}}, image},
		{"image of another format", []Drive{{Path: packed}}, packed},
	} {
		c := Default()
		c.ProgramData, c.Drives = spinForever, test.drives
		m, err := New(c)
		if err == nil {
			m.Close()
			t.Errorf("%s: no error", test.name)
			continue
		}
		if strings.Contains(err.Error(), "closed") {
			t.Errorf("%s: something was closed twice: %v", test.name, err)
		}
		if f, err := blk.Open(test.locked, false); err != nil {
			t.Errorf("%s: the image is still held: %v", test.name, err)
		} else {
			f.Close()
		}
	}
}

// TestForeignImages keeps a disk of another format from being taken for a raw one, unless the user insists.
func TestForeignImages(t *testing.T) {
	dir := t.TempDir()
	for name, test := range map[string]struct {
		data []byte
		says string
	}{
		"a.vmdk":    {append([]byte("KDMV\x00\x00\x00\x03"), make([]byte, 4096)...), "qemu-img convert -O raw"},
		"b.img.lz4": {append([]byte("\x04\x22\x4d\x18"), make([]byte, 700)...), "unlz4"},
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, test.data, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, d := range []Drive{{Path: path}, {Path: path, ReadOnly: true}, {Path: path, Overlay: true}} {
			c := Default()
			c.ProgramData, c.Drives = spinForever, []Drive{d}
			if m, err := New(c); err == nil {
				m.Close()
				t.Errorf("%s is a drive", d)
			} else if !strings.Contains(err.Error(), test.says) || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "format=raw") {
				t.Errorf("%s: %v", d, err)
			}
			c.Drives[0].Format = storage.Raw
			m, err := New(c)
			if err != nil {
				t.Errorf("%s: %v", c.Drives[0], err)
				continue
			}
			if err := m.Close(); err != nil {
				t.Error(err)
			}
		}
		after, err := os.ReadFile(path)
		if err != nil || !bytes.Equal(after, test.data) {
			t.Errorf("%s was changed (%v)", name, err)
		}
	}
}

// TestPackedDrives starts a machine with a packed image twice, read-only and with an overlay: it is unpacked once, which is
// said, and as it is.
func TestPackedDrives(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.img.gz")
	if err := os.WriteFile(path, gzipped(t, bytes.Repeat([]byte{7}, 8192)), 0o600); err != nil {
		t.Fatal(err)
	}
	c := Default()
	c.ProgramData, c.ImageCache = spinForever, t.TempDir()
	var said []string
	c.Warn = func(line string) { said = append(said, line) }
	for _, d := range []Drive{{Path: path, ReadOnly: true}, {Path: path, Overlay: true}} {
		c.Drives = []Drive{d}
		var disk blk.Backend
		c.test.disk = func(b blk.Backend) blk.Backend { disk = b; return b }
		m, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		got := make([]byte, 8192)
		if _, err := disk.ReadAt(got, 0); err != nil || disk.Size() != 8192 || !bytes.Equal(got, bytes.Repeat([]byte{7}, 8192)) {
			t.Errorf("%s: the disk differs (%v)", d, err)
		}
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	}
	if len(said) != 1 || !strings.Contains(said[0], path) || !strings.Contains(said[0], c.ImageCache) {
		t.Errorf("said %q", said)
	}
	c.Drives = []Drive{{Path: path}}
	if m, err := New(c); err == nil {
		m.Close()
		t.Error("a packed image can be written to")
	} else if !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "overlay") || !strings.Contains(err.Error(), "format=raw") {
		t.Error(err)
	}
}

func gzipped(t *testing.T, data []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
