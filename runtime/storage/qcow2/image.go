package qcow2

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"
)

// File is what an image lies in. Its methods are safe for concurrent use.
type File interface {
	// ReadAt fills p, with zeros past the file's end.
	io.ReaderAt
	// WriteAt writes all of p, and extends the file where need be.
	io.WriterAt
	// Discard says that n bytes are not needed any more.
	Discard(off, n int64) error
	// Flush makes what was written durable.
	Flush() error
	// Size is the number of bytes that the file had when it was opened.
	Size() int64
	ReadOnly() bool
	Close() error
}

// Backing is the disk below an image. Its methods are safe for concurrent use.
type Backing interface {
	// ReadAt fills p from below Size.
	io.ReaderAt
	Size() int64
	Close() error
}

// Config is how an image is opened.
type Config struct {
	// Name is the file's, for errors.
	Name string
	// Backing is the disk that Header.Backing names. The image owns it.
	Backing Backing
}

// Image is an open image: a disk.
type Image struct {
	file    File
	backing Backing // nil: none
	name    string
	h       *Header
	bits    uint
	cluster int64

	flushing sync.Mutex
	inUse    sync.RWMutex
	mu       sync.RWMutex

	// Guarded by mu.
	l1        []uint64
	l1Changed map[int]struct{} // entries that differ from the file's
	cache     tables
	refs      refcounts // of an image that is written
	freed     []int64   // clusters that have lost a reference which the file still has
	fileEnd   int64     // nothing in the file lies behind this offset

	unpacked unpacked
}

// Open opens the image in file, for writing if the file is. It checks the whole image in that case, for as long as ctx
// lasts. It owns file and cfg.Backing, also when it fails.
func Open(ctx context.Context, file File, cfg Config) (*Image, error) {
	im, err := open(ctx, file, cfg)
	if err != nil {
		err = errors.Join(err, file.Close())
		if cfg.Backing != nil {
			err = errors.Join(err, cfg.Backing.Close())
		}
		return nil, err
	}
	return im, nil
}

func open(ctx context.Context, file File, cfg Config) (*Image, error) {
	h, err := ReadHeader(file, file.Size(), cfg.Name)
	if err != nil {
		return nil, err
	}
	im := &Image{
		file: file, backing: cfg.Backing, name: cfg.Name, h: h, bits: uint(h.ClusterBits), cluster: 1 << h.ClusterBits,
		l1Changed: map[int]struct{}{}, fileEnd: file.Size(),
	}
	if (h.Backing != "") != (cfg.Backing != nil) {
		return nil, fmt.Errorf("%s: its backing file %q must be opened with it", cfg.Name, h.Backing)
	}
	im.cache.init(im.cluster)
	im.unpacked.init(im.cluster, h.compression)
	if im.l1, err = im.readTable(h.l1Offset, int(h.l1Size)); err != nil {
		return nil, im.wrap(err)
	}
	if !file.ReadOnly() {
		if err := im.prepareToWrite(ctx); err != nil {
			return nil, im.wrap(err)
		}
	}
	return im, nil
}

// prepareToWrite checks that the image can be written to.
func (im *Image) prepareToWrite(ctx context.Context) error {
	switch {
	case im.h.corrupt:
		return corrupt("it is marked so; attach it read-only or with an overlay to save what is in it")
	case im.h.Dirty:
		return unsupported("it was not closed, and its refcounts may be wrong; repair it with 'qemu-img check -r all', or attach it read-only or with an overlay")
	}
	r, err := im.check(ctx)
	if err != nil {
		return err
	}
	if len(r.Faults) > 0 {
		return corrupt("%s; repair it with 'qemu-img check -r all', or attach it read-only or with an overlay", r.Faults[0])
	}
	im.refs.chooseHint()
	if im.h.autoclear == 0 {
		return nil
	}
	_, err = im.file.WriteAt(make([]byte, 8), offAutoclear)
	return err
}

// wrap adds the file's name.
func (im *Image) wrap(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", im.name, err)
}

// readTable reads n entries of 8 bytes.
func (im *Image) readTable(off int64, n int) ([]uint64, error) {
	raw := make([]byte, 8*n)
	if _, err := im.file.ReadAt(raw, off); err != nil {
		return nil, err
	}
	table := make([]uint64, n)
	for i := range table {
		table[i] = binary.BigEndian.Uint64(raw[8*i:])
	}
	return table, nil
}

func appendEntries(raw []byte, entries []uint64) []byte {
	for _, e := range entries {
		raw = binary.BigEndian.AppendUint64(raw, e)
	}
	return raw
}

// Header returns what the image says of itself.
func (im *Image) Header() Header { return *im.h }

// Size returns the bytes of the disk.
func (im *Image) Size() int64 { return im.h.Size }

// ReadOnly reports whether the image was opened so.
func (im *Image) ReadOnly() bool { return im.file.ReadOnly() }

// Close flushes the image and closes what it lies in and on.
func (im *Image) Close() error {
	err := im.Flush()
	err = errors.Join(err, im.file.Close())
	if im.backing != nil {
		err = errors.Join(err, im.backing.Close())
	}
	return err
}
