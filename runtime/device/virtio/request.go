package virtio

import (
	"fmt"
	"math"
)

// maxPiece bounds one access to guest memory, in bytes, and so how long a reset
// waits for it.
const maxPiece = 1 << 20

// Request is a chain of buffers: a readable part that the driver has filled and
// a writable part that the device fills. Both appear as one run of bytes each,
// however the driver has cut them. A request belongs to the goroutine that popped
// it or was handed it.
type Request struct {
	q                        *Queue
	head                     uint16
	sawWritable              bool
	finished                 bool
	readable, writable       []Segment
	readableLen, writableLen uint64
}

// ReadableLen returns the bytes of the readable part.
func (r *Request) ReadableLen() uint64 { return r.readableLen }

// WritableLen returns the bytes of the writable part.
func (r *Request) WritableLen() uint64 { return r.writableLen }

// Readable calls f with the n bytes of the readable part from off on, piece by
// piece, as guest memory that harts may change meanwhile. A range past the part
// ends at its end. It returns ErrReset, or f's first error. f must not call
// methods of the request.
func (r *Request) Readable(off, n uint64, f func(p []byte) error) error {
	return r.each(r.readable, off, n, false, f)
}

// Writable is Readable for the writable part; f fills the pieces.
func (r *Request) Writable(off, n uint64, f func(p []byte) error) error {
	return r.each(r.writable, off, n, true, f)
}

func (r *Request) each(segs []Segment, off, n uint64, write bool, f func([]byte) error) error {
	for _, s := range segs {
		size := uint64(s.Len)
		if off >= size {
			off -= size
			continue
		}
		for off < size && n > 0 {
			piece := min(size-off, n, maxPiece)
			if err := r.access(s.Addr+off, piece, write, f); err != nil {
				return err
			}
			off, n = off+piece, n-piece
		}
		if n == 0 {
			break
		}
		off = 0
	}
	return nil
}

// access is one access to guest memory, shut out after a reset.
func (r *Request) access(pa, n uint64, write bool, f func([]byte) error) error {
	q := r.q
	q.life.RLock()
	defer q.life.RUnlock()
	if q.dead {
		return ErrReset
	}
	p, err := q.mem.Slice(pa, n)
	if err != nil {
		panic(fmt.Sprintf("BUG: segment checked when popped: %v", err))
	}
	err = f(p)
	if write {
		q.mem.NoteWrite(pa, n)
	}
	return err
}

// Err returns ErrReset once the driver has taken the request's queue back, or the device
// was aborted. Work that touches no guest memory asks it between its steps.
func (r *Request) Err() error {
	r.q.life.RLock()
	defer r.q.life.RUnlock()
	if r.q.dead {
		return ErrReset
	}
	return nil
}

// CopyOut copies the readable part from off on into p and returns how many bytes
// there were.
func (r *Request) CopyOut(p []byte, off uint64) (n int, err error) {
	err = r.Readable(off, uint64(len(p)), func(b []byte) error {
		n += copy(p[n:], b)
		return nil
	})
	return n, err
}

// CopyIn copies p into the writable part from off on and returns how many bytes
// fitted.
func (r *Request) CopyIn(off uint64, p []byte) (n int, err error) {
	err = r.Writable(off, uint64(len(p)), func(b []byte) error {
		n += copy(b, p[n:])
		return nil
	})
	return n, err
}

// Complete gives the request back to the driver with written bytes of the
// writable part filled. After a reset it does nothing.
func (r *Request) Complete(written uint64) {
	q := r.q
	q.life.RLock()
	defer q.life.RUnlock()
	if r.finished {
		panic("BUG: virtio request completed twice")
	}
	r.finished = true
	if !q.dead {
		q.complete(used{r.head, uint32(min(written, math.MaxUint32))})
	}
}

// Reject drops a request that cannot be answered, because the device type does not
// allow it (ErrProtocol) or the host failed: the device needs a reset, and Fault
// tells err.
func (r *Request) Reject(err error) {
	q := r.q
	q.life.RLock()
	defer q.life.RUnlock()
	if q.dead {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.finished()
	q.fail(err)
}
