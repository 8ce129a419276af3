package blk

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// File is a raw image file or a host block device.
type File struct {
	f        *os.File
	size     int64
	readOnly bool
}

// Open opens an image. It takes an advisory lock (flock) for as long as the image
// is open, shared when read-only and exclusive otherwise, so that no two drives
// write one image. The error says what to do about it.
func Open(path string, readOnly bool) (*File, error) {
	flags := os.O_RDWR
	if readOnly {
		flags = os.O_RDONLY
	}
	// Looking first keeps a named pipe from making the open wait.
	info, err := os.Stat(path)
	if err != nil {
		return nil, driveError(path, err)
	}
	if mode := info.Mode(); !mode.IsRegular() && mode&fs.ModeDevice == 0 || mode&fs.ModeCharDevice != 0 {
		return nil, fmt.Errorf("drive %s: neither a regular file nor a block device; give a raw disk image", path)
	}
	f, err := os.OpenFile(path, flags, 0)
	if err != nil {
		return nil, driveError(path, err)
	}
	d := &File{f: f, readOnly: readOnly}
	if err := d.prepare(path); err != nil {
		f.Close()
		return nil, err
	}
	return d, nil
}

func (d *File) prepare(path string) error {
	size, err := d.f.Seek(0, io.SeekEnd) // also tells a block device's size
	if err != nil {
		return driveError(path, err)
	}
	if size == 0 {
		return fmt.Errorf("drive %s: the file is empty; give it a size, for example with: truncate -s 1G %s", path, path)
	}
	d.size = size
	how := unix.LOCK_EX
	if d.readOnly {
		how = unix.LOCK_SH
	}
	if err := d.control(func(fd int) error { return unix.Flock(fd, how|unix.LOCK_NB) }); errors.Is(err, unix.EWOULDBLOCK) {
		return fmt.Errorf("drive %s: in use by another drive or program; "+
			"stop that one, or attach the image read-only or with an overlay everywhere", path)
	}
	// Other errors: a file system without locks. The image works all the same.
	return nil
}

// driveError adds a remedy to an error of the operating system.
func driveError(path string, err error) error {
	remedy := "check the path and the disk"
	switch {
	case errors.Is(err, fs.ErrNotExist):
		remedy = "check the path, or make an image, for example with: truncate -s 1G " + path
	case errors.Is(err, fs.ErrPermission), errors.Is(err, unix.EROFS):
		remedy = "change its permissions, or attach it read-only or with an overlay"
	}
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err // the path is in the message already
	}
	return fmt.Errorf("drive %s: %w; %s", path, err, remedy)
}

// control runs f with the file's descriptor.
func (d *File) control(f func(fd int) error) error {
	c, err := d.f.SyscallConn()
	if err != nil {
		return err
	}
	var inner error
	if err := c.Control(func(fd uintptr) { inner = f(int(fd)) }); err != nil {
		return err
	}
	return inner
}

// ReadAt reads the image, with zeros past its end.
func (d *File) ReadAt(p []byte, off int64) (int, error) {
	n, err := d.f.ReadAt(p, off)
	if err == io.EOF {
		clear(p[n:])
		return len(p), nil
	}
	return n, err
}

// WriteAt writes the image.
func (d *File) WriteAt(p []byte, off int64) (int, error) { return d.f.WriteAt(p, off) }

// Zero uses the file system's own means where it has any.
func (d *File) Zero(off, n int64, unmap bool) error {
	mode := uint32(unix.FALLOC_FL_ZERO_RANGE)
	if unmap {
		mode = unix.FALLOC_FL_PUNCH_HOLE
	}
	err := d.allocate(mode, off, n)
	if unsupported(err) {
		return writeZeros(d, off, n)
	}
	return err
}

// Discard gives the space back where the file system can.
func (d *File) Discard(off, n int64) error {
	if err := d.allocate(unix.FALLOC_FL_PUNCH_HOLE, off, n); !unsupported(err) {
		return err
	}
	return nil
}

func (d *File) allocate(mode uint32, off, n int64) error {
	return d.control(func(fd int) error {
		for {
			err := unix.Fallocate(fd, mode|unix.FALLOC_FL_KEEP_SIZE, off, n)
			if err != unix.EINTR {
				return err
			}
		}
	})
}

func unsupported(err error) bool {
	return errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.ENODEV)
}

// writeZeros is Zero by writing.
func writeZeros(w io.WriterAt, off, n int64) error {
	zeros := make([]byte, min(n, 1<<18))
	for n > 0 {
		k := min(n, int64(len(zeros)))
		if _, err := w.WriteAt(zeros[:k], off); err != nil {
			return err
		}
		off, n = off+k, n-k
	}
	return nil
}

// Flush is fsync.
func (d *File) Flush() error {
	if d.readOnly {
		return nil
	}
	return d.f.Sync()
}

// Size returns the size that the file had when it was opened.
func (d *File) Size() int64 { return d.size }

// ReadOnly reports whether the image was opened so.
func (d *File) ReadOnly() bool { return d.readOnly }

// Close closes the file, which lets its lock go.
func (d *File) Close() error { return d.f.Close() }
