package codestore

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Names of files: prefix, hash of the maker, '-', a random number. One that is being written has
// unfinished behind that.
const (
	prefix     = "code1-"
	unfinished = ".new"
)

const (
	// maxNames bounds the names that are looked at in a directory.
	maxNames = 1 << 14
	// maxFiles bounds the files: each costs an open file while its code is wanted.
	maxFiles = 64
	// remains is the age of a file that is being written at which its writer is gone.
	remains = 10 * time.Minute
)

// ErrShared reports a directory or file that somebody else has or may write to.
var ErrShared = errors.New("not safe from other users")

// dir is an open directory that nobody but the user can write to.
type dir struct {
	*os.File
	user int // who must own it and its files
}

// openDir opens a directory, which is made if it is not there.
func openDir(path string, user int) (*dir, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, err
	}
	fd, err := unix.Open(path, unix.O_DIRECTORY|unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if errors.Is(err, unix.ELOOP) || errors.Is(err, unix.ENOTDIR) {
		return nil, &fs.PathError{Op: "open", Path: path, Err: fmt.Errorf("a symbolic link or no directory: %w", ErrShared)}
	}
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	d := &dir{os.NewFile(uintptr(fd), path), user}
	if _, err := d.check(fd, unix.S_IFDIR); err != nil {
		return nil, errors.Join(&fs.PathError{Op: "use", Path: path, Err: err}, d.Close())
	}
	return d, nil
}

// check returns what an open file is, if it is of a type and the user's alone.
func (d *dir) check(fd int, kind uint32) (s unix.Stat_t, err error) {
	switch err := unix.Fstat(fd, &s); {
	case err != nil:
		return s, err
	case s.Mode&unix.S_IFMT != kind:
		return s, fmt.Errorf("of another type: %w", ErrShared)
	case int(s.Uid) != d.user:
		return s, fmt.Errorf("it belongs to user %d: %w", s.Uid, ErrShared)
	case s.Mode&0o022 != 0:
		return s, fmt.Errorf("others may write to it (mode %#o): %w", s.Mode&0o777, ErrShared)
	}
	return s, nil
}

func (d *dir) fd() int { return int(d.Fd()) }

// open opens a file of the directory for reading, if it is one that the user alone can write to.
func (d *dir) open(name string) (*file, error) {
	fd, err := unix.Openat(d.fd(), name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	f := &file{File: os.NewFile(uintptr(fd), name)}
	s, err := d.check(fd, unix.S_IFREG)
	if err != nil {
		return nil, errors.Join(&fs.PathError{Op: "use", Path: name, Err: err}, f.Close())
	}
	f.size = s.Size
	return f, nil
}

// create makes a file for writing under an unfinished name.
func (d *dir) create(name string) (*os.File, error) {
	fd, err := unix.Openat(d.fd(), name+unfinished, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return nil, &fs.PathError{Op: "create", Path: name, Err: err}
	}
	return os.NewFile(uintptr(fd), name), nil
}

// finish gives a file that is whole its name.
func (d *dir) finish(name string) error {
	if err := unix.Renameat(d.fd(), name+unfinished, d.fd(), name); err != nil {
		return &fs.PathError{Op: "rename", Path: name, Err: err}
	}
	return nil
}

func (d *dir) remove(name string) error {
	if err := unix.Unlinkat(d.fd(), name, 0); err != nil && !errors.Is(err, unix.ENOENT) {
		return &fs.PathError{Op: "remove", Path: name, Err: err}
	}
	return nil
}

// listed is a file of the store.
type listed struct {
	name string
	size int64
	used time.Time
}

// list returns the files of all makers, those used last first.
func (d *dir) list() (files []listed, err error) {
	if _, err := d.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	names, err := d.Readdirnames(maxNames)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	for _, name := range names {
		var s unix.Stat_t
		if !strings.HasPrefix(name, prefix) || unix.Fstatat(d.fd(), name, &s, unix.AT_SYMLINK_NOFOLLOW) != nil {
			continue
		}
		files = append(files, listed{name, s.Size, time.Unix(s.Mtim.Unix())})
	}
	slices.SortFunc(files, func(a, b listed) int { return cmp.Or(b.used.Compare(a.used), strings.Compare(a.name, b.name)) })
	return files, nil
}

// trim removes remains of writers that are gone, and files until the others have limit bytes at
// most, those first that have not been used for the longest time.
func (d *dir) trim(limit int64, now time.Time) error {
	files, err := d.list()
	if err != nil {
		return err
	}
	total, n := int64(0), 0
	for _, f := range files {
		if strings.HasSuffix(f.name, unfinished) {
			if now.Sub(f.used) > remains {
				err = errors.Join(err, d.remove(f.name))
			}
			continue
		}
		total += f.size
		if n++; total > limit || n > maxFiles {
			total -= f.size
			err = errors.Join(err, d.remove(f.name))
		}
	}
	return err
}

// newName returns a name for a file of the maker with this hash.
func newName(maker uint64) string { return fmt.Sprintf("%s%016x-%016x", prefix, maker, rand.Uint64()) }

// isOf reports whether the file of a name is a whole one of the maker's.
func isOf(name string, maker uint64) bool {
	return strings.HasPrefix(name, fmt.Sprintf("%s%016x-", prefix, maker)) && !strings.HasSuffix(name, unfinished)
}
