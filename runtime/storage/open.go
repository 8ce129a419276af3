package storage

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hartwood-vm/hartwood/runtime/device/virtio/blk"
	"github.com/hartwood-vm/hartwood/runtime/magic"
	"github.com/hartwood-vm/hartwood/runtime/plain"
	"github.com/hartwood-vm/hartwood/runtime/storage/packed"
	"github.com/hartwood-vm/hartwood/runtime/storage/qcow2"
)

// Format is a format of disk images.
type Format string

// The formats.
const (
	Detect Format = ""      // what the file begins as
	Raw    Format = "raw"   // the file's bytes are the disk's
	QCOW2  Format = "qcow2" // QEMU's, with the backing files that it names
)

// Formats are those that can be asked for.
var Formats = []Format{Raw, QCOW2}

// MaxDepth is how many files a chain of backing files may have.
const MaxDepth = 16

// Spec names a disk.
type Spec struct {
	Path     string
	ReadOnly bool // it is opened for reading only
	Format   Format
	// Cache is where packed images are unpacked; nil: they are refused. Told is called before that takes its time.
	Cache *packed.Cache
	Told  func()
}

// Disk is an open disk.
type Disk struct {
	blk.Backend
	Format Format // what it is
	Path   string // of its file: not the one that was named if that is packed
	// Chain are the files below the first, from the top.
	Chain []string
}

// Open opens a disk. Checking a large image ends with ctx. Errors name the file and a remedy.
func Open(ctx context.Context, s Spec) (*Disk, error) {
	o := opener{ctx: ctx}
	if s.Format == Detect && s.Cache != nil {
		unpacked, err := unpack(ctx, s)
		if err != nil {
			return nil, err
		}
		s.Path = unpacked
	}
	b, format, err := o.open(s.Path, s.ReadOnly, s.Format)
	if err != nil {
		return nil, err
	}
	return &Disk{b, format, s.Path, o.chain[1:]}, nil
}

// unpack returns the path of what is in a packed file, or of the file itself if it is none.
func unpack(ctx context.Context, s Spec) (string, error) {
	file, err := blk.Open(s.Path, true)
	if err != nil {
		return s.Path, nil // to open it as a disk says what there is to say
	}
	path, err := s.Path, nil
	if head, headErr := beginning(s.Path, file); headErr == nil && packed.Is(head) {
		if s.ReadOnly {
			path, err = s.Cache.Open(ctx, s.Path, file, s.Told)
		} else {
			err = errors.New("is packed, and can only be read; add ,overlay or ,readonly, or ,format=raw if these bytes are the disk's own")
		}
	}
	if err != nil {
		err = fmt.Errorf("drive %s: %w", s.Path, err)
	}
	return path, errors.Join(err, file.Close())
}

// opener opens the files of one disk.
type opener struct {
	ctx   context.Context
	chain []string
	seen  []os.FileInfo
}

// open opens a file and what lies below it. When it fails everything is closed.
func (o *opener) open(path string, readOnly bool, format Format) (blk.Backend, Format, error) {
	if err := o.enter(path); err != nil {
		return nil, "", err
	}
	file, err := blk.Open(path, readOnly)
	if err != nil {
		return nil, "", err
	}
	guessed := format == Detect
	if guessed {
		if format, err = detect(path, file); err != nil {
			return nil, "", errors.Join(err, file.Close())
		}
	}
	switch format {
	case Raw:
		return file, Raw, nil
	case QCOW2:
		b, err := o.image(path, file, guessed)
		return b, QCOW2, err
	}
	return nil, "", errors.Join(fmt.Errorf("drive %s: the format %s is not known; convert it with: qemu-img convert -O qcow2", path, quoted(string(format))), file.Close())
}

// enter notes a file of the chain.
func (o *opener) enter(path string) error {
	info, err := os.Stat(path)
	if err == nil { // if not, opening it says what there is to say
		if slices.ContainsFunc(o.seen, func(s os.FileInfo) bool { return os.SameFile(s, info) }) {
			return fmt.Errorf("drive %s: its backing files lead back to %s; give the image another one with: qemu-img rebase -u", o.chain[0], path)
		}
		o.seen = append(o.seen, info)
	}
	if o.chain = append(o.chain, path); len(o.chain) > MaxDepth {
		return fmt.Errorf("drive %s: more than %d files lie below each other; put them into one with: qemu-img convert -O qcow2", o.chain[0], MaxDepth)
	}
	return nil
}

// beginning is what a file begins with.
func beginning(path string, b blk.Backend) ([]byte, error) {
	head := make([]byte, min(b.Size(), magic.HeadSize))
	if _, err := b.ReadAt(head, 0); err != nil {
		return nil, fmt.Errorf("drive %s: %w", path, err)
	}
	return head, nil
}

// detect says what a file begins as.
func detect(path string, b blk.Backend) (Format, error) {
	head, err := beginning(path, b)
	if err != nil {
		return "", err
	}
	f, ok := magic.Detect(head)
	switch {
	case !ok:
		return Raw, nil
	case strings.HasPrefix(string(head), qcow2.Magic):
		return QCOW2, nil
	}
	return "", fmt.Errorf("drive %s is %s, and drives are raw or qcow2 images; make one with '%s', or add ,format=raw if these bytes are the disk's own",
		path, f.What, f.Remedy)
}

// image opens a qcow2 image, which owns file then, and its backing file.
func (o *opener) image(path string, file *blk.File, guessed bool) (blk.Backend, error) {
	config := qcow2.Config{Name: "drive " + path}
	h, err := qcow2.ReadHeader(file, file.Size(), config.Name)
	if err == nil && h.Backing != "" {
		config.Backing, err = o.backing(path, h, guessed)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return qcow2.Open(o.ctx, file, config)
}

// backing opens the file that an image names.
func (o *opener) backing(path string, h *qcow2.Header, guessed bool) (qcow2.Backing, error) {
	name := quoted(h.Backing)
	if guessed {
		if len(o.chain) == 1 {
			return nil, fmt.Errorf("drive %s is a qcow2 image with the backing file %s, which the guest could read; add ,format=qcow2 if you trust it", path, name)
		}
		return nil, fmt.Errorf("drive %s: %s has the backing file %s, and what names it does not say its format; say it with: qemu-img rebase -u -F qcow2",
			o.chain[0], path, name)
	}
	below := strings.TrimPrefix(h.Backing, "file:")
	if scheme, _, ok := strings.Cut(below, ":"); ok && !strings.Contains(scheme, "/") {
		return nil, fmt.Errorf("drive %s: its backing file is %s, and only plain names of files are known; give it one with: qemu-img rebase -u", path, name)
	}
	if !filepath.IsAbs(below) {
		below = filepath.Join(filepath.Dir(path), below)
	}
	b, _, err := o.open(below, true, Format(h.BackingFormat))
	if err != nil {
		return nil, fmt.Errorf("below %s: %w", path, err)
	}
	return b, nil
}

// quoted is a text of a file's for people: short, and without anything that a terminal obeys.
func quoted(s string) string {
	const limit = 200
	if len(s) > limit {
		s = s[:limit] + "..."
	}
	return plain.Text(s)
}
