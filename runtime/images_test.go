package runtime

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/runtime/rootfs"
	"github.com/hartwood-vm/hartwood/runtime/storage"
)

// Images and roots make room for each other within one limit, but for a root in use.
func TestOneLimitForCaches(t *testing.T) {
	dir := t.TempDir()
	c := Default()
	c.ImageCache, c.ImageCacheLimit = filepath.Join(dir, "cache"), 3*MiB
	noise := make([]byte, MiB)
	for i := range noise {
		noise[i] = byte(i>>8) | 1 // no holes
	}
	image := func(name string) {
		t.Helper()
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		z.Write(noise)
		z.Close()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		disk, err := c.OpenImage(t.Context(), Drive{Path: path, Format: storage.Detect}, nil)
		if err != nil {
			t.Fatal(err)
		}
		disk.Close()
	}
	root := func(name string) *rootfs.Root {
		t.Helper()
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		w.WriteHeader(&tar.Header{Name: name, Size: int64(len(noise)), Mode: 0o600})
		w.Write(noise)
		w.Close()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := rootfs.Open(t.Context(), rootfs.Spec{Path: path, Cache: c.RootCache()})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	has := func(want string) {
		t.Helper()
		images, _, err := c.CachedImages()
		roots, rootsErr := c.RootCache().List()
		if err != nil || rootsErr != nil {
			t.Fatal(err, rootsErr)
		}
		var names []string
		for _, e := range images {
			names = append(names, filepath.Base(e.Source))
		}
		for _, e := range roots {
			names = append(names, filepath.Base(e.Source))
		}
		slices.Sort(names)
		if got := strings.Join(names, " "); got != want {
			t.Errorf("there are %s, want %s", got, want)
		}
		time.Sleep(2 * time.Millisecond) // what comes next is used later
	}
	used := root("root-1")
	has("root-1")
	image("image-1")
	has("image-1 root-1")
	image("image-2") // for which there is no room, and the root is in use
	has("image-2 root-1")
	used.Close()
	image("image-3") // for which the root goes
	has("image-2 image-3")
	root("root-2").Close() // for which an image goes
	has("image-3 root-2")
}
