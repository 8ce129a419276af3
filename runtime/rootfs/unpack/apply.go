package unpack

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/hartwood-vm/hartwood/runtime/plain"
)

// applier unpacks one archive.
type applier struct {
	*Tree
	ctx   context.Context
	tar   *tar.Reader
	layer bool
	made  map[string]bool // by this layer
	dirs  []directory
}

// directory is one whose attributes are set when everything is in it.
type directory struct {
	name string
	head *tar.Header
}

// Apply unpacks an archive over what is there. As a layer it may take away what is below it. The error names the entry.
func (t *Tree) Apply(ctx context.Context, r io.Reader, layer bool) error {
	a := &applier{Tree: t, ctx: ctx, tar: tar.NewReader(r), layer: layer, made: map[string]bool{}}
	for {
		h, err := a.tar.Next()
		switch {
		case err == io.EOF:
			return a.finish()
		case err != nil:
			return fmt.Errorf("it is no whole tar archive: %w", noEOF(err))
		case ctx.Err() != nil:
			return context.Cause(ctx)
		}
		if err := a.entry(h); err != nil {
			return fmt.Errorf("entry %s: %w", shortName(h.Name), err)
		}
	}
}

// noEOF: who reads on takes an io.EOF for the end.
func noEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// shortName is a name of an archive's for people.
func shortName(name string) string {
	const limit = 200
	if len(name) > limit {
		name = name[:limit] + "..."
	}
	return plain.Text(name)
}

func (a *applier) entry(h *tar.Header) error {
	if a.left.Entries--; a.left.Entries < 0 {
		return fmt.Errorf("%w: too many entries", ErrLimit)
	}
	if a.left.Names -= int64(len(h.Name) + len(h.Linkname)); a.left.Names < 0 {
		return fmt.Errorf("%w: too long names", ErrLimit)
	}
	name, err := cleanName(h.Name)
	if err != nil {
		return err
	}
	switch h.Typeflag {
	case tar.TypeXGlobalHeader, tar.TypeChar, tar.TypeBlock:
		return nil
	}
	a.Entries++
	if name == "" { // the root itself
		if h.Typeflag == tar.TypeDir {
			a.dirs = append(a.dirs, directory{name, h})
		}
		return nil
	}
	fd, base, err := a.parent(name)
	if err != nil {
		return err
	}
	if a.layer {
		if strings.HasPrefix(base, whiteout) {
			return a.takeAway(fd, path.Dir(name), base)
		}
		for n := name; n != "." && !a.made[n]; n = path.Dir(n) {
			a.made[n] = true
		}
	}
	if h.Typeflag == tar.TypeDir {
		return a.directory(fd, base, name, h)
	}
	if err := a.clear(fd, base); err != nil {
		return err
	}
	if err := a.make(fd, base, h); err != nil || h.Typeflag == tar.TypeLink { // the file has its attributes
		return err
	}
	return a.attributes(fd, base, h)
}

// clear makes room for an entry.
func (a *applier) clear(fd int, base string) error {
	var st unix.Stat_t
	if unix.Fstatat(fd, base, &st, unix.AT_SYMLINK_NOFOLLOW) == unix.ENOENT {
		return nil
	}
	if err := a.remove(fd, base); err != nil {
		return err
	}
	if kind := st.Mode & unix.S_IFMT; kind == unix.S_IFDIR || kind == unix.S_IFLNK {
		// The latest parent may have been reached by way of it. It is this entry's too, and open.
		a.nearPath = elsewhere
	}
	return nil
}

func (a *applier) directory(fd int, base, name string, h *tar.Header) error {
	var st unix.Stat_t
	if unix.Fstatat(fd, base, &st, unix.AT_SYMLINK_NOFOLLOW) != nil || st.Mode&unix.S_IFMT != unix.S_IFDIR {
		if err := a.clear(fd, base); err != nil {
			return err
		}
		if err := unix.Mkdirat(fd, base, 0o700); err != nil {
			return err
		}
	}
	a.dirs = append(a.dirs, directory{name, h})
	return nil
}

// make makes anything but a directory.
func (a *applier) make(fd int, base string, h *tar.Header) error {
	switch h.Typeflag {
	case tar.TypeReg, tar.TypeGNUSparse, tar.TypeCont:
		return a.file(fd, base, h)
	case tar.TypeSymlink:
		return unix.Symlinkat(h.Linkname, fd, base)
	case tar.TypeFifo:
		return unix.Mknodat(fd, base, unix.S_IFIFO|0o600, 0)
	case tar.TypeLink:
		return a.link(fd, base, h.Linkname)
	}
	return fmt.Errorf("its type %q is not known", h.Typeflag)
}

func (a *applier) file(fd int, base string, h *tar.Header) error {
	if h.Size > a.left.Bytes {
		return fmt.Errorf("%w: more than %d MiB", ErrLimit, (a.Bytes+a.left.Bytes)>>20)
	}
	got, err := unix.Openat(fd, base, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return err
	}
	f := os.NewFile(uintptr(got), base)
	n, err := io.Copy(f, &patient{a.ctx, a.tar})
	a.left.Bytes -= n
	a.Bytes += n
	return errors.Join(noEOF(err), f.Close())
}

// patient reads until its context ends.
type patient struct {
	ctx context.Context
	r   io.Reader
}

func (p *patient) Read(b []byte) (int, error) {
	if p.ctx.Err() != nil {
		return 0, context.Cause(p.ctx)
	}
	return p.r.Read(b)
}

// link makes another name of a file in the tree.
func (a *applier) link(fd int, base, target string) error {
	name, err := cleanName(target)
	if err != nil || name == "" {
		return fmt.Errorf("hard link to %s: %w", shortName(target), ErrName)
	}
	dir, last := path.Split(name)
	from, err := a.in(dir, unix.O_PATH|unix.O_DIRECTORY)
	if err == nil {
		err = unix.Linkat(from, last, fd, base, 0)
		_ = unix.Close(from)
	}
	if err != nil {
		return fmt.Errorf("hard link to %s: %w", shortName(target), err)
	}
	return nil
}

// attributes sets owner, permissions and time.
func (a *applier) attributes(fd int, base string, h *tar.Header) error {
	if a.root {
		if err := unix.Fchownat(fd, base, h.Uid, h.Gid, unix.AT_SYMLINK_NOFOLLOW); err != nil {
			return err
		}
	}
	if h.Typeflag != tar.TypeSymlink {
		if err := unix.Fchmodat(fd, base, a.mode(h, 0o400), 0); err != nil { // it is no link, for it was just made
			return err
		}
	}
	when := unix.NsecToTimespec(sane(h.ModTime).UnixNano())
	return unix.UtimesNanoAt(fd, base, []unix.Timespec{when, when}, unix.AT_SYMLINK_NOFOLLOW)
}

// mode is an entry's permission bits, with those that this process needs to read it.
func (a *applier) mode(h *tar.Header, need uint32) uint32 {
	mode := uint32(h.Mode) & 0o7777
	if !a.root {
		mode |= need
	}
	return mode
}

// sane is a time that every file system has.
func sane(t time.Time) time.Time {
	if t.Unix() < 0 || t.Unix() >= 1<<32 {
		return time.Unix(0, 0)
	}
	return t
}

// finish sets the attributes of directories, those further down first.
func (a *applier) finish() error {
	for _, d := range slices.Backward(a.dirs) {
		fd, err := a.in(d.name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW)
		if err == unix.ENOENT || err == unix.ENOTDIR || err == unix.ELOOP {
			continue // a later entry has taken its place
		}
		if err != nil {
			return fmt.Errorf("directory %s: %w", shortName(d.name), err)
		}
		if a.root {
			err = unix.Fchown(fd, d.head.Uid, d.head.Gid)
		}
		if err == nil {
			err = unix.Fchmod(fd, a.mode(d.head, 0o700))
		}
		if err == nil {
			when := unix.NsecToTimespec(sane(d.head.ModTime).UnixNano())
			err = unix.UtimesNanoAt(unix.AT_FDCWD, procPath(fd), []unix.Timespec{when, when}, 0)
		}
		_ = unix.Close(fd)
		if err != nil {
			return fmt.Errorf("directory %s: %w", shortName(d.name), err)
		}
	}
	return nil
}
