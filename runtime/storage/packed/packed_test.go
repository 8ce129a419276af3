package packed

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/sys/unix"
)

// disk is a disk with a hole in it.
func disk() []byte {
	d := make([]byte, 3<<20+700)
	for i := range d[:1<<20] {
		d[i] = byte(i >> 3)
		d[2<<20+i] = byte(i >> 5)
	}
	return d
}

type source struct{ *bytes.Reader }

func (s source) Size() int64 { return s.Reader.Size() }

func squeeze(t *testing.T, method string, data []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	switch method {
	case "gzip":
		z := gzip.NewWriter(&out)
		if _, err := z.Write(data); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
	case "zstd":
		z, err := zstd.NewWriter(&out)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := z.Write(data); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
	case "xz":
		xz, err := exec.LookPath("xz")
		if err != nil {
			t.Skip("there is no xz (Debian's xz-utils)")
		}
		cmd := exec.Command(xz, "-c")
		cmd.Stdin, cmd.Stdout = bytes.NewReader(data), &out
		if err := cmd.Run(); err != nil {
			t.Fatal(err)
		}
	}
	return out.Bytes()
}

// open unpacks an image that lies at a path of its own.
func open(t *testing.T, c *Cache, path string, data []byte) (unpacked string, told bool, err error) {
	t.Helper()
	if _, err := os.Stat(path); err != nil {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	unpacked, err = c.Open(t.Context(), path, source{bytes.NewReader(data)}, func() { told = true })
	return unpacked, told, err
}

// Images of each method are unpacked once, with their holes, and again when the file has changed. Two behind each other are
// one, as for the programs that pack.
func TestUnpack(t *testing.T) {
	for _, method := range []string{"gzip", "xz", "zstd"} {
		t.Run(method, func(t *testing.T) {
			c := &Cache{Dir: filepath.Join(t.TempDir(), "cache"), Limit: 64 << 20}
			path := filepath.Join(t.TempDir(), "a.img")
			data := append(squeeze(t, method, disk()), squeeze(t, method, []byte("more"))...)
			if !Is(data) {
				t.Error("not known")
			}
			first, told, err := open(t, c, path, data)
			if err != nil || !told {
				t.Fatalf("told %t, %v", told, err)
			}
			got, err := os.ReadFile(first)
			if err != nil || !bytes.Equal(got, append(disk(), "more"...)) {
				t.Fatalf("the disk differs (%v)", err)
			}
			var st unix.Stat_t
			if err := unix.Stat(first, &st); err != nil || st.Blocks*512 > 2<<20+256<<10 {
				t.Errorf("it takes %d bytes (%v)", st.Blocks*512, err)
			}
			if again, told, err := open(t, c, path, data); again != first || told || err != nil {
				t.Errorf("unpacked twice, or %v", err)
			}
			if err := os.Chtimes(path, time.Now(), time.Now().Add(time.Hour)); err != nil {
				t.Fatal(err)
			}
			if other, told, err := open(t, c, path, data); other == first || !told || err != nil {
				t.Errorf("not unpacked again, or %v", err)
			}
		})
	}
}

// What is broken, or larger than the cache, is an error that names the file, and leaves nothing.
func TestRefused(t *testing.T) {
	for _, method := range []string{"gzip", "xz", "zstd"} {
		t.Run(method, func(t *testing.T) {
			c := &Cache{Dir: t.TempDir(), Limit: 1 << 20}
			dir := t.TempDir()
			whole := squeeze(t, method, disk())
			spoiled := bytes.Clone(whole)
			spoiled[len(spoiled)/2] ^= 0x55
			ended, cancel := context.WithCancel(t.Context())
			cancel()
			for name, test := range map[string]struct {
				ctx  context.Context
				data []byte
				want string
			}{
				"large":     {t.Context(), whole, "--image-cache-limit"},
				"truncated": {t.Context(), whole[:len(whole)-9], "cannot be unpacked"},
				"short":     {t.Context(), whole[:6], "cannot be unpacked"},
				"spoiled":   {t.Context(), spoiled, "unpack it yourself"},
				"cancelled": {ended, whole, "canceled"},
			} {
				path := filepath.Join(dir, name)
				if err := os.WriteFile(path, test.data, 0o600); err != nil {
					t.Fatal(err)
				}
				limit := *c
				if name != "large" {
					limit.Limit = 64 << 20
				}
				_, err := limit.Open(test.ctx, path, source{bytes.NewReader(test.data)}, func() {})
				if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), path) {
					t.Errorf("%s: error %v, want one that says %q", name, err, test.want)
				}
				if name == "large" && !errors.Is(err, ErrLimit) {
					t.Errorf("%s: %v", name, err)
				}
			}
			if left, err := os.ReadDir(c.Dir); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v (%v)", left, err)
			}
		})
	}
}

// The cache keeps to its limit: what was not used for longest goes, and stays for who has it open.
func TestCacheIsBounded(t *testing.T) {
	c := &Cache{Dir: t.TempDir(), Limit: 5 << 20}
	dir := t.TempDir()
	data := squeeze(t, "gzip", disk()) // 2 MiB each
	paths := map[string]string{}
	for i, name := range []string{"a", "b"} {
		unpacked, _, err := open(t, c, filepath.Join(dir, name), data)
		if err != nil {
			t.Fatal(err)
		}
		paths[name] = unpacked
		old := time.Now().Add(time.Duration(i-10) * time.Hour)
		if err := os.Chtimes(strings.TrimSuffix(unpacked, ".img")+".json", old, old); err != nil {
			t.Fatal(err)
		}
	}
	held, err := os.Open(paths["b"])
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	if _, told, err := open(t, c, filepath.Join(dir, "a"), data); told || err != nil { // which makes it the newer one
		t.Fatalf("told %t, %v", told, err)
	}
	if _, _, err := open(t, c, filepath.Join(dir, "c"), data); err != nil {
		t.Fatal(err)
	}
	entries, err := c.List()
	if err != nil || len(entries) != 2 || entries[0].Source != filepath.Join(dir, "c") || entries[1].Source != filepath.Join(dir, "a") ||
		entries[0].Disk != int64(len(disk())) || entries[0].Packed != int64(len(data)) {
		t.Errorf("there are %+v (%v)", entries, err)
	}
	if got, err := io.ReadAll(held); err != nil || !bytes.Equal(got, disk()) {
		t.Errorf("an image in use is gone (%v)", err)
	}
}

// What a process has left that was killed goes; what another is at stays.
func TestRestsAreSwept(t *testing.T) {
	c := &Cache{Dir: t.TempDir(), Limit: 64 << 20}
	for _, name := range []string{unfinished + "1", unfinished + "1.json", unfinished + "2", "0000000000000000.img"} {
		if err := os.WriteFile(filepath.Join(c.Dir, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	busy, err := os.Open(filepath.Join(c.Dir, unfinished+"2"))
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	if err := unix.Flock(int(busy.Fd()), unix.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	unpacked, _, err := open(t, c, filepath.Join(t.TempDir(), "a"), squeeze(t, "gzip", disk()))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	left, err := os.ReadDir(c.Dir)
	for _, l := range left {
		names = append(names, l.Name())
	}
	base := filepath.Base(strings.TrimSuffix(unpacked, ".img"))
	if want := []string{base + ".img", base + ".json", unfinished + "2"}; err != nil || strings.Join(names, " ") != strings.Join(want, " ") {
		t.Errorf("there are %q, want %q (%v)", names, want, err)
	}
}

// FuzzUnpack unpacks what is nearly a packed file: an error, or bytes, within the limit.
func FuzzUnpack(f *testing.F) {
	f.Add([]byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00"))
	f.Add([]byte("\xfd7zXZ\x00\x00\x04\xe6\xd6\xb4F\x00\x00\x00\x00\x1c\xdfD!\x1f\xb6\xf3}\x01\x00\x00\x00\x00\x04YZ"))
	f.Add([]byte("\x28\xb5\x2f\xfd\x04\x00\x01\x00\x00\x99\xe9\xd8\x51"))
	f.Fuzz(func(t *testing.T, data []byte) {
		out, err := os.CreateTemp(t.TempDir(), "x")
		if err != nil {
			t.Fatal(err)
		}
		defer out.Close()
		const limit = 1 << 20
		_ = unpack(t.Context(), out, bytes.NewReader(data), int64(len(data)), limit)
		var st unix.Stat_t
		if err := unix.Fstat(int(out.Fd()), &st); err != nil || st.Blocks*512 > 2*limit {
			t.Errorf("%d bytes are written (%v)", st.Blocks*512, err)
		}
	})
}
