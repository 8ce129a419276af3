package rootfs

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/hartwood-vm/hartwood/runtime/plain"
	"github.com/hartwood-vm/hartwood/runtime/rootfs/unpack"
)

// maxBoot bounds the files of /boot that are looked at.
const maxBoot = 10_000

// Kernel is a kernel that was found in a root.
type Kernel struct {
	Name    string // its path there
	File    *os.File
	Modules Modules
}

// Kernel returns the latest kernel in /boot of a directory; nil: there is none. It is opened within the directory. A disk has to be
// open for that: KernelOn.
func (r *Root) Kernel() (*Kernel, error) {
	if r.Kind == Disk {
		return nil, nil
	}
	root, err := unix.Open(r.Path, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: r.Path, Err: err}
	}
	rooted := within{root}
	k, err := kernelIn(rooted, "boot", rooted)
	if k == nil {
		rooted.close()
	}
	if err != nil {
		err = fmt.Errorf("%s: %w", r.Path, err)
	}
	return k, err
}

// tree is where a kernel and its modules are looked for. Paths in it are resolved as if it were the root.
type tree interface {
	// file opens a regular file.
	file(name string) (*os.File, error)
	// list are the names in a directory, in order, at most limit of them.
	list(name string, limit int) ([]string, error)
	close()
}

// kernelIn returns the latest kernel in a directory of a tree, whose modules are in another tree; nil: there is none.
func kernelIn(at tree, dir string, modules tree) (*Kernel, error) {
	names, err := at.list(dir, maxBoot)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENOTDIR) {
			return nil, nil
		}
		return nil, err
	}
	name, version := latest(names)
	if name == "" {
		return nil, nil
	}
	k := &Kernel{Name: path.Join(dir, name), Modules: &treeModules{root: modules, version: version}}
	if k.File, err = at.file(k.Name); err != nil {
		return nil, fmt.Errorf("%s: %w; give a kernel by --kernel", plain.Text(k.Name), err)
	}
	return k, nil
}

// latest is the name of the kernel with the highest version, and that version.
func latest(names []string) (name, version string) {
	for _, n := range names {
		kind, v, _ := strings.Cut(n, "-")
		if kind != "vmlinuz" && kind != "vmlinux" && kind != "Image" || strings.HasSuffix(n, ".old") {
			continue
		}
		if name == "" || compareVersions(v, version) > 0 {
			name, version = n, v
		}
	}
	return name, version
}

// compareVersions compares runs of digits as numbers, and what is between them as text.
func compareVersions(a, b string) int {
	for a != "" && b != "" {
		da, db := digits(a), digits(b)
		if da > 0 && db > 0 {
			na, nb := strings.TrimLeft(a[:da], "0"), strings.TrimLeft(b[:db], "0")
			if c := cmp.Or(cmp.Compare(len(na), len(nb)), strings.Compare(na, nb)); c != 0 {
				return c
			}
			a, b = a[da:], b[db:]
			continue
		}
		if a[0] != b[0] {
			return cmp.Compare(a[0], b[0])
		}
		a, b = a[1:], b[1:]
	}
	return cmp.Compare(len(a), len(b))
}

func digits(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}

// within is a directory in which paths are resolved as if it were the root.
type within struct{ fd int }

func (w within) close() { _ = unix.Close(w.fd) }

// file opens a regular file.
func (w within) file(name string) (*os.File, error) {
	fd, err := unpack.InRoot(w.fd, name, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY)
	if err != nil {
		return nil, err
	}
	f := os.NewFile(uintptr(fd), name)
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("is no regular file")
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// list are the names in a directory, in order, at most limit of them.
func (w within) list(name string, limit int) ([]string, error) {
	fd, err := unpack.InRoot(w.fd, name, unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return nil, err
	}
	f := os.NewFile(uintptr(fd), name)
	defer f.Close()
	names, err := f.Readdirnames(limit)
	if err == io.EOF { // it is empty
		err = nil
	}
	slices.Sort(names)
	return names, err
}
