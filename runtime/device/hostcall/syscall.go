package hostcall

import (
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// Numbers of system calls, which are Linux's, and one of fesvr's.
const (
	sysUnlinkat    = 35
	sysRenameat    = 38
	sysFtruncate   = 46
	sysFaccessat   = 48
	sysOpenat      = 56
	sysClose       = 57
	sysLseek       = 62
	sysRead        = 63
	sysWrite       = 64
	sysPread       = 67
	sysPwrite      = 68
	sysFstatat     = 79
	sysFstat       = 80
	sysExit        = 93
	sysExitGroup   = 94
	sysGetmainvars = 2011
)

// Words is the number of doublewords of a system call: its number, which the result takes
// the place of, and its arguments.
const Words = 8

// System carries out the system call in w and returns its result, an error's number
// negated. It returns ErrWait, and no other error, if it is to be asked again.
func (c *Calls) System(m Memory, w [Words]uint64) (uint64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	result, err := c.system(m, w[0], w[1:])
	switch {
	case errors.Is(err, ErrWait):
		return 0, ErrWait
	case err != nil:
		return -number(err), nil
	}
	return result, nil
}

func (c *Calls) system(m Memory, call uint64, a []uint64) (uint64, error) {
	switch call {
	case sysExit, sysExitGroup:
		c.env.Exit(int(a[0]))
		return 0, ErrWait // for ever
	case sysOpenat: // directory, name, its length, flags, mode
		path, err := name(m, a[1], a[2])
		if err != nil {
			return 0, err
		}
		f, err := c.open(path, int(a[3]), fs.FileMode(a[4]))
		if err != nil {
			return 0, err
		}
		return c.enter(f)
	case sysUnlinkat: // directory, name, its length
		path, err := name(m, a[1], a[2])
		if err != nil {
			return 0, err
		}
		return 0, c.remove(path)
	case sysRenameat: // directory, name, its length, and the same of the new name
		from, err := name(m, a[1], a[2])
		if err != nil {
			return 0, err
		}
		to, err := name(m, a[4], a[5])
		if err != nil {
			return 0, err
		}
		return 0, c.rename(from, to)
	case sysFaccessat:
		_, err := c.stat(m, a[1], a[2])
		return 0, err
	case sysFstatat: // directory, name, its length, where to
		info, err := c.stat(m, a[1], a[2])
		if err != nil {
			return 0, err
		}
		return 0, putStat(m, a[3], info.Size(), false)
	case sysGetmainvars:
		return 0, c.mainArguments(m, a[0], a[1])
	case sysClose:
		return 0, c.closeFile(a[0])
	case sysLseek, sysRead, sysWrite, sysPread, sysPwrite, sysFstat, sysFtruncate:
		f, err := c.file(a[0])
		if err != nil {
			return 0, err
		}
		return c.onFile(m, f, call, a[1:])
	}
	return 0, syscall.ENOSYS
}

// onFile carries out a system call on an open file.
func (c *Calls) onFile(m Memory, f file, call uint64, a []uint64) (uint64, error) {
	switch call {
	case sysRead:
		return c.read(m, f, a[0], a[1])
	case sysWrite:
		return c.write(m, f, a[0], a[1])
	case sysLseek:
		if a[1] > io.SeekEnd {
			return 0, syscall.EINVAL
		}
		at, err := f.seek(int64(a[0]), int(a[1]))
		return uint64(at), err
	case sysFstat:
		n, err := f.length()
		if err != nil {
			return 0, err
		}
		return 0, putStat(m, a[0], n, f.terminal())
	}
	s, ok := f.(stored)
	if !ok {
		return 0, syscall.ESPIPE
	}
	switch call {
	case sysFtruncate:
		return 0, s.f.Truncate(int64(a[0]))
	case sysPread:
		return c.read(m, at{s, int64(a[2])}, a[0], a[1])
	}
	return c.write(m, at{s, int64(a[2])}, a[0], a[1])
}

// at is a file from an offset on.
type at struct {
	stored
	off int64
}

func (a at) read(p []byte) (int, error)  { return a.f.ReadAt(p, a.off) }
func (a at) write(p []byte) (int, error) { return a.f.WriteAt(p, a.off) }

func (c *Calls) stat(m Memory, addr, n uint64) (os.FileInfo, error) {
	path, err := name(m, addr, n)
	if err != nil {
		return nil, err
	}
	if c.root == nil {
		return nil, syscall.ENOENT
	}
	return c.root.Stat(below(path))
}

// putStat writes a struct stat: what programs look at is the kind and the size.
func putStat(m Memory, addr uint64, size int64, terminal bool) error {
	const (
		character = 0o020000
		regular   = 0o100000
	)
	b := make([]byte, 128)
	le := binary.LittleEndian
	mode := uint32(regular | 0o644)
	if terminal {
		mode = character | 0o620
	}
	le.PutUint32(b[16:], mode)
	le.PutUint32(b[20:], 1) // links
	le.PutUint64(b[48:], uint64(size))
	le.PutUint32(b[56:], 512) // block size
	le.PutUint64(b[64:], uint64(size+511)/512)
	if !m.Write(addr, b) {
		return syscall.EFAULT
	}
	return nil
}

// mainArguments writes argc, argv with its null pointer, an empty environment, and the
// strings behind them.
func (c *Calls) mainArguments(m Memory, addr, room uint64) error {
	const head = 4 * 8
	b := make([]byte, head, head+len(c.env.Program)+1)
	binary.LittleEndian.PutUint64(b, 1)
	binary.LittleEndian.PutUint64(b[8:], addr+head)
	b = append(append(b, c.env.Program...), 0)
	if uint64(len(b)) > room {
		return syscall.ENOMEM
	}
	if !m.Write(addr, b) {
		return syscall.EFAULT
	}
	return nil
}
