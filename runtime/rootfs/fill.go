package rootfs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/cespare/xxhash/v2"
	"golang.org/x/sys/unix"

	"github.com/hartwood-vm/hartwood/runtime/hostfile"
	"github.com/hartwood-vm/hartwood/runtime/rootfs/oci"
	"github.com/hartwood-vm/hartwood/runtime/rootfs/unpack"
	"github.com/hartwood-vm/hartwood/runtime/storage/bounded"
	"github.com/hartwood-vm/hartwood/runtime/storage/packed"
)

// archive returns the root that a tar archive unpacks to, or the one of the layout that is in it.
func (c *Cache) archive(ctx context.Context, s Spec) (*Root, error) {
	f, err := hostfile.Open(ctx, s.Path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	note, err := c.note(s.Path, s.Tag)
	if err != nil {
		return nil, err
	}
	digest := c.known(note)
	if digest == "" {
		sum := sha256.New()
		if _, err := io.Copy(sum, io.NewSectionReader(f, 0, f.Size)); err != nil {
			return nil, fmt.Errorf("%s: %w", s.Path, err)
		}
		sum.Write([]byte(s.Tag)) // the same layout may be another image
		digest = hex.EncodeToString(sum.Sum(nil))
	}
	r, err := c.root(ctx, s, digest, func(dir string, e *Entry) error {
		in, err := packed.Reader(io.NewSectionReader(f, 0, f.Size))
		if err != nil {
			return err
		}
		defer in.Close()
		if err := c.tree(dir, e, func(t *unpack.Tree) error { return t.Apply(ctx, in, false) }); err != nil {
			return err
		}
		if s.Tag == "" && !oci.Is(dir) {
			return nil
		}
		return c.replace(ctx, dir, s.Tag, e)
	})
	if err == nil {
		c.remember(note, digest)
	}
	return r, err
}

// replace puts the root of the layout that is in a directory in that one's place.
func (c *Cache) replace(ctx context.Context, dir, tag string, e *Entry) error {
	layout := filepath.Join(filepath.Dir(dir), "layout")
	if err := os.Rename(dir, layout); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	return errors.Join(c.image(ctx, layout, tag, dir, e), removeTree(layout))
}

// image unpacks an image of a layout.
func (c *Cache) image(ctx context.Context, layout, tag, dir string, e *Entry) error {
	i, err := oci.Open(layout, tag)
	if err != nil {
		return err
	}
	defer i.Close()
	e.Config = &i.Config
	return c.tree(dir, e, func(t *unpack.Tree) error { return i.Unpack(ctx, t) })
}

// layout returns the root of a layout's image.
func (c *Cache) layout(ctx context.Context, s Spec) (*Root, error) {
	i, err := oci.Open(s.Path, s.Tag)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.Path, err)
	}
	defer i.Close()
	return c.root(ctx, s, i.Digest, func(dir string, e *Entry) error {
		e.Config = &i.Config
		return c.tree(dir, e, func(t *unpack.Tree) error { return i.Unpack(ctx, t) })
	})
}

// tree lets something unpack into a directory, and notes what that takes.
func (c *Cache) tree(dir string, e *Entry, fill func(*unpack.Tree) error) error {
	t, err := unpack.Open(dir, unpack.DefaultLimits(c.Limit))
	if err != nil {
		return err
	}
	err = fill(t)
	e.Bytes, e.Entries = t.Bytes, t.Entries
	return errors.Join(err, t.Close())
}

// root returns the root with a digest, which fill unpacks if it is not there.
func (c *Cache) root(ctx context.Context, s Spec, digest string, fill func(dir string, e *Entry) error) (*Root, error) {
	r, err := c.use(digest)
	if err == nil {
		return r, nil
	}
	lock, err := c.lock(ctx)
	if err != nil {
		return nil, fmt.Errorf("%s is unpacked into a cache: %w; choose another directory with --image-cache", s.Path, err)
	}
	defer lock.Close()
	if r, err := c.use(digest); err == nil { // another process was faster
		return r, nil
	}
	if s.Tell != nil {
		s.Tell(c.Dir)
	}
	if err := c.fill(s, digest, fill); err != nil {
		return nil, fmt.Errorf("%s: %w%s", s.Path, err, remedy(err))
	}
	return c.use(digest)
}

func remedy(err error) string {
	switch {
	case errors.Is(err, unpack.ErrLimit):
		return "; raise --image-cache-limit, or unpack it yourself"
	case errors.Is(err, unix.ENOSPC), errors.Is(err, unix.EDQUOT):
		return "; make room, or choose another directory with --image-cache"
	}
	return ""
}

// fill unpacks a root aside and renames it. Caller holds the lock.
func (c *Cache) fill(s Spec, digest string, fill func(dir string, e *Entry) error) error {
	c.sweep()
	if _, err := os.Stat(c.path(digest)); err == nil { // but it cannot be read
		if _, err := c.remove(digest); err != nil {
			return err
		}
	}
	work, err := os.MkdirTemp(c.Dir, unfinished)
	if err != nil {
		return err
	}
	defer removeTree(work) // it is gone, or has another name
	dir := filepath.Join(work, "root")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	e := Entry{Source: s.Path, Digest: digest}
	if abs, err := filepath.Abs(s.Path); err == nil {
		e.Source = abs
	}
	if err := fill(dir, &e); err != nil {
		return err
	}
	text, err := json.Marshal(e)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(work, about), text, 0o600); err != nil {
		return err
	}
	if f, err := os.Open(work); err == nil { // what has the name is whole, after a power failure too
		_ = unix.Syncfs(int(f.Fd()))
		f.Close()
	}
	if err := os.Rename(work, c.path(digest)); err != nil {
		return err
	}
	return bounded.Shrink(c.Limit, c.path(digest), append([]bounded.Cache{c}, c.Beside...)...)
}

// note is the file that says the digest of an archive as it is now.
func (c *Cache) note(path, tag string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		return "", &fs.PathError{Op: "stat", Path: path, Err: err}
	}
	key := fmt.Sprint(abs, "\x00", tag, "\x00", st.Size, st.Mtim, st.Ctim, st.Ino, st.Dev)
	return c.path(fmt.Sprintf("known/%016x", xxhash.Sum64String(key))), nil
}

// known is the digest in a note, if its root is there.
func (c *Cache) known(note string) string {
	digest, err := os.ReadFile(note)
	if err != nil || len(digest) != sha256.Size*2 {
		return ""
	}
	if _, err := c.read(string(digest)); err != nil {
		return ""
	}
	return string(digest)
}

// remember writes a note. Without it the archive is read again the next time.
func (c *Cache) remember(note, digest string) {
	if _, err := os.Stat(note); err == nil {
		return
	}
	_ = os.Mkdir(filepath.Dir(note), 0o700)
	_ = hostfile.Replace(note, func(w io.Writer) error {
		_, err := io.WriteString(w, digest)
		return err
	})
}
