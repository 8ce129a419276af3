package share

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// client is a guest's kernel, or who pretends to be one.
type client struct {
	t   testing.TB
	s   *Server
	dir string
	out []byte
}

// shared shares a new directory in which and beside which files are made: inside says what is in it, canary is outside.
func shared(t testing.TB, cfg Config, inside map[string]string) *client {
	t.Helper()
	top := t.TempDir()
	dir := filepath.Join(top, "shared")
	for _, d := range []string{dir, filepath.Join(top, "outside")} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	c := &client{t: t, dir: dir, out: make([]byte, MaxReply)}
	c.host("../outside/canary", "untouched")
	for name, text := range inside {
		c.host(name, text)
	}
	cfg.Dir = dir
	s, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	c.s = s
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	c.must(opInit, 0, u32(7, 38, 1<<20, 0xffff_ffff))
	return c
}

// another is a client of the same server for another goroutine.
func (c *client) another() *client {
	return &client{t: c.t, s: c.s, dir: c.dir, out: make([]byte, MaxReply)}
}

// host writes a file of the host's, by its path from the shared directory.
func (c *client) host(name, text string) {
	c.t.Helper()
	path := filepath.Join(c.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		c.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		c.t.Fatal(err)
	}
}

// read is what the host has in a file.
func (c *client) read(name string) string {
	c.t.Helper()
	b, err := os.ReadFile(filepath.Join(c.dir, name))
	if err != nil {
		c.t.Fatal(err)
	}
	return string(b)
}

func (c *client) stat(name string) (st unix.Stat_t) {
	c.t.Helper()
	if err := unix.Lstat(filepath.Join(c.dir, name), &st); err != nil {
		c.t.Fatalf("%s: %v", name, err)
	}
	return st
}

// settle waits until another change of a file would have another time stamp.
func (c *client) settle(name string) {
	c.t.Helper()
	for st := c.stat(name); time.Since(time.Unix(st.Ctim.Unix())) < timeStamps; {
		time.Sleep(10 * time.Millisecond)
	}
}

func u32(v ...uint32) []byte {
	var p []byte
	for _, v := range v {
		p = le.AppendUint32(p, v)
	}
	return p
}

func u64(v ...uint64) []byte {
	var p []byte
	for _, v := range v {
		p = le.AppendUint64(p, v)
	}
	return p
}

func text(names ...string) []byte {
	var p []byte
	for _, n := range names {
		p = append(append(p, n...), 0)
	}
	return p
}

// message is a request of user 0.
func message(op uint32, node uint64, args ...[]byte) []byte {
	p := make([]byte, HeaderSize)
	for _, a := range args {
		p = append(p, a...)
	}
	le.PutUint32(p, uint32(len(p)))
	le.PutUint32(p[4:], op)
	le.PutUint64(p[8:], 77)
	le.PutUint64(p[16:], node)
	return p
}

// call has a request answered.
func (c *client) call(op uint32, node uint64, args ...[]byte) ([]byte, unix.Errno) {
	c.t.Helper()
	n, known := c.s.Answer(message(op, node, args...), c.out)
	if !known {
		c.t.Fatalf("operation %d is unknown", op)
	}
	if n == 0 {
		return nil, 0
	}
	if n < ReplyHeaderSize || le.Uint32(c.out) != uint32(n) || le.Uint64(c.out[8:]) != 77 {
		c.t.Fatalf("reply of %d bytes to operation %d: % x", n, op, c.out[:ReplyHeaderSize])
	}
	errno := unix.Errno(-int32(le.Uint32(c.out[4:])))
	if errno != 0 && n != ReplyHeaderSize {
		c.t.Fatalf("operation %d: %v with %d bytes", op, errno, n)
	}
	return append([]byte(nil), c.out[ReplyHeaderSize:n]...), errno
}

func (c *client) must(op uint32, node uint64, args ...[]byte) []byte {
	c.t.Helper()
	p, errno := c.call(op, node, args...)
	if errno != 0 {
		c.t.Fatalf("operation %d of node %d: %v", op, node, errno)
	}
	return p
}

// fails wants an error.
func (c *client) fails(want unix.Errno, op uint32, node uint64, args ...[]byte) {
	c.t.Helper()
	if _, errno := c.call(op, node, args...); errno != want {
		c.t.Errorf("operation %d of node %d: %v, want %v", op, node, errno, want)
	}
}

// find looks the names of a path up, one after the other.
func (c *client) find(names ...string) uint64 {
	c.t.Helper()
	id := uint64(rootID)
	for _, n := range names {
		if id = le.Uint64(c.must(opLookup, id, text(n))); id == 0 {
			c.t.Fatalf("there is no %s", n)
		}
	}
	return id
}

func (c *client) open(node uint64, flags uint32) (handle uint64) {
	c.t.Helper()
	return le.Uint64(c.must(opOpen, node, u32(flags, 0)))
}

func (c *client) create(dir uint64, name string, flags, mode uint32) (node, handle uint64) {
	c.t.Helper()
	p := c.must(opCreate, dir, u32(flags, mode, 0, 0), text(name))
	return le.Uint64(p), le.Uint64(p[entrySize:])
}

func readArgs(handle, off uint64, size uint32) []byte {
	return append(append(u64(handle, off), u32(size, 0)...), u64(0, 0)...)
}

func (c *client) write(handle, off uint64, data string) {
	c.t.Helper()
	p := c.must(opWrite, 0, readArgs(handle, off, uint32(len(data))), []byte(data))
	if n := le.Uint32(p); n != uint32(len(data)) {
		c.t.Fatalf("%d bytes of %d written", n, len(data))
	}
}

// setattrArgs are those of SETATTR with some fields set.
func setattrArgs(valid uint32, set func(a []byte)) []byte {
	a := make([]byte, setattrSize)
	le.PutUint32(a, valid)
	set(a)
	return a
}

func modeArgs(mode uint32) []byte {
	return setattrArgs(setMode, func(a []byte) { le.PutUint32(a[68:], mode) })
}

func sizeArgs(size uint64) []byte {
	return setattrArgs(setSize, func(a []byte) { le.PutUint64(a[16:], size) })
}

func timeArgs(t time.Time) []byte {
	return setattrArgs(setMtime|setAtime, func(a []byte) {
		for _, at := range []struct{ sec, nsec int }{{32, 56}, {40, 60}} {
			le.PutUint64(a[at.sec:], uint64(t.Unix()))
			le.PutUint32(a[at.nsec:], uint32(t.Nanosecond()))
		}
	})
}

// untouched wants everything outside to be as it was.
func (c *client) untouched() {
	c.t.Helper()
	entries, err := os.ReadDir(filepath.Join(c.dir, "../outside"))
	if err != nil || len(entries) != 1 {
		c.t.Errorf("outside there are %v, %v", entries, err)
	}
	if got := c.read("../outside/canary"); got != "untouched" {
		c.t.Errorf("the file outside holds %q", got)
	}
	if st := c.stat("../outside/canary"); st.Mode != unix.S_IFREG|0o644 || st.Nlink != 1 {
		c.t.Errorf("the file outside has mode %o and %d names", st.Mode, st.Nlink)
	}
}
