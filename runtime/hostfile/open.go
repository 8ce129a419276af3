package hostfile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// ErrKind reports something that is no regular file.
var ErrKind = errors.New("not a regular file")

// File is a regular file that is open for reading.
type File struct {
	file *os.File
	ctx  context.Context
	// Size is the number of bytes that the file had when it was opened.
	Size int64
}

// step is how much ReadAt reads between two looks at the context, in bytes.
const step = 4 << 20

// Open opens the regular file at path. Reading it fails when ctx ends. The error names the path and a remedy.
func Open(ctx context.Context, path string) (*File, error) {
	info, err := os.Stat(path) // looked at first: to open a device can do something already
	if err != nil {
		return nil, explain(path, err)
	}
	if !info.Mode().IsRegular() {
		return nil, wrongKind(path, info.Mode())
	}
	// It may have been replaced by a named pipe meanwhile, whose other end nobody opens.
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, explain(path, err)
	}
	if info, err = f.Stat(); err != nil {
		return nil, errors.Join(explain(path, err), f.Close())
	}
	if !info.Mode().IsRegular() {
		return nil, errors.Join(wrongKind(path, info.Mode()), f.Close())
	}
	return &File{file: f, ctx: ctx, Size: info.Size()}, nil
}

// ReadAt reads at an offset (io.ReaderAt).
func (f *File) ReadAt(p []byte, off int64) (n int, err error) {
	for {
		if f.ctx.Err() != nil {
			return n, context.Cause(f.ctx)
		}
		k, err := f.file.ReadAt(p[n:min(len(p), n+step)], off+int64(n))
		if n += k; err != nil || n == len(p) {
			return n, err
		}
	}
}

// Close closes the file.
func (f *File) Close() error { return f.file.Close() }

// ReadAll returns the contents of the regular file at path, which has at most limit bytes.
func ReadAll(ctx context.Context, path string, limit int64) ([]byte, error) {
	f, err := Open(ctx, path)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.NewSectionReader(f, 0, limit+1)) // it may grow, and /proc's files say that they are empty
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("%s has more than %d bytes", path, limit)
	}
	return data, errors.Join(err, f.Close())
}

// wrongKind says what there is in place of a file.
func wrongKind(path string, mode fs.FileMode) error {
	what := "a device"
	switch {
	case mode.IsDir():
		what = "a directory"
	case mode&fs.ModeNamedPipe != 0:
		what = "a pipe"
	case mode&fs.ModeSocket != 0:
		what = "a socket"
	}
	return fmt.Errorf("%s: %w but %s; give a file, into which the contents have been copied if need be", path, ErrKind, what)
}

// explain adds a remedy to an error of the operating system.
func explain(path string, err error) error {
	remedy := "check the path"
	if errors.Is(err, fs.ErrPermission) {
		remedy = "change its permissions"
	}
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err // the path is in the message already
	}
	return fmt.Errorf("%s: %w; %s", path, err, remedy)
}
