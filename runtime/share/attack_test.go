package share

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A name is one component: every operation that takes names refuses others, and changes nothing.
func TestNamesAreComponents(t *testing.T) {
	c := shared(t, Config{}, map[string]string{"dir/f": "1"})
	dir, f := c.find("dir"), c.find("dir", "f")
	for _, bad := range []string{"..", ".", "", "/", "../outside", "a/b", "../../outside/canary", "/etc/passwd", "f/.."} {
		for _, m := range [][]byte{
			message(opLookup, dir, text(bad)),
			message(opMkdir, dir, u32(0o755, 0), text(bad)),
			message(opMknod, dir, u32(unix.S_IFREG|0o644, 0, 0, 0), text(bad)),
			message(opCreate, dir, u32(unix.O_RDWR, 0o644, 0, 0), text(bad)),
			message(opSymlink, dir, text(bad, "target")),
			message(opLink, dir, u64(f), text(bad)),
			message(opUnlink, dir, text(bad)),
			message(opRmdir, dir, text(bad)),
			message(opRename, dir, u64(rootID), text(bad, "x")),
			message(opRename, dir, u64(rootID), text("f", bad)),
			message(opRename2, dir, u64(rootID), u32(0, 0), text("f", bad)),
		} {
			c.s.Answer(m, c.out)
			if errno := unix.Errno(-int32(le.Uint32(c.out[4:]))); errno != unix.EINVAL {
				t.Errorf("operation %d with the name %q: %v", le.Uint32(m[4:]), bad, errno)
			}
		}
	}
	c.fails(unix.EINVAL, opLookup, dir, []byte("f")) // without an end
	c.fails(unix.EINVAL, opSymlink, dir, text("x"), []byte("target"))
	c.fails(unix.EINVAL, opSymlink, dir, text("x", ""))
	c.fails(unix.ENAMETOOLONG, opLookup, dir, text(strings.Repeat("n", maxName+1)))
	c.fails(unix.ENAMETOOLONG, opSymlink, dir, text("x", strings.Repeat("n", maxPath+1)))
	c.untouched()
	if entries, err := os.ReadDir(c.dir); len(entries) != 1 || err != nil {
		t.Errorf("inside there are %v, %v", entries, err)
	}
}

// Links that lead outside are text: nothing that the guest asks of them or through them reaches their targets.
func TestLinksAreNotFollowed(t *testing.T) {
	c := shared(t, Config{}, map[string]string{"f": "1"})
	before := c.stat("../outside/canary")
	for name, target := range map[string]string{
		"dir": "../outside", "file": "../outside/canary", "absolute": filepath.Join(c.dir, "../outside"), "root": "/", "up": "..",
	} {
		if err := os.Symlink(target, filepath.Join(c.dir, name)); err != nil {
			t.Fatal(err)
		}
		n := c.find(name)
		if got := c.must(opReadlink, n); string(got) != target {
			t.Errorf("%s reads as %q", name, got)
		}
		for _, below := range []string{"canary", "shared", "etc"} {
			if p, errno := c.call(opLookup, n, text(below)); errno != unix.ESTALE && errno != unix.ENOTDIR {
				t.Errorf("%s/%s: %v, % x", name, below, errno, p)
			}
		}
		for _, m := range [][]byte{
			message(opOpen, n, u32(unix.O_RDWR, 0)), message(opOpen, n, u32(unix.O_RDWR|unix.O_TRUNC, 0)), message(opOpendir, n, u32(0, 0)),
			message(opMkdir, n, u32(0o755, 0), text("new")), message(opCreate, n, u32(unix.O_RDWR, 0o644, 0, 0), text("new")),
			message(opSymlink, n, text("new", "x")), message(opLink, n, u64(c.find("f")), text("new")), message(opUnlink, n, text("canary")),
			message(opRename, n, u64(rootID), text("canary", "stolen")), message(opRename, rootID, u64(n), text("f", "new")),
			message(opSetattr, n, modeArgs(0o777)), message(opSetattr, n, sizeArgs(0)),
			message(opCreate, rootID, u32(unix.O_RDWR|unix.O_TRUNC, 0o644, 0, 0), text(name)),
			message(opCreate, rootID, u32(unix.O_RDWR|unix.O_EXCL, 0o644, 0, 0), text(name)),
		} {
			c.s.Answer(m, c.out)
			if errno := int32(le.Uint32(c.out[4:])); errno == 0 {
				t.Errorf("%s: operation %d is done", name, le.Uint32(m[4:]))
			}
		}
		c.must(opSetattr, n, timeArgs(time.Unix(1, 0))) // the link's own
		c.must(opLink, rootID, u64(n), text(name+"2"))
		if st := c.stat(name + "2"); st.Mode&unix.S_IFMT != unix.S_IFLNK {
			t.Errorf("%s: a second name of mode %o", name, st.Mode)
		}
	}
	c.untouched()
	after := c.stat("../outside/canary")
	if after.Ctim != before.Ctim || after.Mtim != before.Mtim {
		t.Error("the file outside was changed")
	}
}

// While a directory takes turns with a link that leads outside, everything is done in the directory or refused.
func TestRenamesRaceWalks(t *testing.T) {
	c := shared(t, Config{}, map[string]string{"a/b/f": "1"})
	if err := os.Symlink("../../outside", filepath.Join(c.dir, "a/evil")); err != nil {
		t.Fatal(err)
	}
	c.host("../outside/canary", "untouched")
	before := c.stat("../outside/canary")
	stop := make(chan struct{})
	var group sync.WaitGroup
	group.Go(func() { // the host's, or another share's guest
		for {
			select {
			case <-stop:
				return
			default:
			}
			_ = unix.Renameat2(unix.AT_FDCWD, filepath.Join(c.dir, "a/b"), unix.AT_FDCWD, filepath.Join(c.dir, "a/evil"), unix.RENAME_EXCHANGE)
		}
	})
	rounds := 3000
	if testing.Short() {
		rounds = 500
	}
	done := 0
	for i := range rounds {
		p, errno := c.call(opLookup, rootID, text("a"))
		if errno != 0 {
			t.Fatal(errno)
		}
		a := le.Uint64(p)
		if p, errno = c.call(opLookup, a, text("b")); errno != 0 || le.Uint64(p) == 0 {
			continue
		}
		b := le.Uint64(p)
		name := fmt.Sprint("new", i%7)
		if _, errno := c.call(opCreate, b, u32(unix.O_RDWR|unix.O_TRUNC, 0o666, 0, 0), text(name)); errno == 0 {
			h := le.Uint64(c.out[ReplyHeaderSize+entrySize:])
			c.must(opWrite, b, readArgs(h, 0, 3), []byte("own"))
			c.must(opRelease, b, u64(h), u64(0, 0))
			done++
		}
		for _, m := range [][]byte{
			message(opMkdir, b, u32(0o755, 0), text("d")), message(opRmdir, b, text("d")), message(opUnlink, b, text("canary")),
			message(opSetattr, b, modeArgs(0o755)), message(opSymlink, b, text("l", "x")), message(opUnlink, b, text("l")),
			message(opRename, b, u64(b), text("canary", "x")), message(opUnlink, b, text(name)),
		} {
			c.s.Answer(m, c.out)
		}
		if p, errno := c.call(opLookup, b, text("canary")); errno == 0 && le.Uint64(p) != 0 {
			t.Fatal("the file outside is found inside")
		}
	}
	close(stop)
	group.Wait()
	if done == 0 {
		t.Error("nothing was made inside; the test shows nothing")
	}
	c.untouched()
	if after := c.stat("../outside/canary"); after.Ctim != before.Ctim {
		t.Error("the file outside was changed")
	}
	checkTree(t, c.s)
}

// Devices are not made, and what a guest makes runs as nobody but who runs it.
func TestDevicesAndPrivileges(t *testing.T) {
	c := shared(t, Config{}, map[string]string{"f": "1"})
	for _, kind := range []uint32{unix.S_IFCHR, unix.S_IFBLK, unix.S_IFDIR, unix.S_IFLNK, unix.S_IFMT} {
		c.fails(unix.EPERM, opMknod, rootID, u32(kind|0o666, 0x103, 0, 0), text("dev"))
	}
	c.fails(unix.EINVAL, opRename2, rootID, u64(rootID), u32(unix.RENAME_WHITEOUT, 0), text("f", "g"))
	c.create(rootID, "a", unix.O_RDWR, unix.S_IFREG|0o6755)
	c.must(opMknod, rootID, u32(unix.S_IFREG|0o6755, 0, 0, 0), text("b"))
	c.must(opSetattr, c.find("f"), modeArgs(0o7755))
	for _, name := range []string{"a", "b", "f"} {
		if st := c.stat(name); st.Mode&(unix.S_ISUID|unix.S_ISGID) != 0 || st.Mode&0o777 != 0o755 {
			t.Errorf("%s has mode %o", name, st.Mode)
		}
	}
	c.fails(unix.ENOSYS, 21, c.find("f"), u32(1, 0), text("security.capability"), []byte("x")) // SETXATTR
	c.fails(unix.ENOSYS, 39, c.find("f"), make([]byte, 32))                                    // IOCTL
	if os.Geteuid() != 0 {
		return
	}
	if err := unix.Mknod(filepath.Join(c.dir, "null"), unix.S_IFCHR|0o666, int(unix.Mkdev(1, 3))); err != nil {
		t.Skip("no device node can be made here:", err)
	}
	p := c.must(opLookup, rootID, text("null"))
	if rdev := le.Uint32(p[40+76:]); rdev != 1<<20|3 { // as Linux has it inside
		t.Errorf("the device is %#x", rdev)
	}
	c.fails(unix.EACCES, opOpen, le.Uint64(p), u32(unix.O_RDWR, 0))
}

// A pipe whose other end nobody opens, and a socket, keep nobody waiting.
func TestPipesDoNotBlock(t *testing.T) {
	c := shared(t, Config{}, nil)
	if err := unix.Mkfifo(filepath.Join(c.dir, "pipe"), 0o666); err != nil {
		t.Fatal(err)
	}
	t.Chdir(c.dir) // a socket's path is short
	l, err := net.Listen("unix", "socket")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, name := range []string{"pipe", "socket"} {
		n := c.find(name)
		for _, flags := range []uint32{unix.O_RDONLY, unix.O_WRONLY, unix.O_RDWR, unix.O_WRONLY | unix.O_TRUNC} {
			c.fails(unix.EACCES, opOpen, n, u32(flags, 0))
			c.fails(unix.EEXIST, opCreate, rootID, u32(flags, 0o644, 0, 0), text(name))
		}
		c.fails(unix.EINVAL, opSetattr, n, sizeArgs(0))
		c.must(opSetattr, n, modeArgs(0o600))
		c.must(opGetattr, n, u64(0, 0))
	}
}

// A directory that is shared for reading stays as it is, in every respect that a host can see.
func TestReadOnly(t *testing.T) {
	c := shared(t, Config{ReadOnly: true}, map[string]string{"f": "text", "dir/g": "1"})
	names := []string{".", "f", "dir", "dir/g"}
	before := map[string]unix.Stat_t{}
	for _, n := range names {
		before[n] = c.stat(n)
	}
	f, dir := c.find("f"), c.find("dir")
	h := c.open(f, unix.O_RDONLY)
	for _, m := range [][]byte{
		message(opMkdir, dir, u32(0o755, 0), text("new")), message(opMknod, dir, u32(unix.S_IFREG|0o644, 0, 0, 0), text("new")),
		message(opCreate, dir, u32(unix.O_RDWR, 0o644, 0, 0), text("new")), message(opCreate, rootID, u32(unix.O_RDONLY, 0o644, 0, 0), text("f")),
		message(opSymlink, dir, text("new", "x")), message(opLink, dir, u64(f), text("new")),
		message(opUnlink, rootID, text("f")), message(opRmdir, rootID, text("dir")), message(opRename, rootID, u64(dir), text("f", "g")),
		message(opRename2, rootID, u64(dir), u32(unix.RENAME_EXCHANGE, 0), text("f", "g")),
		message(opSetattr, f, modeArgs(0o777)), message(opSetattr, f, sizeArgs(0)), message(opSetattr, f, timeArgs(time.Unix(1, 0))),
		message(opOpen, f, u32(unix.O_WRONLY, 0)), message(opOpen, f, u32(unix.O_RDWR, 0)), message(opOpen, f, u32(unix.O_RDONLY|unix.O_TRUNC, 0)),
		message(opWrite, f, readArgs(h, 0, 1), []byte("x")), message(opFallocate, f, u64(h, 0, 100), u32(0, 0)),
		message(opCopyFileRange, f, u64(h, 0, f, h, 2, 1, 0)),
	} {
		c.s.Answer(m, c.out)
		if errno := unix.Errno(-int32(le.Uint32(c.out[4:]))); errno != unix.EROFS {
			t.Errorf("operation %d: %v", le.Uint32(m[4:]), errno)
		}
	}
	for _, n := range names {
		if st := c.stat(n); st.Ctim != before[n].Ctim || st.Mtim != before[n].Mtim || st.Ino != before[n].Ino || st.Nlink != before[n].Nlink {
			t.Errorf("%s was changed", n)
		}
	}
	if got := c.must(opRead, f, readArgs(h, 1, 2)); string(got) != "ex" {
		t.Errorf("read %q", got)
	}
}
