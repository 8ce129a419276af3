package blk

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// maxOverlay bounds each bitmap of an overlay to 128 MiB.
const maxOverlay = 4 << 40

// blockSize is the unit in which an overlay keeps changes, in bytes.
const blockSize = 4096

// Overlay is a disk whose writes do not reach the disk below it.
type Overlay struct {
	base    Backend
	scratch *tempFile
	changed bitmap // blocks that live in scratch

	// grow keeps the first partial write of a block, which copies the rest of
	// it from the base, and holes, which give room back (both exclusive), apart from
	// other writes (shared).
	grow sync.RWMutex

	limit int64 // blocks that scratch may hold; 0: any number, and stored is not kept

	room   sync.Mutex
	stored bitmap // blocks that take room in scratch; protected by room
	used   int64  // how many; protected by room
}

// NewOverlay puts an overlay over base, which it owns and never writes. The changed
// blocks go to a temporary file in dir, or in the host's directory for such files if
// dir is empty. The file has no name and is gone when the machine is. It takes at most
// limit bytes, rounded down to blocks of 4 KiB; 0: as much as the disk has.
func NewOverlay(base Backend, dir string, limit int64) (*Overlay, error) {
	if base.Size() > maxOverlay {
		return nil, fmt.Errorf("overlay: the disk has %d bytes, and an overlay at most %d; attach it read-only instead",
			base.Size(), int64(maxOverlay))
	}
	f, err := newTempFile(dir)
	if err != nil {
		return nil, fmt.Errorf("overlay: %w; give a writable directory with room for the changed blocks", err)
	}
	blocks := (base.Size() + blockSize - 1) / blockSize
	o := &Overlay{base: base, scratch: f, changed: newBitmap(blocks)}
	if limit > 0 {
		o.limit, o.stored = max(limit/blockSize, 1), newBitmap(blocks)
	}
	return o, nil
}

// reserve makes room for n blocks from block on, or returns ErrLimit and changes nothing.
// Caller holds grow.
func (o *Overlay) reserve(block, n int64) error {
	if o.limit == 0 {
		return nil
	}
	o.room.Lock()
	defer o.room.Unlock()
	fresh := int64(0)
	for i := range n {
		if !o.stored.has(block + i) {
			fresh++
		}
	}
	if o.used+fresh > o.limit {
		return ErrLimit
	}
	o.used += fresh
	o.stored.mark(block, n)
	return nil
}

// giveBack tells that n blocks from block on take no room any more. Caller holds grow
// exclusively.
func (o *Overlay) giveBack(block, n int64) {
	if o.limit == 0 {
		return
	}
	o.room.Lock()
	defer o.room.Unlock()
	o.used -= o.stored.clear(block, n)
}

// ReadAt reads runs of blocks from where they live.
func (o *Overlay) ReadAt(p []byte, off int64) (int, error) {
	for done := 0; done < len(p); {
		here := o.changed.has((off + int64(done)) / blockSize)
		end := done
		for end < len(p) && o.changed.has((off+int64(end))/blockSize) == here {
			end = min(len(p), end+int(blockSize-(off+int64(end))%blockSize))
		}
		var from io.ReaderAt = o.base
		if here {
			from = o.scratch
		}
		if _, err := from.ReadAt(p[done:end], off+int64(done)); err != nil {
			return done, err
		}
		done = end
	}
	return len(p), nil
}

// WriteAt writes whole blocks at once and the ragged ends apart.
func (o *Overlay) WriteAt(p []byte, off int64) (int, error) {
	err := o.split(off, int64(len(p)),
		func(at, n int64) error { return o.writeWhole(p[at-off:at-off+n], at) },
		func(at, n int64) error { return o.writePart(p[at-off:at-off+n], at) })
	if err != nil {
		return 0, err
	}
	return len(p), nil
}

// split cuts [off, off+n) into runs of whole blocks and parts of one block.
func (o *Overlay) split(off, n int64, whole, part func(at, n int64) error) error {
	for end := off + n; off < end; {
		k := min(blockSize-off%blockSize, end-off)
		f := part
		if k == blockSize {
			k = (end - off) / blockSize * blockSize
			f = whole
		}
		if err := f(off, k); err != nil {
			return err
		}
		off += k
	}
	return nil
}

func (o *Overlay) writeWhole(p []byte, off int64) error {
	o.grow.RLock()
	defer o.grow.RUnlock()
	if err := o.reserve(off/blockSize, int64(len(p))/blockSize); err != nil {
		return err
	}
	if _, err := o.scratch.WriteAt(p, off); err != nil {
		return err
	}
	o.changed.mark(off/blockSize, int64(len(p))/blockSize)
	return nil
}

func (o *Overlay) writePart(p []byte, off int64) error {
	if o.writeChanged(p, off) {
		return nil
	}
	o.grow.Lock()
	defer o.grow.Unlock()
	block := off / blockSize
	if err := o.reserve(block, 1); err != nil {
		return err
	}
	if !o.changed.has(block) {
		var b [blockSize]byte
		if _, err := o.base.ReadAt(b[:], block*blockSize); err != nil {
			return err
		}
		if _, err := o.scratch.WriteAt(b[:], block*blockSize); err != nil {
			return err
		}
	}
	if _, err := o.scratch.WriteAt(p, off); err != nil {
		return err
	}
	o.changed.mark(block, 1)
	return nil
}

// writeChanged writes into a block that lives in scratch already.
func (o *Overlay) writeChanged(p []byte, off int64) bool {
	o.grow.RLock()
	defer o.grow.RUnlock()
	if !o.changed.has(off/blockSize) || o.reserve(off/blockSize, 1) != nil {
		return false
	}
	_, err := o.scratch.WriteAt(p, off)
	return err == nil // if not, the caller tries again and gets the error
}

// Zero lets whole blocks read as holes of the scratch space.
func (o *Overlay) Zero(off, n int64, _ bool) error {
	return o.split(off, n, o.punchWhole,
		func(at, n int64) error { return o.writePart(make([]byte, n), at) })
}

func (o *Overlay) punchWhole(off, n int64) error {
	o.grow.Lock()
	defer o.grow.Unlock()
	switch err := o.scratch.punch(off, n); {
	case err == nil:
		o.giveBack(off/blockSize, n/blockSize)
	case !unsupported(err):
		return err
	default: // zeros take room here
		if err := o.reserve(off/blockSize, n/blockSize); err != nil {
			return err
		}
		if err := writeZeros(o.scratch, off, n); err != nil {
			return err
		}
	}
	o.changed.mark(off/blockSize, n/blockSize)
	return nil
}

// Discard is Zero, which frees the space.
func (o *Overlay) Discard(off, n int64) error { return o.Zero(off, n, true) }

// Flush does nothing: the changes do not outlive the machine.
func (o *Overlay) Flush() error { return nil }

// Size returns the size of the disk below.
func (o *Overlay) Size() int64 { return o.base.Size() }

// ReadOnly is false, whatever the disk below is.
func (o *Overlay) ReadOnly() bool { return false }

// Close drops the changes and closes the disk below.
func (o *Overlay) Close() error { return errors.Join(o.scratch.Close(), o.base.Close()) }

// tempFile is a file without a name. It holds the changed blocks at the offsets they
// have on the disk; what was never written or was punched reads as zeros.
type tempFile struct{ File }

func newTempFile(dir string) (*tempFile, error) {
	f, err := os.CreateTemp(dir, "hartwood-overlay-*")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		f.Close()
		return nil, err
	}
	return &tempFile{File{f: f}}, nil
}

// punch makes a hole, where the file system can.
func (t *tempFile) punch(off, n int64) error { return t.allocate(unix.FALLOC_FL_PUNCH_HOLE, off, n) }
