package rootfs

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/hartwood-vm/hartwood/runtime/rootfs/unpack"
)

// tarOf makes an archive of files with contents.
func tarOf(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for name, text := range files {
		if err := w.WriteHeader(&tar.Header{Name: name, Size: int64(len(text)), Mode: 0o644}); err != nil {
			t.Fatal(err)
		}
		w.Write([]byte(text))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gzipped(data []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write(data)
	w.Close()
	return b.Bytes()
}

func zstandard(data []byte) []byte {
	var b bytes.Buffer
	w, _ := zstd.NewWriter(&b)
	w.Write(data)
	w.Close()
	return b.Bytes()
}

func save(t *testing.T, path string, data []byte) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func newCache(t *testing.T) *Cache {
	return &Cache{Dir: filepath.Join(t.TempDir(), "cache"), Limit: 1 << 20}
}

// open opens a root, and says whether it was unpacked.
func open(t *testing.T, c *Cache, path string) (r *Root, told bool) {
	t.Helper()
	r, err := Open(t.Context(), Spec{Path: path, Cache: c, Tell: func(string) { told = true }})
	if err != nil {
		t.Fatal(err)
	}
	return r, told
}

func TestKinds(t *testing.T) {
	dir := t.TempDir()
	archive := tarOf(t, map[string]string{"etc/name": "hartwood"})
	ext4 := make([]byte, 4096)
	copy(ext4[0x438:], "\x53\xef")
	table := make([]byte, 4096)
	copy(table[510:], "\x55\xaa")
	for name, want := range map[string]struct {
		data []byte
		kind Kind
	}{
		"a.tar": {archive, Unpacked}, "a.tar.gz": {gzipped(archive), Unpacked}, "a.tar.zst": {zstandard(archive), Unpacked},
		"disk": {ext4, Disk}, "table": {table, Disk}, "disk.gz": {gzipped(ext4), Disk}, "q": {[]byte("QFI\xfb" + strings.Repeat("\x00", 100)), Disk},
	} {
		path := save(t, filepath.Join(dir, name), want.data)
		r, _ := open(t, newCache(t), path)
		if r.Kind != want.kind || r.Kind == Disk && r.Path != path {
			t.Errorf("%s is %+v", name, r)
		}
		if text, err := os.ReadFile(filepath.Join(r.Path, "etc/name")); r.Kind == Unpacked && string(text) != "hartwood" {
			t.Errorf("%s holds %q, %v", name, text, err)
		}
		r.Close()
	}
	if r, _ := open(t, nil, dir); r.Kind != Directory || r.Path != dir {
		t.Errorf("%+v", r)
	}
	for says, path := range map[string]string{
		"no such file": filepath.Join(dir, "nothing"), "no tar archive": save(t, filepath.Join(dir, "text"), []byte("text")),
		"not a regular file": "/dev/null", "unpacked": save(t, filepath.Join(dir, "bad.gz"), gzipped(archive)[:40]),
	} {
		if _, err := Open(t.Context(), Spec{Path: path, Cache: newCache(t)}); err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), path) {
			t.Errorf("%q: %v", says, err)
		}
	}
	if _, err := Open(t.Context(), Spec{Path: dir, Tag: "x"}); err == nil || !strings.Contains(err.Error(), "tag=x") {
		t.Error(err)
	}
	if _, err := Open(t.Context(), Spec{Path: filepath.Join(dir, "a.tar")}); err == nil || !strings.Contains(err.Error(), "--image-cache") {
		t.Error(err)
	}
}

// An archive is unpacked once, whatever its name, and again when it has changed.
func TestCache(t *testing.T) {
	c, dir := newCache(t), t.TempDir()
	one := save(t, filepath.Join(dir, "one.tar"), tarOf(t, map[string]string{"f": "first"}))
	two := save(t, filepath.Join(dir, "two.tar"), tarOf(t, map[string]string{"f": "first"}))
	for i, step := range []struct {
		path string
		told bool
		text string
	}{{one, true, "first"}, {one, false, "first"}, {two, false, "first"}, {one, true, "second"}, {one, false, "second"}, {two, false, "first"}} {
		if i == 3 {
			save(t, one, tarOf(t, map[string]string{"f": "second"}))
		}
		r, told := open(t, c, step.path)
		if text, err := os.ReadFile(filepath.Join(r.Path, "f")); told != step.told || string(text) != step.text {
			t.Errorf("step %d: unpacked %v, %q, %v", i, told, text, err)
		}
		r.Close()
	}
	list, err := c.List()
	if err != nil || len(list) != 2 || list[0].Bytes != 5 || list[1].Bytes != 6 || list[0].Entries != 1 || list[1].Source != one {
		t.Errorf("%+v, %v", list, err)
	}
	if info, err := os.Stat(c.Dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info, err)
	}
}

// Roots make room for others, those used last stay longest, and those in use stay.
func TestCacheLimit(t *testing.T) {
	c, dir := newCache(t), t.TempDir()
	c.Limit = 250_000
	path := func(name string) string {
		return save(t, filepath.Join(dir, name), tarOf(t, map[string]string{"f": name + strings.Repeat("x", 100_000)}))
	}
	used := func(path string, at time.Time) {
		r, _ := open(t, c, path)
		if err := os.Chtimes(filepath.Join(filepath.Dir(r.Path), about), at, at); err != nil {
			t.Fatal(err)
		}
		r.Close()
	}
	a, b, d := path("a"), path("b"), path("d")
	used(a, time.Unix(2, 0))
	used(b, time.Unix(1, 0))
	held, _ := open(t, c, b)
	used(b, time.Unix(1, 0)) // it is the one to go, but in use
	used(d, time.Unix(3, 0))
	sources := func() (names []string) {
		list, err := c.List()
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range list {
			names = append(names, filepath.Base(e.Source))
		}
		return names
	}
	if got := sources(); !slices.Equal(got, []string{"d", "b"}) {
		t.Errorf("%q", got)
	}
	if _, err := os.ReadFile(filepath.Join(held.Path, "f")); err != nil {
		t.Error(err)
	}
	held.Close()
	used(a, time.Unix(4, 0))
	if got := sources(); !slices.Equal(got, []string{"a", "d"}) {
		t.Errorf("%q", got)
	}
	large := save(t, filepath.Join(dir, "large"), gzipped(tarOf(t, map[string]string{"f": strings.Repeat("y", 300_000)})))
	if _, err := Open(t.Context(), Spec{Path: large, Cache: c}); !errors.Is(err, unpack.ErrLimit) || !strings.Contains(err.Error(), "--image-cache-limit") {
		t.Error(err)
	}
	if got := sources(); !slices.Equal(got, []string{"a", "d"}) {
		t.Errorf("after a failure: %q", got)
	}
}

// What a killed process has left goes, and a root that is not whole is none.
func TestLeftovers(t *testing.T) {
	c, dir := newCache(t), t.TempDir()
	a := save(t, filepath.Join(dir, "a"), tarOf(t, map[string]string{"f": "text"}))
	r, _ := open(t, c, a)
	digest := filepath.Base(filepath.Dir(r.Path))
	r.Close()
	if err := os.Remove(filepath.Join(c.Dir, digest, about)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{unfinished + "1/root/closed/x", gone + "2/root/x", "known/0123"} {
		save(t, filepath.Join(c.Dir, name), []byte("x"))
	}
	os.Chmod(filepath.Join(c.Dir, unfinished+"1/root/closed"), 0o500)
	r, told := open(t, c, a)
	defer r.Close()
	if text, err := os.ReadFile(filepath.Join(r.Path, "f")); !told || string(text) != "text" {
		t.Errorf("%v %q %v", told, text, err)
	}
	left, err := os.ReadDir(c.Dir)
	if err != nil || len(left) != 3 { // the root, known and lock
		t.Errorf("%v, %v", left, err)
	}
	if known, _ := os.ReadDir(filepath.Join(c.Dir, "known")); len(known) != 1 {
		t.Errorf("%v", known)
	}
}

// Many that want the same root at once unpack it once.
func TestTogether(t *testing.T) {
	c := newCache(t)
	path := save(t, filepath.Join(t.TempDir(), "a.tar"), tarOf(t, map[string]string{"f": strings.Repeat("z", 500_000)}))
	var wg sync.WaitGroup
	var mu sync.Mutex
	told := 0
	for range 8 {
		wg.Go(func() {
			r, err := Open(t.Context(), Spec{Path: path, Cache: c, Tell: func(string) {
				mu.Lock()
				defer mu.Unlock()
				told++
			}})
			if err != nil {
				t.Error(err)
				return
			}
			if info, err := os.Stat(filepath.Join(r.Path, "f")); err != nil || info.Size() != 500_000 {
				t.Errorf("%v, %v", info, err)
			}
			r.Close()
		})
	}
	wg.Wait()
	if told != 1 {
		t.Errorf("unpacked %d times", told)
	}
}

func TestWaitingEndsWithItsContext(t *testing.T) {
	c := newCache(t)
	lock, err := c.lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("enough")
	cancel(why)
	path := save(t, filepath.Join(t.TempDir(), "a.tar"), tarOf(t, map[string]string{"f": "x"}))
	if _, err := Open(ctx, Spec{Path: path, Cache: c}); !errors.Is(err, why) {
		t.Error(err)
	}
}

func TestName(t *testing.T) {
	for text, want := range map[string]Name{
		"root": {Path: "root"}, "a,,b,overlay": {Path: "a,b", Writes: Aside}, "d.img,write,format=raw": {Path: "d.img", Writes: Through, Format: "raw"},
		"l,tag=v1": {Path: "l", Tag: "v1"},
	} {
		var n Name
		if err := n.UnmarshalText([]byte(text)); err != nil || n != want || n.String() != text {
			t.Errorf("%q: %+v, %q, %v", text, n, n, err)
		}
	}
	for _, text := range []string{"", ",write", "a,b", "a,tag=", "a,format=vmdk"} {
		if err := new(Name).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is a name", text)
		}
	}
}
