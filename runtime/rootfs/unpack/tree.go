package unpack

import (
	"errors"
	"fmt"
	"os"
	"path"
	"strings"

	"golang.org/x/sys/unix"
)

// Limits bound what a tree takes, over all layers.
type Limits struct {
	Bytes   int64 // of files
	Entries int   // of archives
	Names   int64 // bytes of the entries' names
}

// DefaultLimits are those for archives of at most bytes.
func DefaultLimits(bytes int64) Limits {
	return Limits{Bytes: bytes, Entries: 2 << 20, Names: 256 << 20}
}

var (
	// ErrLimit reports an archive that unpacks to more than the limits.
	ErrLimit = errors.New("it unpacks to more than is allowed")
	// ErrName reports an entry that would not be in the directory.
	ErrName = errors.New("it names something outside of its directory")
)

// Tree is a directory that archives are unpacked into.
type Tree struct {
	fd   int
	left Limits
	root bool // this process may give files away
	// Bytes and Entries are what has been unpacked.
	Bytes   int64
	Entries int
	// The parent directory of the latest entry, which the next one mostly has too; -1: none.
	near     int
	nearPath string
}

// Open opens a directory.
func Open(dir string, limits Limits) (*Tree, error) {
	fd, err := unix.Open(dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: dir, Err: err}
	}
	return &Tree{fd: fd, left: limits, near: -1, root: os.Geteuid() == 0}, nil
}

// Close closes the directory.
func (t *Tree) Close() error {
	t.forget()
	return unix.Close(t.fd)
}

// elsewhere is no directory's path: what is near is not looked for again, though it stays open as long as an entry needs it.
const elsewhere = "\x00"

// cleanName is an entry's name below the directory; "." is the directory itself.
func cleanName(name string) (string, error) {
	if strings.IndexByte(name, 0) >= 0 || len(name) >= unix.PathMax {
		return "", ErrName
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == ".." {
			return "", ErrName
		}
	}
	return strings.TrimPrefix(path.Clean("/"+name), "/"), nil
}

// in resolves a path as if the tree were the root.
func (t *Tree) in(name string, flags uint64) (int, error) { return InRoot(t.fd, name, flags) }

// InRoot opens a path as if the directory fd were the root: neither ".." nor a symbolic link leads out of it.
func InRoot(fd int, name string, flags uint64) (int, error) {
	if name == "" {
		name = "."
	}
	for {
		got, err := unix.Openat2(fd, name, &unix.OpenHow{
			Flags: flags | unix.O_CLOEXEC, Resolve: unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS,
		})
		if err != unix.EAGAIN && err != unix.EINTR { // the former: something was renamed meanwhile
			return got, err
		}
	}
}

// parent is the directory that an entry is in, which is made if it is not there. It stays the tree's.
func (t *Tree) parent(name string) (fd int, base string, err error) {
	dir, base := path.Split(name)
	dir = strings.TrimSuffix(dir, "/")
	if t.near >= 0 && t.nearPath == dir {
		return t.near, base, nil
	}
	t.forget()
	const flags = unix.O_PATH | unix.O_DIRECTORY
	fd, err = t.in(dir, flags)
	if err == unix.ENOENT {
		fd, err = t.makeAll(dir)
	}
	if err != nil {
		return -1, "", fmt.Errorf("directory %q: %w", dir, err)
	}
	t.near, t.nearPath = fd, dir
	return fd, base, nil
}

// makeAll makes a directory and those above it.
func (t *Tree) makeAll(dir string) (int, error) {
	const flags = unix.O_PATH | unix.O_DIRECTORY
	at, err := t.in("", flags)
	if err != nil {
		return -1, err
	}
	for end := 0; end < len(dir); end++ {
		from := end
		for end < len(dir) && dir[end] != '/' {
			end++
		}
		next, err := t.in(dir[:end], flags)
		if err == unix.ENOENT {
			if err = unix.Mkdirat(at, dir[from:end], 0o755); err == nil {
				next, err = t.in(dir[:end], flags)
			}
		}
		_ = unix.Close(at)
		if err != nil {
			return -1, err
		}
		at = next
	}
	return at, nil
}

// forget is called where a path may lead elsewhere from now on.
func (t *Tree) forget() {
	if t.near >= 0 {
		_ = unix.Close(t.near)
		t.near = -1
	}
}

// remove takes away what is there, with all that is below it; nothing is no error.
func (t *Tree) remove(fd int, base string) error {
	err := unix.Unlinkat(fd, base, 0)
	switch err {
	case nil, unix.ENOENT:
		return nil
	case unix.EISDIR, unix.EPERM:
		// The name is that of a directory, no link: os.RemoveAll follows none below it either.
		return os.RemoveAll(procPath(fd) + "/" + base)
	}
	return err
}

// procPath is a path to what is open.
func procPath(fd int) string { return fmt.Sprintf("/proc/self/fd/%d", fd) }
