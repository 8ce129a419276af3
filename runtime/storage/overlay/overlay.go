package overlay

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/cespare/xxhash/v2"
	"github.com/hartwood-vm/hartwood/runtime/hostfile"
	"github.com/hartwood-vm/hartwood/runtime/storage/qcow2"
	"golang.org/x/sys/unix"
)

var (
	// ErrChanged reports an image that is another one than when its overlay was begun.
	ErrChanged = errors.New("the image has changed since its overlay was begun")
	// ErrSmaller reports an overlay whose disk is larger than the one that is asked for.
	ErrSmaller = errors.New("a disk does not become smaller")
	// ErrInUse reports an overlay that a machine uses.
	ErrInUse = errors.New("the overlay is in use")
)

// Store is the directory.
type Store struct{ Dir string }

// Place is where the things of one image are.
type Place struct {
	Image     string // its absolute path
	Overlay   string
	Variables string // of firmware
	Key       uint64 // another one for each image

	store Store
	about string
}

// about is what the directory says of an image.
type about struct {
	Source  string `json:"source"`
	Bytes   int64  `json:"bytes"`
	Changed int64  `json:"changed"` // when the image was, in nanoseconds since 1970
}

// Base is the disk below an overlay.
type Base struct {
	Path   string // of its file: not the image's if that is packed
	Format string // as qcow2 names it
	Size   int64
	// Disk is how large the overlay's disk is to be, which is no less. 0: as large as the image, or as it is.
	Disk int64
}

// Of is the place of an image's things. Nothing need be there.
func (s Store) Of(image string) (Place, error) {
	path, err := filepath.Abs(image)
	if err != nil {
		return Place{}, err
	}
	if real, err := filepath.EvalSymlinks(path); err == nil { // if not, opening it says what there is to say
		path = real
	}
	key := xxhash.Sum64String(path)
	base := filepath.Join(s.Dir, fmt.Sprintf("%016x", key))
	return Place{path, base + ".qcow2", base + ".fd", key, s, base + ".json"}, nil
}

// Begin makes the overlay if there is none. It returns whether it did so.
func (p Place) Begin(base Base) (begun bool, err error) {
	now, err := describe(p.Image)
	if err != nil {
		return false, err
	}
	unlock, err := p.store.lock()
	if err != nil {
		return false, err
	}
	defer unlock()
	then, err := readAbout(p.about)
	if err == nil && exists(p.Overlay) {
		if then != now {
			return false, fmt.Errorf("%s: %w", p.Overlay, ErrChanged)
		}
		return false, p.grow(base.Disk)
	}
	if base.Path, err = filepath.Abs(base.Path); err != nil {
		return false, err
	}
	if err := hostfile.Replace(p.Overlay, func(w io.Writer) error { return qcow2.Create(w, max(base.Size, base.Disk), base.Path, base.Format) }); err != nil {
		return false, err
	}
	return true, p.describe(now)
}

// grow makes an overlay's disk as large as it is to be. Caller holds the lock.
func (p Place) grow(size int64) (err error) {
	if size == 0 {
		return nil
	}
	f, err := os.OpenFile(p.Overlay, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	h, err := qcow2.ReadHeader(f, info.Size(), p.Overlay)
	switch {
	case err != nil || h.Size == size:
		return err
	case h.Size > size:
		return fmt.Errorf("%s: %w: it has %d bytes, more than %d", p.Overlay, ErrSmaller, h.Size, size)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); errors.Is(err, unix.EWOULDBLOCK) {
		return fmt.Errorf("%s: %w", p.Overlay, ErrInUse)
	}
	if err := qcow2.Grow(f, info.Size(), size, p.Overlay); err != nil {
		return err
	}
	return f.Sync()
}

// BeginVariables makes the file of firmware's variables if there is none, a copy of another one of at most limit bytes.
func (p Place) BeginVariables(ctx context.Context, fresh string, limit int64) error {
	unlock, err := p.store.lock()
	if err != nil {
		return err
	}
	defer unlock()
	if exists(p.Variables) {
		return nil
	}
	data, err := hostfile.ReadAll(ctx, fresh, limit)
	if err != nil {
		return err
	}
	if err := hostfile.Replace(p.Variables, func(w io.Writer) error { _, err := w.Write(data); return err }); err != nil {
		return err
	}
	if exists(p.about) {
		return nil
	}
	now, err := describe(p.Image)
	if err != nil {
		return err
	}
	return p.describe(now)
}

// Forget removes the overlay and the variables of firmware, if there are any.
func (p Place) Forget() error {
	unlock, err := p.store.lock()
	if err != nil {
		return err
	}
	defer unlock()
	if f, err := os.Open(p.Overlay); err == nil {
		defer f.Close()
		if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); errors.Is(err, unix.EWOULDBLOCK) {
			return fmt.Errorf("%s: %w", p.Overlay, ErrInUse)
		}
	}
	var errs []error
	for _, path := range []string{p.about, p.Overlay, p.Variables} {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// lock makes the directory if need be, and locks it.
func (s Store) lock() (unlock func(), err error) {
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return nil, err
	}
	d, err := os.Open(s.Dir)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(d.Fd()), unix.LOCK_EX); err != nil && !errors.Is(err, unix.EOPNOTSUPP) {
		return nil, errors.Join(err, d.Close())
	}
	return func() { d.Close() }, nil
}

// describe says what an image is like now. A block device has no time of change that says anything.
func describe(image string) (about, error) {
	info, err := os.Stat(image)
	if err != nil {
		return about{}, err
	}
	if !info.Mode().IsRegular() {
		return about{Source: image}, nil
	}
	return about{image, info.Size(), info.ModTime().UnixNano()}, nil
}

// describe writes the description.
func (p Place) describe(a about) error {
	text, err := json.Marshal(a)
	if err != nil {
		return err
	}
	return hostfile.Replace(p.about, func(w io.Writer) error { _, err := w.Write(text); return err })
}

func readAbout(path string) (a about, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return a, err
	}
	return a, json.Unmarshal(text, &a)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
