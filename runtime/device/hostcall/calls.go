package hostcall

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"sync"
	"syscall"
	"time"
)

// Memory is the guest's memory as the caller sees it.
type Memory interface {
	// Read fills p from addr, Write writes it there; false if that cannot be done.
	Read(addr uint64, p []byte) bool
	Write(addr uint64, p []byte) bool
}

// Environment is what the calls need of the machine.
type Environment struct {
	// Output takes what the program prints.
	Output io.Writer
	// Input reads what has been typed, without waiting: none is n = 0, and end says that
	// there will be no more.
	Input func(p []byte) (n int, end bool)
	// Exit ends the guest.
	Exit func(code int)
	// Ticks is the machine's time, of which there are Frequency in a second.
	Ticks     func() uint64
	Frequency uint64
	// Program is the name of the program.
	Program string
}

// ErrWait says that the call needs input that is not there yet, and has done nothing.
var ErrWait = errors.New("hostcall: no input yet")

const (
	maxFiles = 64
	// maxMove bounds the bytes that one call reads or writes.
	maxMove = 64 << 10
	// maxName bounds the length of a file's name.
	maxName = 4096
)

// Calls are the calls of one machine.
type Calls struct {
	env   Environment
	began time.Time

	mu    sync.Mutex
	root  *os.Root // nil: no files
	files []file   // protected by mu: by number; nil: free
	errno uint64   // protected by mu: of the semihosting operation that failed last
	names uint64   // protected by mu: temporary names given
}

// New returns the calls of a machine; directory is where its files are, "" for none.
func New(env Environment, directory string) (*Calls, error) {
	c := &Calls{env: env, began: time.Now()}
	if directory != "" {
		root, err := os.OpenRoot(directory)
		if err != nil {
			return nil, err
		}
		c.root = root
	}
	c.standard()
	return c, nil
}

// standard opens the numbers that every program begins with.
func (c *Calls) standard() {
	c.files = []file{input{c: c}, output{c: c}, output{c: c}}
}

// Reset closes what the program has opened.
func (c *Calls) Reset() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var errs []error
	for _, f := range c.files {
		if f != nil {
			errs = append(errs, f.close())
		}
	}
	c.standard()
	c.errno = 0
	return errors.Join(errs...)
}

// Close gives everything back.
func (c *Calls) Close() error {
	err := c.Reset()
	if c.root != nil {
		err = errors.Join(err, c.root.Close())
	}
	return err
}

// file returns the open file of a number.
func (c *Calls) file(n uint64) (file, error) {
	if n >= uint64(len(c.files)) || c.files[n] == nil {
		return nil, syscall.EBADF
	}
	return c.files[n], nil
}

// enter gives a file that has been opened a number.
func (c *Calls) enter(f file) (uint64, error) {
	for n := 3; n < len(c.files); n++ {
		if c.files[n] == nil {
			c.files[n] = f
			return uint64(n), nil
		}
	}
	if len(c.files) == maxFiles {
		return 0, errors.Join(syscall.EMFILE, f.close())
	}
	c.files = append(c.files, f)
	return uint64(len(c.files) - 1), nil
}

// closeFile closes the file of a number.
func (c *Calls) closeFile(n uint64) error {
	f, err := c.file(n)
	if err != nil {
		return err
	}
	if n >= 3 { // the console stays
		c.files[n] = nil
	}
	return f.close()
}

// read reads up to n bytes into the guest's memory.
func (c *Calls) read(m Memory, f file, addr, n uint64) (uint64, error) {
	buf := make([]byte, min(n, maxMove))
	if len(buf) == 0 {
		return 0, nil
	}
	got, err := f.read(buf)
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, err
	}
	if !m.Write(addr, buf[:got]) {
		return 0, syscall.EFAULT
	}
	return uint64(got), nil
}

// write writes up to n bytes of the guest's memory.
func (c *Calls) write(m Memory, f file, addr, n uint64) (uint64, error) {
	buf := make([]byte, min(n, maxMove))
	if !m.Read(addr, buf) {
		return 0, syscall.EFAULT
	}
	put, err := f.write(buf)
	return uint64(put), err
}

// name reads the n bytes of a file's name.
func name(m Memory, addr, n uint64) (string, error) {
	if n > maxName {
		return "", syscall.ENAMETOOLONG
	}
	b := make([]byte, n)
	if !m.Read(addr, b) {
		return "", syscall.EFAULT
	}
	if n > 0 && b[n-1] == 0 { // some count the end
		b = b[:n-1]
	}
	return string(b), nil
}

// number is the error's number in the guest's C library.
func number(err error) uint64 {
	var e syscall.Errno
	switch {
	case errors.As(err, &e):
		return uint64(e)
	case errors.Is(err, fs.ErrNotExist):
		return uint64(syscall.ENOENT)
	case errors.Is(err, fs.ErrPermission):
		return uint64(syscall.EACCES)
	}
	return uint64(syscall.EACCES) // a name that leads out of the directory
}
