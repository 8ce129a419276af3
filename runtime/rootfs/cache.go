package rootfs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sys/unix"

	"github.com/hartwood-vm/hartwood/runtime/storage/bounded"
)

// Cache is a directory with unpacked roots.
type Cache struct {
	Dir   string
	Limit int64 // bytes that all roots take, and what is in the caches beside it
	// Beside are caches that share the limit.
	Beside []bounded.Cache
}

// Entry describes an unpacked root.
type Entry struct {
	Source  string     `json:"source"` // the path that it was first unpacked from
	Digest  string     `json:"digest"`
	Bytes   int64      `json:"bytes"` // of its files
	Entries int        `json:"entries"`
	Config  *v1.Config `json:"config,omitempty"`
	Used    time.Time  `json:"-"` // last
}

// Taken is about what the root takes of the disk.
func (e *Entry) Taken() int64 { return e.Bytes + int64(e.Entries)*entryCost }

const (
	entryCost  = 4 << 10 // what a file takes beside its bytes, about
	unfinished = "unpacking-"
	gone       = "gone-"
	about      = "about.json"
	// maxAbout bounds a description, which holds a configuration of at most 4 MiB.
	maxAbout = 16 << 20
	// lockPause is how often a process looks whether another one has unpacked what it needs.
	lockPause = 20 * time.Millisecond
)

func (c *Cache) path(name string) string { return filepath.Join(c.Dir, name) }

// use opens a root that is there and keeps it from being removed.
func (c *Cache) use(digest string) (*Root, error) {
	dir := c.path(digest)
	for {
		f, err := os.Open(dir)
		if err != nil {
			return nil, err
		}
		if err := unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB); err != nil && !errors.Is(err, unix.EOPNOTSUPP) {
			f.Close()
			if !errors.Is(err, unix.EWOULDBLOCK) {
				return nil, err
			}
			time.Sleep(time.Millisecond) // somebody removes it, which begins by renaming it
			continue
		}
		mine, err := f.Stat()
		now, nowErr := os.Stat(dir)
		if err != nil || nowErr != nil || !os.SameFile(mine, now) {
			f.Close()
			if err = errors.Join(err, nowErr); err != nil {
				return nil, err
			}
			continue
		}
		e, err := c.read(digest)
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		at := time.Now()
		_ = os.Chtimes(filepath.Join(dir, about), at, at)
		return &Root{Kind: Unpacked, Path: filepath.Join(dir, "root"), Config: e.Config, use: f}, nil
	}
}

// read reads a root's description.
func (c *Cache) read(digest string) (e Entry, err error) {
	path := filepath.Join(c.path(digest), about)
	info, err := os.Stat(path)
	if err != nil {
		return e, err
	}
	if info.Size() > maxAbout {
		return e, fmt.Errorf("%s has %d bytes", path, info.Size())
	}
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, &e)
	}
	e.Used = info.ModTime()
	return e, err
}

// List returns the roots, those used last first. There are none where there is no directory.
func (c *Cache) List() ([]Entry, error) {
	names, err := filepath.Glob(c.path("*/" + about))
	if err != nil {
		return nil, err
	}
	var entries []Entry
	for _, name := range names {
		digest := filepath.Base(filepath.Dir(name))
		if e, err := c.read(digest); err == nil && e.Digest == digest {
			entries = append(entries, e)
		}
	}
	slices.SortFunc(entries, func(a, b Entry) int { return b.Used.Compare(a.Used) })
	return entries, nil
}

// lock waits until this process is the only one that unpacks.
func (c *Cache) lock(ctx context.Context) (*os.File, error) {
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, err
	}
	// What is unpacked has the owners and the bits of its archive: nobody else is to reach it.
	if err := os.Chmod(c.Dir, 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(c.path("lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil || errors.Is(err, unix.EOPNOTSUPP) {
			return f, nil
		}
		if !errors.Is(err, unix.EWOULDBLOCK) {
			return nil, errors.Join(err, f.Close())
		}
		select {
		case <-time.After(lockPause):
		case <-ctx.Done():
			return nil, errors.Join(context.Cause(ctx), f.Close())
		}
	}
}

// sweep removes what killed processes have left. Caller holds the lock.
func (c *Cache) sweep() {
	for _, pattern := range []string{unfinished + "*", gone + "*"} {
		names, _ := filepath.Glob(c.path(pattern))
		for _, name := range names {
			_ = removeTree(name)
		}
	}
	known, _ := filepath.Glob(c.path("known/*"))
	for _, name := range known {
		digest, err := os.ReadFile(name)
		if err == nil {
			_, err = os.Stat(c.path(string(digest)))
		}
		if err != nil {
			_ = os.Remove(name)
		}
	}
}

// Entries are the roots as what can go (bounded.Cache).
func (c *Cache) Entries() ([]bounded.Entry, error) {
	list, err := c.List()
	var entries []bounded.Entry
	for _, e := range list {
		entries = append(entries, bounded.Entry{
			Path: c.path(e.Digest), Taken: e.Taken(), Used: e.Used, Remove: func() (bool, error) { return c.remove(e.Digest) },
		})
	}
	return entries, err
}

// remove takes a root away that nobody uses. Several processes may do so: the one that renames it removes it.
func (c *Cache) remove(digest string) (bool, error) {
	f, err := os.Open(c.path(digest))
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	defer f.Close()
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); errors.Is(err, unix.EWOULDBLOCK) {
		return false, nil
	}
	away, err := os.MkdirTemp(c.Dir, gone)
	if err != nil {
		return false, err
	}
	if err := os.Rename(c.path(digest), filepath.Join(away, digest)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, errors.Join(err, os.Remove(away))
	}
	return true, removeTree(away)
}

// removeTree removes a directory, whose directories may be ones that cannot be written to.
func removeTree(dir string) error {
	if os.RemoveAll(dir) == nil {
		return nil
	}
	_ = filepath.WalkDir(dir, func(path string, d os.DirEntry, _ error) error {
		if d != nil && d.IsDir() {
			_ = os.Chmod(path, 0o700)
		}
		return nil
	})
	return os.RemoveAll(dir)
}
