package hostcall

import (
	"io/fs"
	"os"
	"strings"
	"syscall"
)

// file is what a number of the program stands for.
type file interface {
	read(p []byte) (int, error)
	write(p []byte) (int, error)
	// seek moves to an offset from a beginning, as io.Seeker has them.
	seek(off int64, whence int) (int64, error)
	length() (int64, error)
	terminal() bool
	close() error
}

// console is what input and output have in common.
type console struct{}

func (console) seek(int64, int) (int64, error) { return 0, syscall.ESPIPE }
func (console) length() (int64, error)         { return 0, nil }
func (console) terminal() bool                 { return true }
func (console) close() error                   { return nil }

// input is the console's.
type input struct {
	console
	c *Calls
}

func (i input) read(p []byte) (int, error) {
	n, end := i.c.env.Input(p)
	if n == 0 && !end {
		return 0, ErrWait
	}
	return n, nil
}

func (input) write([]byte) (int, error) { return 0, syscall.EBADF }

// output is the console's.
type output struct {
	console
	c *Calls
}

func (output) read([]byte) (int, error)      { return 0, syscall.EBADF }
func (o output) write(p []byte) (int, error) { return o.c.env.Output.Write(p) }

// text is a file of this package's own.
type text struct{ *strings.Reader }

func (t text) read(p []byte) (int, error)                { return t.Read(p) }
func (text) write([]byte) (int, error)                   { return 0, syscall.EBADF }
func (t text) seek(off int64, whence int) (int64, error) { return t.Seek(off, whence) }
func (t text) length() (int64, error)                    { return t.Size(), nil }
func (text) terminal() bool                              { return false }
func (text) close() error                                { return nil }

// stored is a file of the host.
type stored struct{ f *os.File }

func (s stored) read(p []byte) (int, error)                { return s.f.Read(p) }
func (s stored) write(p []byte) (int, error)               { return s.f.Write(p) }
func (s stored) seek(off int64, whence int) (int64, error) { return s.f.Seek(off, whence) }
func (stored) terminal() bool                              { return false }
func (s stored) close() error                              { return s.f.Close() }

func (s stored) length() (int64, error) {
	info, err := s.f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// below is a name as one below the directory.
func below(name string) string {
	if name = strings.TrimLeft(name, "/"); name == "" {
		return "."
	}
	return name
}

// open opens a regular file below the directory. It does not wait for the other end of a
// pipe.
func (c *Calls) open(name string, flag int, mode fs.FileMode) (file, error) {
	if c.root == nil {
		return nil, syscall.EACCES
	}
	const known = os.O_RDONLY | os.O_WRONLY | os.O_RDWR | os.O_CREATE | os.O_EXCL | os.O_TRUNC | os.O_APPEND
	f, err := c.root.OpenFile(below(name), flag&known|syscall.O_NONBLOCK, mode&0o777)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		_ = f.Close()
		if err == nil {
			err = syscall.EACCES
		}
		return nil, err
	}
	return stored{f}, nil
}

func (c *Calls) remove(name string) error {
	if c.root == nil {
		return syscall.EACCES
	}
	return c.root.Remove(below(name))
}

func (c *Calls) rename(from, to string) error {
	if c.root == nil {
		return syscall.EACCES
	}
	return c.root.Rename(below(from), below(to))
}
