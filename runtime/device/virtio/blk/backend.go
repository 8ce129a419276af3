package blk

import "io"

// SectorSize is the unit of the guest's addresses, in bytes.
const SectorSize = 512

// Backend is a disk's contents. Methods are safe for concurrent use. Offsets and
// lengths are multiples of SectorSize below Size rounded up to one.
type Backend interface {
	// ReadAt fills p; bytes past Size read as zeros.
	io.ReaderAt
	// WriteAt writes all of p or returns an error.
	io.WriterAt
	// Zero makes n bytes read as zeros. unmap says that they need not keep space.
	Zero(off, n int64, unmap bool) error
	// Discard says that n bytes are not needed any more; what they read as
	// afterwards is undefined.
	Discard(off, n int64) error
	// Flush makes completed writes durable.
	Flush() error
	// Size returns the bytes of the disk, which do not change.
	Size() int64
	ReadOnly() bool
	Close() error
}
