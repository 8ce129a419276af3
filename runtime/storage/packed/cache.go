package packed

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/cespare/xxhash/v2"
	"golang.org/x/sys/unix"

	"github.com/hartwood-vm/hartwood/runtime/storage/bounded"
)

const unfinished = "unpacking-"

// Cache is a directory with unpacked images.
type Cache struct {
	Dir   string
	Limit int64 // bytes of the disk that all images take, and what is in the caches beside it
	// Beside are caches that share the limit.
	Beside []bounded.Cache
}

// Entry describes an unpacked image.
type Entry struct {
	Source string    `json:"source"` // the packed file's path
	Packed int64     `json:"packed_bytes"`
	Disk   int64     `json:"disk_bytes"` // holes included
	Path   string    `json:"-"`          // the unpacked file
	Taken  int64     `json:"-"`          // bytes of the disk that it takes
	Used   time.Time `json:"-"`          // last
}

// Source is a packed file.
type Source interface {
	io.ReaderAt
	Size() int64
}

// Open returns the path of the raw file with the contents of src, which lies at path, and unpacks it if it is not there.
// tell is called before that. The error names the file and a remedy.
func (c *Cache) Open(ctx context.Context, path string, src Source, tell func()) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if path, err = filepath.Abs(path); err != nil {
		return "", err
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return "", fmt.Errorf("%s is unpacked into a cache: %w; choose another directory with --image-cache", path, err)
	}
	key := fmt.Sprintf("%s\x00%d\x00%d", path, src.Size(), info.ModTime().UnixNano())
	base := filepath.Join(c.Dir, fmt.Sprintf("%016x", xxhash.Sum64String(key)))
	if e, err := read(base + ".json"); err == nil && e.Source == path && e.Packed == src.Size() {
		return e.Path, used(base + ".json")
	}
	tell()
	if err := c.fill(ctx, base, Entry{Source: path, Packed: src.Size()}, src); err != nil {
		remedy := "unpack it yourself, or check the file"
		switch {
		case errors.Is(err, ErrLimit):
			remedy = "raise --image-cache-limit, or unpack it yourself"
		case errors.Is(err, unix.ENOSPC), errors.Is(err, unix.EDQUOT):
			remedy = "make room, or choose another directory with --image-cache"
		}
		return "", fmt.Errorf("%s: %w; %s", path, err, remedy)
	}
	return base + ".img", nil
}

// fill unpacks an image, and lets others go if there is too much then.
func (c *Cache) fill(ctx context.Context, base string, e Entry, src Source) error {
	c.sweep()
	f, err := os.CreateTemp(c.Dir, unfinished+"*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // it is gone, or has another name
	defer f.Close()
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil && !errors.Is(err, unix.EOPNOTSUPP) {
		return err
	}
	if err := unpack(ctx, f, src, src.Size(), c.Limit); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if e.Disk, err = f.Seek(0, io.SeekEnd); err != nil {
		return err
	}
	text, err := json.Marshal(e)
	if err != nil {
		return err
	}
	about := f.Name() + ".json"
	defer os.Remove(about)
	if err := os.WriteFile(about, text, 0o600); err != nil {
		return err
	}
	if err := used(about); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), base+".img"); err != nil {
		return err
	}
	if err := os.Rename(about, base+".json"); err != nil {
		return err
	}
	return bounded.Shrink(c.Limit, base+".img", append([]bounded.Cache{c}, c.Beside...)...)
}

// used notes that an image is used now, by its description's time. A file's own time, of its last write, is of the last
// tick of the kernel's clock, and so may be before a time that was noted earlier.
func used(about string) error {
	now := time.Now()
	return os.Chtimes(about, now, now)
}

// Entries are the images as what can go (bounded.Cache). One that a machine uses goes too, and stays for that machine.
func (c *Cache) Entries() ([]bounded.Entry, error) {
	list, err := c.List()
	var entries []bounded.Entry
	for _, e := range list {
		entries = append(entries, bounded.Entry{Path: e.Path, Taken: e.Taken, Used: e.Used, Remove: func() (bool, error) {
			for _, path := range []string{strings.TrimSuffix(e.Path, ".img") + ".json", e.Path} {
				if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) { // somebody else removes it
					return false, err
				}
			}
			return true, nil
		}})
	}
	return entries, err
}

// sweep removes what processes have left that were killed.
func (c *Cache) sweep() {
	names, _ := filepath.Glob(filepath.Join(c.Dir, unfinished+"*"))
	images, _ := filepath.Glob(filepath.Join(c.Dir, "*.img"))
	for _, path := range append(names, images...) {
		if strings.HasSuffix(path, ".img") {
			if _, err := os.Stat(strings.TrimSuffix(path, ".img") + ".json"); err == nil {
				continue
			}
		}
		f, err := os.Open(path)
		if err != nil {
			continue
		}
		if unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil { // nobody is at it
			os.Remove(path)
		}
		f.Close()
	}
}

// List returns the images, those used last first. There are none where there is no directory.
func (c *Cache) List() ([]Entry, error) {
	names, err := filepath.Glob(filepath.Join(c.Dir, "*.json"))
	if err != nil {
		return nil, err
	}
	var entries []Entry
	for _, name := range names {
		if e, err := read(name); err == nil {
			entries = append(entries, e)
		}
	}
	slices.SortFunc(entries, func(a, b Entry) int { return b.Used.Compare(a.Used) })
	return entries, nil
}

// read reads an image's description, and looks whether the image is there.
func read(name string) (e Entry, err error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return e, err
	}
	if err := json.Unmarshal(text, &e); err != nil {
		return e, err
	}
	e.Path = strings.TrimSuffix(name, ".json") + ".img"
	about, err := os.Stat(name)
	if err != nil {
		return e, err
	}
	var st unix.Stat_t
	if err := unix.Stat(e.Path, &st); err != nil {
		return e, err
	}
	e.Used, e.Taken = about.ModTime(), st.Blocks*512
	if st.Size != e.Disk {
		return e, fmt.Errorf("%s has %d bytes, not %d", e.Path, st.Size, e.Disk)
	}
	return e, nil
}
