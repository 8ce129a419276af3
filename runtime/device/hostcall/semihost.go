package hostcall

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"time"
)

// operation carries out a semihosting operation whose parameters are in p, at arg. An
// error makes the result -1 and is what SYS_ERRNO says.
type operation struct {
	name   string
	params int // doublewords at arg
	f      func(c *Calls, m Memory, arg uint64, p []uint64) (uint64, error)
}

const failed = ^uint64(0)

// operations by number ("Semihosting for AArch32 and AArch64", which RISC-V's refers to).
var operations = map[uint64]operation{
	0x01: {"SYS_OPEN", 3, (*Calls).semiOpen},
	0x02: {"SYS_CLOSE", 1, func(c *Calls, _ Memory, _ uint64, p []uint64) (uint64, error) { return 0, c.closeFile(p[0]) }},
	0x03: {"SYS_WRITEC", 0, func(c *Calls, m Memory, arg uint64, _ []uint64) (uint64, error) { return c.print(m, arg, 1) }},
	0x04: {"SYS_WRITE0", 0, (*Calls).semiWrite0},
	0x05: {"SYS_WRITE", 3, (*Calls).semiWrite},
	0x06: {"SYS_READ", 3, (*Calls).semiRead},
	0x07: {"SYS_READC", 0, (*Calls).semiReadC},
	0x08: {"SYS_ISERROR", 1, func(_ *Calls, _ Memory, _ uint64, p []uint64) (uint64, error) { return p[0] >> 63, nil }},
	0x09: {"SYS_ISTTY", 1, (*Calls).semiIsTTY},
	0x0a: {"SYS_SEEK", 2, (*Calls).semiSeek},
	0x0c: {"SYS_FLEN", 1, (*Calls).semiLength},
	0x0d: {"SYS_TMPNAM", 3, (*Calls).semiTemporary},
	0x0e: {"SYS_REMOVE", 2, (*Calls).semiRemove},
	0x0f: {"SYS_RENAME", 4, (*Calls).semiRename},
	0x10: {"SYS_CLOCK", 0, func(c *Calls, _ Memory, _ uint64, _ []uint64) (uint64, error) {
		return c.env.Ticks() / (c.env.Frequency / 100), nil
	}},
	0x11: {"SYS_TIME", 0, func(*Calls, Memory, uint64, []uint64) (uint64, error) { return uint64(time.Now().Unix()), nil }},
	0x12: {"SYS_SYSTEM", 0, func(*Calls, Memory, uint64, []uint64) (uint64, error) { return 0, syscall.EPERM }},
	0x13: {"SYS_ERRNO", 0, func(c *Calls, _ Memory, _ uint64, _ []uint64) (uint64, error) { return c.errno, nil }},
	0x15: {"SYS_GET_CMDLINE", 2, (*Calls).semiCommand},
	0x16: {"SYS_HEAPINFO", 1, (*Calls).semiHeap},
	0x18: {"SYS_EXIT", 2, (*Calls).semiExit},
	0x20: {"SYS_EXIT_EXTENDED", 2, (*Calls).semiExit},
	0x30: {"SYS_ELAPSED", 0, func(c *Calls, m Memory, arg uint64, _ []uint64) (uint64, error) {
		return 0, store(m, arg, c.env.Ticks())
	}},
	0x31: {"SYS_TICKFREQ", 0, func(c *Calls, _ Memory, _ uint64, _ []uint64) (uint64, error) { return c.env.Frequency, nil }},
}

// Semihost carries out the semihosting operation op and returns its result. It returns
// ErrWait, and no other error, if the program has to ask again.
func (c *Calls) Semihost(m Memory, op, arg uint64) (uint64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	o, ok := operations[op]
	if !ok {
		c.errno = uint64(syscall.ENOSYS)
		return failed, nil
	}
	p, err := load(m, arg, o.params)
	var result uint64
	if err == nil {
		result, err = o.f(c, m, arg, p)
	}
	switch {
	case errors.Is(err, ErrWait):
		return 0, ErrWait
	case err != nil:
		c.errno = number(err)
		return failed, nil
	}
	return result, nil
}

// load reads n doublewords.
func load(m Memory, addr uint64, n int) ([]uint64, error) {
	b := make([]byte, 8*n)
	if n > 0 && !m.Read(addr, b) {
		return nil, syscall.EFAULT
	}
	p := make([]uint64, n)
	for i := range p {
		p[i] = binary.LittleEndian.Uint64(b[8*i:])
	}
	return p, nil
}

// store writes doublewords.
func store(m Memory, addr uint64, p ...uint64) error {
	var b []byte
	for _, v := range p {
		b = binary.LittleEndian.AppendUint64(b, v)
	}
	if !m.Write(addr, b) {
		return syscall.EFAULT
	}
	return nil
}

// print writes n bytes to the console.
func (c *Calls) print(m Memory, addr, n uint64) (uint64, error) {
	_, err := c.write(m, output{c: c}, addr, n)
	return 0, err
}

// semiWrite0 prints up to a zero byte, of maxMove bytes at most.
func (c *Calls) semiWrite0(m Memory, arg uint64, _ []uint64) (uint64, error) {
	var s []byte
	for b := make([]byte, 1); len(s) < maxMove; arg++ {
		if !m.Read(arg, b) {
			return 0, syscall.EFAULT
		}
		if b[0] == 0 {
			break
		}
		s = append(s, b[0])
	}
	_, err := c.env.Output.Write(s)
	return 0, err
}

// features is what a program that opens ":semihosting-features" reads: extended exits,
// and standard output and error apart.
const features = "SHFB\x03"

// modes are the flags for what fopen calls r, r+, w, w+, a and a+; each comes twice, for
// text and binary.
var modes = [...]int{
	os.O_RDONLY, os.O_RDWR, os.O_WRONLY | os.O_CREATE | os.O_TRUNC, os.O_RDWR | os.O_CREATE | os.O_TRUNC,
	os.O_WRONLY | os.O_CREATE | os.O_APPEND, os.O_RDWR | os.O_CREATE | os.O_APPEND,
}

func (c *Calls) semiOpen(m Memory, _ uint64, p []uint64) (uint64, error) {
	path, err := name(m, p[0], p[2])
	if err != nil {
		return 0, err
	}
	mode := p[1]
	switch {
	case mode >= 2*uint64(len(modes)):
		return 0, syscall.EINVAL
	case path == ":tt" && mode < 4:
		return c.enter(input{c: c})
	case path == ":tt":
		return c.enter(output{c: c})
	case path == ":semihosting-features":
		return c.enter(text{strings.NewReader(features)})
	}
	f, err := c.open(path, modes[mode/2], 0o666)
	if err != nil {
		return 0, err
	}
	return c.enter(f)
}

// semiWrite returns how many bytes it has not written.
func (c *Calls) semiWrite(m Memory, _ uint64, p []uint64) (uint64, error) {
	f, err := c.file(p[0])
	if err != nil {
		return 0, err
	}
	n, err := c.write(m, f, p[1], p[2])
	return p[2] - n, err
}

// semiRead returns how many bytes it has not read.
func (c *Calls) semiRead(m Memory, _ uint64, p []uint64) (uint64, error) {
	f, err := c.file(p[0])
	if err != nil {
		return 0, err
	}
	n, err := c.read(m, f, p[1], p[2])
	return p[2] - n, err
}

func (c *Calls) semiReadC(Memory, uint64, []uint64) (uint64, error) {
	var b [1]byte
	n, err := input{c: c}.read(b[:])
	if n == 0 && err == nil {
		err = io.EOF
	}
	return uint64(b[0]), err
}

func (c *Calls) semiIsTTY(_ Memory, _ uint64, p []uint64) (uint64, error) {
	f, err := c.file(p[0])
	if err != nil || !f.terminal() {
		return 0, err
	}
	return 1, nil
}

func (c *Calls) semiSeek(_ Memory, _ uint64, p []uint64) (uint64, error) {
	f, err := c.file(p[0])
	if err == nil {
		_, err = f.seek(int64(p[1]), io.SeekStart)
	}
	return 0, err
}

func (c *Calls) semiLength(_ Memory, _ uint64, p []uint64) (uint64, error) {
	f, err := c.file(p[0])
	if err != nil {
		return 0, err
	}
	n, err := f.length()
	return uint64(n), err
}

// semiTemporary makes up a name.
func (c *Calls) semiTemporary(m Memory, _ uint64, p []uint64) (uint64, error) {
	c.names++
	s := fmt.Sprintf("tmp%d-%d.tmp\x00", p[1]&0xff, c.names)
	if uint64(len(s)) > p[2] || !m.Write(p[0], []byte(s)) {
		return 0, syscall.EFAULT
	}
	return 0, nil
}

// semiRemove and semiRename return an error's number.
func (c *Calls) semiRemove(m Memory, _ uint64, p []uint64) (uint64, error) {
	path, err := name(m, p[0], p[1])
	if err == nil {
		err = c.remove(path)
	}
	return c.told(err), nil
}

func (c *Calls) semiRename(m Memory, _ uint64, p []uint64) (uint64, error) {
	from, err := name(m, p[0], p[1])
	if err != nil {
		return c.told(err), nil
	}
	to, err := name(m, p[2], p[3])
	if err == nil {
		err = c.rename(from, to)
	}
	return c.told(err), nil
}

func (c *Calls) told(err error) uint64 {
	if err == nil {
		return 0
	}
	c.errno = number(err)
	return c.errno
}

// semiCommand writes the program's name, and its length in place of the room for it.
func (c *Calls) semiCommand(m Memory, arg uint64, p []uint64) (uint64, error) {
	s := append([]byte(c.env.Program), 0)
	if uint64(len(s)) > p[1] || !m.Write(p[0], s) {
		return 0, syscall.EFAULT
	}
	return 0, store(m, arg+8, uint64(len(s)-1))
}

// semiHeap leaves it to the program where its heap and its stack are.
func (c *Calls) semiHeap(m Memory, _ uint64, p []uint64) (uint64, error) {
	return 0, store(m, p[0], 0, 0, 0, 0)
}

// semiExit ends the guest: by itself with the code that it gives, or for another reason.
func (c *Calls) semiExit(_ Memory, _ uint64, p []uint64) (uint64, error) {
	const applicationExit = 0x20026
	code := 1
	if p[0] == applicationExit {
		code = int(p[1])
	}
	c.env.Exit(code)
	return 0, ErrWait // for ever
}
