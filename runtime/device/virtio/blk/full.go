package blk

import (
	"errors"
	"time"

	"golang.org/x/sys/unix"

	"github.com/hartwood-vm/hartwood/runtime/device/virtio"
)

// ErrLimit reports an overlay that has grown to its limit.
var ErrLimit = errors.New("the overlay has reached its limit")

// Full is told when the host has no room for what the guest writes. Its methods are safe
// for concurrent use and must not wait for the device.
type Full interface {
	// Begin is told why a write failed. true: it is tried again until it succeeds or is not
	// wanted any more, and the guest learns nothing; false: the guest sees an error.
	Begin(err error) bool
	// End follows each Begin that returned true.
	End()
}

// retryPause is the time between two attempts to write where there was no room.
const retryPause = 500 * time.Millisecond

// isFull says whether err is lack of room, which somebody may make.
func isFull(err error) bool {
	return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) || errors.Is(err, unix.EFBIG) || errors.Is(err, ErrLimit)
}

// persist has write, which can be repeated, put something on the disk for r. Where there
// is no room it asks Config.Full what to do.
func (d *Device) persist(r *virtio.Request, write func() error) error {
	err := write()
	if !isFull(err) || d.full == nil || !d.full.Begin(err) {
		return err
	}
	defer d.full.End()
	for {
		select {
		case <-time.After(retryPause):
		case <-d.ending.Aborted():
			return virtio.ErrReset
		}
		if err := r.Err(); err != nil {
			return err
		}
		if err = write(); !isFull(err) {
			return err
		}
	}
}
