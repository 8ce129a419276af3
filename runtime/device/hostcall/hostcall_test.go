package hostcall

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// guest is a program's memory from 0 on, its console and its end.
type guest struct {
	t     testing.TB
	mem   [1 << 17]byte
	out   bytes.Buffer
	typed string
	ended bool // the input
	exits []int
	*Calls
}

func (g *guest) Read(addr uint64, p []byte) bool {
	return g.copy(addr, uint64(len(p)), func(b []byte) { copy(p, b) })
}
func (g *guest) Write(addr uint64, p []byte) bool {
	return g.copy(addr, uint64(len(p)), func(b []byte) { copy(b, p) })
}

func (g *guest) copy(addr, n uint64, f func([]byte)) bool {
	if addr > uint64(len(g.mem)) || n > uint64(len(g.mem))-addr {
		return false
	}
	f(g.mem[addr : addr+n])
	return true
}

func newGuest(t testing.TB, dir string) *guest {
	t.Helper()
	g := &guest{t: t}
	var err error
	g.Calls, err = New(Environment{
		Output: &g.out,
		Input: func(p []byte) (int, bool) {
			n := copy(p, g.typed)
			g.typed = g.typed[n:]
			return n, n == 0 && g.ended
		},
		Exit:      func(code int) { g.exits = append(g.exits, code) },
		Ticks:     func() uint64 { return 12_345_678 },
		Frequency: 10_000_000, Program: "prog.elf",
	}, dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := g.Close(); err != nil {
			t.Error(err)
		}
	})
	return g
}

// Where the test puts parameters, strings and data.
const (
	params  = 0x100
	strs    = 0x1000
	another = 0x3000
	buffer  = 0x8000
	nowhere = 1 << 40
)

// semi makes a semihosting call with parameters in a block.
func (g *guest) semi(op uint64, p ...uint64) uint64 {
	g.t.Helper()
	if err := store(g, params, p...); err != nil {
		g.t.Fatal(err)
	}
	v, err := g.Semihost(g, op, params)
	if err != nil {
		g.t.Errorf("operation %#x: %v", op, err)
	}
	return v
}

func (g *guest) put(addr uint64, s string) (uint64, uint64) {
	g.t.Helper()
	if !g.Write(addr, []byte(s)) {
		g.t.Fatal("no memory")
	}
	return addr, uint64(len(s))
}

func (g *guest) open(name string, mode uint64) uint64 {
	g.t.Helper()
	at, n := g.put(strs, name)
	return g.semi(1, at, mode, n)
}

func (g *guest) want(what string, got, want uint64) {
	g.t.Helper()
	if got != want {
		g.t.Errorf("%s: %#x, want %#x; errno %d", what, int64(got), int64(want), g.errno)
	}
}

func TestSemihostingConsole(t *testing.T) {
	g := newGuest(t, "")
	g.put(strs, "zero ended\x00rest")
	if _, err := g.Semihost(g, 4, strs); err != nil {
		t.Error(err)
	}
	if _, err := g.Semihost(g, 3, strs); err != nil {
		t.Error(err)
	}
	out := g.open(":tt", 4)
	g.put(strs, "zero")
	g.want("write", g.semi(5, out, strs, 4), 0)
	g.want("is a terminal", g.semi(9, out), 1)
	g.want("seek", g.semi(10, out, 1), failed)
	g.want("errno", g.semi(0x13), uint64(syscall.ESPIPE))
	g.want("read of output", g.semi(6, out, buffer, 1), failed)
	g.want("close", g.semi(2, out), 0)
	g.want("write to what is closed", g.semi(5, out, strs, 4), failed)
	g.want("errno", g.semi(0x13), uint64(syscall.EBADF))
	if got := g.out.String(); got != "zero endedzzero" {
		t.Errorf("printed %q", got)
	}
	in := g.open(":tt", 0)
	for range 2 {
		if _, err := g.Semihost(g, 7, 0); !errors.Is(err, ErrWait) {
			t.Errorf("a character before one was typed: %v", err)
		}
	}
	g.typed = "abc"
	g.want("character", g.semi(7), 'a')
	g.want("read", g.semi(6, in, buffer, 5), 3)
	if got := string(g.mem[buffer : buffer+2]); got != "bc" {
		t.Errorf("read %q", got)
	}
	g.ended = true
	g.want("read at the end", g.semi(6, in, buffer, 5), 5)
	g.want("character at the end", g.semi(7), failed)
	g.want("write to input", g.semi(5, in, strs, 4), failed)
}

func TestSemihostingRest(t *testing.T) {
	g := newGuest(t, "")
	g.want("clock", g.semi(0x10), 123)
	g.want("frequency", g.semi(0x31), 10_000_000)
	g.want("error", g.semi(8, failed), 1)
	g.want("no error", g.semi(8, 5), 0)
	g.want("shell", g.semi(0x12, strs, 2), failed)
	g.want("unknown operation", g.semi(0x99), failed)
	g.want("errno", g.semi(0x13), uint64(syscall.ENOSYS))
	g.want("ticks", g.semi(0x30), 0)
	p, _ := load(g, params, 1)
	g.want("ticks", p[0], 12_345_678)
	g.want("command", g.semi(0x15, buffer, 100), 0)
	p, _ = load(g, params, 2)
	if got := string(g.mem[buffer : buffer+p[1]+1]); got != "prog.elf\x00" {
		t.Errorf("command line %q", got)
	}
	g.want("command without room", g.semi(0x15, buffer, 8), failed)
	g.want("heap", g.semi(0x16, buffer), 0)
	if p, _ := load(g, buffer, 4); p[0]|p[1]|p[2]|p[3] != 0 {
		t.Errorf("heap and stack %#x", p)
	}
	f := g.open(":semihosting-features", 0)
	g.want("features", g.semi(6, f, buffer, 5), 0)
	if got := string(g.mem[buffer : buffer+5]); got != "SHFB\x03" {
		t.Errorf("features %q", got)
	}
	g.want("parameters nowhere", func() uint64 { v, _ := g.Semihost(g, 5, nowhere); return v }(), failed)
	g.want("text nowhere", g.semi(5, 1, nowhere, 4), failed)
	g.want("errno", g.semi(0x13), uint64(syscall.EFAULT))
	for _, c := range []struct {
		op, reason, code uint64
		want             int
	}{{0x18, 0x20026, 0, 0}, {0x18, 0x20026, 7, 7}, {0x20, 0x20026, 9, 9}, {0x18, 0x20023, 0, 1}} {
		if err := store(g, params, c.reason, c.code); err != nil {
			t.Fatal(err)
		}
		g.exits = nil
		if _, err := g.Semihost(g, c.op, params); !errors.Is(err, ErrWait) || len(g.exits) != 1 || g.exits[0] != c.want {
			t.Errorf("exit %#x for %#x, %d: %v, %v", c.op, c.reason, c.code, g.exits, err)
		}
	}
}

func TestSemihostingFiles(t *testing.T) {
	dir := t.TempDir()
	g := newGuest(t, dir)
	f := g.open("/new.txt", 4)
	g.put(buffer, "one two three")
	g.want("write", g.semi(5, f, buffer, 13), 0)
	g.want("length", g.semi(12, f), 13)
	g.want("is a terminal", g.semi(9, f), 0)
	g.want("close", g.semi(2, f), 0)
	f = g.open("new.txt", 0)
	g.want("seek", g.semi(10, f, 4), 0)
	g.want("read", g.semi(6, f, another, 100), 91)
	if got := string(g.mem[another : another+9]); got != "two three" {
		t.Errorf("read %q", got)
	}
	g.want("write to what is read", g.semi(5, f, buffer, 1), failed)
	g.want("close", g.semi(2, f), 0)
	f = g.open("new.txt", 8)
	g.want("append", g.semi(5, f, buffer, 3), 0)
	g.want("close", g.semi(2, f), 0)
	from, n := g.put(strs, "new.txt")
	to, k := g.put(another, "old.txt")
	g.want("rename", g.semi(15, from, n, to, k), 0)
	if text, err := os.ReadFile(filepath.Join(dir, "old.txt")); err != nil || string(text) != "one two threeone" {
		t.Errorf("file has %q, %v", text, err)
	}
	g.want("remove", g.semi(14, to, k), 0)
	g.want("remove again", g.semi(14, to, k), uint64(syscall.ENOENT))
	g.want("open what is not there", g.open("old.txt", 0), failed)
	g.want("temporary name", g.semi(13, buffer, 3, 100), 0)
	if got := string(g.mem[buffer : buffer+4]); got != "tmp3" {
		t.Errorf("temporary name %q", got)
	}
}

// A program gets at regular files below its directory, and at nothing else.
func TestFilesStayInTheDirectory(t *testing.T) {
	outside, dir := t.TempDir(), t.TempDir()
	secret := filepath.Join(outside, "secret")
	if err := errors.Join(os.WriteFile(secret, []byte("secret"), 0o600), os.Symlink(secret, filepath.Join(dir, "link")),
		os.Symlink(outside, filepath.Join(dir, "way")), syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600)); err != nil {
		t.Fatal(err)
	}
	for _, d := range []string{dir, ""} {
		g := newGuest(t, d)
		for _, name := range []string{"link", "way/secret", "../" + filepath.Base(outside) + "/secret", secret, "pipe", ".", "", "a\x00b", strings.Repeat("x", maxName+1)} {
			for mode := range uint64(14) {
				if f := g.open(name, mode); f != failed {
					t.Errorf("files in %q: %.20q opens in mode %d", d, name, mode)
				}
			}
		}
		at, n := g.put(strs, "way/secret")
		to, k := g.put(another, "mine")
		if g.semi(14, at, n) == 0 || g.semi(15, at, n, to, k) == 0 {
			t.Errorf("files in %q: what lies outside is removed or moved", d)
		}
		if d == "" && g.open("new", 4) != failed {
			t.Error("a file is made without a directory")
		}
	}
	if text, err := os.ReadFile(secret); err != nil || string(text) != "secret" {
		t.Errorf("the file outside has %q, %v", text, err)
	}
}

// What a program can have the host hold is bounded, and a reset gives it back.
func TestCallsAreBounded(t *testing.T) {
	g := newGuest(t, t.TempDir())
	opened := 0
	for i := range 2 * maxFiles {
		if g.open(fmt.Sprint(i), 6) != failed {
			opened++
		}
	}
	if opened != maxFiles-3 || len(g.files) != maxFiles {
		t.Errorf("%d files are opened, the table has %d", opened, len(g.files))
	}
	g.want("large write", g.semi(5, 5, 0, 1<<16+100), 100)
	g.want("large read", g.semi(10, 5, 0)+g.semi(6, 5, 0, 1<<16+7), 7)
	g.want("huge read", g.semi(6, 5, 0, 1<<62), 1<<62)
	if err := g.Reset(); err != nil || len(g.files) != 3 {
		t.Errorf("after a reset %d files are open, %v", len(g.files), err)
	}
	g.put(strs, strings.Repeat("x", len(g.mem)-strs))
	if _, err := g.Semihost(g, 4, strs); err != nil || g.out.Len() != maxMove {
		t.Errorf("%d bytes of a text without end, %v", g.out.Len(), err)
	}
}

// sys makes a system call.
func (g *guest) sys(call uint64, a ...uint64) int64 {
	g.t.Helper()
	w := [Words]uint64{call}
	copy(w[1:], a)
	v, err := g.System(g, w)
	if err != nil {
		g.t.Errorf("call %d: %v", call, err)
	}
	return int64(v)
}

func TestSystemCalls(t *testing.T) {
	g := newGuest(t, t.TempDir())
	wants := func(what string, got int64, want int64) {
		t.Helper()
		g.want(what, uint64(got), uint64(want))
	}
	at, n := g.put(strs, "file\x00")
	g.put(buffer, "0123456789")
	wants("print", g.sys(sysWrite, 1, buffer, 3), 3)
	wants("complain", g.sys(sysWrite, 2, buffer+3, 2), 2)
	if g.out.String() != "01234" {
		t.Errorf("printed %q", g.out.String())
	}
	if _, err := g.System(g, [Words]uint64{sysRead, 0, another, 5}); !errors.Is(err, ErrWait) {
		t.Errorf("read before anything was typed: %v", err)
	}
	g.typed = "key"
	wants("read", g.sys(sysRead, 0, another, 5), 3)
	wants("is there", g.sys(sysFaccessat, 0, at, n, 0), -int64(syscall.ENOENT))
	f := g.sys(sysOpenat, 0, at, n, uint64(os.O_RDWR|os.O_CREATE), 0o644)
	wants("open", f, 3)
	wants("write", g.sys(sysWrite, 3, buffer, 10), 10)
	wants("seek", g.sys(sysLseek, 3, ^uint64(3), 2), 6)
	wants("read", g.sys(sysRead, 3, another, 9), 4)
	wants("read at", g.sys(sysPread, 3, another, 3, 1), 3)
	if got := string(g.mem[another : another+3]); got != "123" {
		t.Errorf("read %q", got)
	}
	wants("write at", g.sys(sysPwrite, 3, buffer, 2, 20), 2)
	wants("status", g.sys(sysFstat, 3, another), 0)
	if s, _ := load(g, another+48, 1); s[0] != 22 || g.mem[another+17]>>4 != 8 {
		t.Errorf("size %d, mode %#x", s[0], g.mem[another+16:another+20])
	}
	wants("status of the console", g.sys(sysFstat, 1, another), 0)
	if g.mem[another+17]>>4 != 2 {
		t.Errorf("mode % x", g.mem[another+16:another+20])
	}
	wants("cut", g.sys(sysFtruncate, 3, 5), 0)
	wants("status by name", g.sys(sysFstatat, 0, at, n, another), 0)
	if s, _ := load(g, another+48, 1); s[0] != 5 {
		t.Errorf("size %d", s[0])
	}
	wants("close", g.sys(sysClose, 3), 0)
	wants("close again", g.sys(sysClose, 3), -int64(syscall.EBADF))
	wants("close the console", g.sys(sysClose, 1), 0)
	wants("print on", g.sys(sysWrite, 1, buffer, 1), 1)
	to, k := g.put(another, "other")
	wants("rename", g.sys(sysRenameat, 0, at, n, 0, to, k), 0)
	wants("remove", g.sys(sysUnlinkat, 0, to, k), 0)
	wants("nowhere", g.sys(sysWrite, 1, nowhere, 3), -int64(syscall.EFAULT))
	wants("cut the console", g.sys(sysFtruncate, 1, 5), -int64(syscall.ESPIPE))
	wants("seek the console", g.sys(sysLseek, 1, 5, 0), -int64(syscall.ESPIPE))
	wants("seek from nowhere", g.sys(sysLseek, 1, 5, 7), -int64(syscall.EINVAL))
	wants("unknown", g.sys(4000), -int64(syscall.ENOSYS))
	wants("arguments", g.sys(sysGetmainvars, buffer, 64), 0)
	p, _ := load(g, buffer, 4)
	if p[0] != 1 || p[2]|p[3] != 0 || string(g.mem[p[1]:p[1]+9]) != "prog.elf\x00" {
		t.Errorf("arguments %#x", p)
	}
	wants("arguments without room", g.sys(sysGetmainvars, buffer, 40), -int64(syscall.ENOMEM))
	if _, err := g.System(g, [Words]uint64{sysExit, 6}); !errors.Is(err, ErrWait) || len(g.exits) != 1 || g.exits[0] != 6 {
		t.Errorf("exit: %v, %v", g.exits, err)
	}
}

// A directory that is not there is an error.
func TestNoDirectory(t *testing.T) {
	if _, err := New(Environment{}, filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}
