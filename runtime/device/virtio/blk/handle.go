package blk

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/hartwood-vm/hartwood/runtime/device/virtio"
)

// Request types and statuses, chapter 5.2.6.
const (
	typeIn          = 0
	typeOut         = 1
	typeFlush       = 4
	typeGetID       = 8
	typeDiscard     = 11
	typeWriteZeroes = 13

	statusOK     = 0
	statusIOErr  = 1
	statusUnsupp = 2

	headerLen  = 16 // type, reserved, sector
	rangeLen   = 16 // sector, count, flags
	flagUnmap  = 1
	bufferSize = 256 << 10

	// maxTransfer bounds the data of one request, in bytes: far more than any
	// driver asks for.
	maxTransfer = 1 << 30

	// rangeStep is how much is discarded or zeroed between two looks at whether the
	// request is still wanted, in bytes.
	rangeStep = 4 << 20
)

// errUnsupported ends a request with status UNSUPP; every other error but
// virtio.ErrReset ends it with IOERR.
var (
	errUnsupported = errors.New("request not supported")
	errRequest     = errors.New("impossible request")
	errNoRequest   = fmt.Errorf("%w: block request without header or status", virtio.ErrProtocol)
)

// handle serves one request and gives it back.
func (d *Device) handle(q *virtio.Queue, r *virtio.Request) {
	if r.ReadableLen() < headerLen || r.WritableLen() < 1 {
		r.Reject(errNoRequest)
		return
	}
	var header [headerLen]byte
	if _, err := r.CopyOut(header[:], 0); err != nil {
		return // only a reset ends a copy
	}
	room := r.WritableLen() - 1
	written, err := d.perform(q, r, binary.LittleEndian.Uint32(header[:]), binary.LittleEndian.Uint64(header[8:]))
	status := byte(statusOK)
	switch {
	case errors.Is(err, virtio.ErrReset):
		return
	case errors.Is(err, errUnsupported):
		status = statusUnsupp
	case err != nil:
		status = statusIOErr
	}
	if _, err := r.CopyIn(room, []byte{status}); err != nil {
		return
	}
	if written == room {
		written++ // the status follows without a gap
	}
	r.Complete(written)
}

// perform carries a request out and returns how many bytes of its writable part
// it has filled.
func (d *Device) perform(q *virtio.Queue, r *virtio.Request, kind uint32, sector uint64) (written uint64, err error) {
	switch kind {
	case typeIn:
		return d.read(r, sector)
	case typeOut:
		if err = d.write(r, sector); err == nil && q.Features()&FeatureFlush == 0 {
			err = d.backend.Flush()
		}
	case typeFlush:
		err = d.backend.Flush()
	case typeGetID:
		var id [idLen]byte
		copy(id[:], d.serial)
		n, err := r.CopyIn(0, id[:min(idLen, r.WritableLen()-1)])
		return uint64(n), err
	case typeDiscard, typeWriteZeroes:
		err = d.ranges(r, kind)
	default:
		err = errUnsupported
	}
	return 0, err
}

// extent checks that n bytes from sector on lie on the disk and returns their offset.
func (d *Device) extent(sector, n uint64) (off int64, err error) {
	count := n / SectorSize
	if n%SectorSize != 0 || sector > d.sectors || count > d.sectors-sector {
		return 0, errRequest
	}
	return int64(sector * SectorSize), nil
}

func (d *Device) read(r *virtio.Request, sector uint64) (done uint64, err error) {
	n := r.WritableLen() - 1
	off, err := d.extent(sector, n)
	if err != nil || n > maxTransfer {
		return 0, errRequest
	}
	buf := d.buffers.Get().(*[]byte)
	defer d.buffers.Put(buf)
	for done < n {
		p := (*buf)[:min(n-done, bufferSize)]
		if _, err := d.backend.ReadAt(p, off+int64(done)); err != nil {
			return done, err
		}
		if _, err := r.CopyIn(done, p); err != nil {
			return done, err
		}
		done += uint64(len(p))
	}
	return done, nil
}

func (d *Device) write(r *virtio.Request, sector uint64) error {
	n := r.ReadableLen() - headerLen
	off, err := d.extent(sector, n)
	if err != nil || n > maxTransfer || d.backend.ReadOnly() {
		return errRequest
	}
	buf := d.buffers.Get().(*[]byte)
	defer d.buffers.Put(buf)
	for done := uint64(0); done < n; {
		p := (*buf)[:min(n-done, bufferSize)]
		if _, err := r.CopyOut(p, headerLen+done); err != nil {
			return err
		}
		err := d.persist(r, func() error {
			_, err := d.backend.WriteAt(p, off+int64(done))
			return err
		})
		if err != nil {
			return err
		}
		done += uint64(len(p))
	}
	return nil
}

// ranges is DISCARD and WRITE_ZEROES: all segments are checked before the first
// is done.
func (d *Device) ranges(r *virtio.Request, kind uint32) error {
	n := r.ReadableLen() - headerLen
	if n == 0 || n%rangeLen != 0 || n > maxRangeSegments*rangeLen {
		return errRequest
	}
	if d.backend.ReadOnly() {
		return errRequest
	}
	var raw [maxRangeSegments * rangeLen]byte
	if _, err := r.CopyOut(raw[:n], headerLen); err != nil {
		return err
	}
	for _, check := range []bool{true, false} {
		for p := raw[:n]; len(p) > 0; p = p[rangeLen:] {
			if err := d.oneRange(r, p, kind, check); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *Device) oneRange(r *virtio.Request, p []byte, kind uint32, checkOnly bool) error {
	le := binary.LittleEndian
	sector, count, flags := le.Uint64(p), uint64(le.Uint32(p[8:])), le.Uint32(p[12:])
	limit, allowed := uint64(maxDiscardSectors), uint32(0)
	if kind == typeWriteZeroes {
		limit, allowed = maxZeroSectors, flagUnmap
	}
	if flags&^allowed != 0 {
		return errUnsupported
	}
	off, err := d.extent(sector, count*SectorSize)
	if err != nil || count > limit {
		return errRequest
	}
	if checkOnly || count == 0 {
		return nil
	}
	return pieces(off, int64(count*SectorSize), rangeStep, func(off, n int64) error {
		if err := r.Err(); err != nil {
			return err
		}
		if kind == typeDiscard {
			return d.persist(r, func() error { return d.backend.Discard(off, n) })
		}
		return d.persist(r, func() error { return d.backend.Zero(off, n, flags&flagUnmap != 0) })
	})
}

// pieces calls f for each part of [off, off+n) that lies in one block of the given size.
func pieces(off, n, block int64, f func(off, n int64) error) error {
	for end := off + n; off < end; {
		k := min(block-off%block, end-off)
		if err := f(off, k); err != nil {
			return err
		}
		off += k
	}
	return nil
}
