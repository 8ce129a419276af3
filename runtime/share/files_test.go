package share

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// What a guest does to files is so on the host, with modes, times and sizes as it wants them.
func TestFilesSurvive(t *testing.T) {
	old := unix.Umask(0o077) // which must not count
	defer unix.Umask(old)
	c := shared(t, Config{}, nil)
	dir := le.Uint64(c.must(opMkdir, rootID, u32(unix.S_IFDIR|0o2775, 0), text("dir")))
	if st := c.stat("dir"); st.Mode&0o7777 != 0o2775 {
		t.Errorf("the directory has mode %o", st.Mode)
	}
	f, h := c.create(dir, "file", unix.O_RDWR|unix.O_EXCL, unix.S_IFREG|0o666)
	if st := c.stat("dir/file"); st.Mode != unix.S_IFREG|0o666 {
		t.Errorf("the file has mode %o", st.Mode)
	}
	c.write(h, 3, "hello")
	if got := c.read("dir/file"); got != "\x00\x00\x00hello" {
		t.Errorf("the host has %q", got)
	}
	if got := c.must(opRead, f, readArgs(h, 4, 100)); string(got) != "ello" {
		t.Errorf("read %q", got)
	}
	when := time.Unix(981173106, 123456789)
	c.must(opSetattr, f, timeArgs(when))
	c.must(opSetattr, f, modeArgs(0o640))
	a := c.must(opSetattr, f, sizeArgs(5))[16:]
	st := c.stat("dir/file")
	if st.Size != 5 || st.Mode != unix.S_IFREG|0o640 {
		t.Errorf("%d bytes, mode %o", st.Size, st.Mode)
	}
	if le.Uint64(a[8:]) != 5 || le.Uint32(a[60:]) != unix.S_IFREG|0o640 || le.Uint64(a) != st.Ino {
		t.Errorf("the guest sees % x", a)
	}
	c.must(opSetattr, f, timeArgs(when))
	if st := c.stat("dir/file"); st.Mtim != unix.NsecToTimespec(when.UnixNano()) || st.Atim != st.Mtim {
		t.Errorf("times are %v and %v", st.Mtim, st.Atim)
	}
	now := time.Now().Add(-time.Minute)
	c.must(opSetattr, f, setattrArgs(setMtime|setMtimeNow, func([]byte) {}))
	if st := c.stat("dir/file"); !time.Unix(st.Mtim.Unix()).After(now) || time.Unix(st.Atim.Unix()).After(now) {
		t.Errorf("times are %v and %v", st.Mtim, st.Atim)
	}

	c.must(opSymlink, dir, text("link", "../no/where"))
	if got, err := os.Readlink(filepath.Join(c.dir, "dir/link")); got != "../no/where" {
		t.Errorf("the link leads to %q, %v", got, err)
	}
	if got := c.must(opReadlink, c.find("dir", "link")); string(got) != "../no/where" {
		t.Errorf("the guest reads %q", got)
	}
	c.must(opLink, rootID, u64(f), text("second"))
	if st := c.stat("second"); st.Nlink != 2 || st.Size != 5 {
		t.Errorf("the second name: %+v", st)
	}
	c.must(opMknod, rootID, u32(unix.S_IFIFO|0o622, 0, 0, 0), text("pipe"))
	if st := c.stat("pipe"); st.Mode != unix.S_IFIFO|0o622 {
		t.Errorf("the pipe has mode %o", st.Mode)
	}
	c.must(opRename2, rootID, u64(dir), u32(unix.RENAME_NOREPLACE, 0), text("second", "third"))
	c.fails(unix.EEXIST, opRename2, dir, u64(dir), u32(unix.RENAME_NOREPLACE, 0), text("third", "file"))
	c.must(opRename2, dir, u64(rootID), u32(unix.RENAME_EXCHANGE, 0), text("link", "pipe"))
	if c.stat("pipe").Mode&unix.S_IFMT != unix.S_IFLNK || c.stat("dir/link").Mode&unix.S_IFMT != unix.S_IFIFO {
		t.Error("the exchange has exchanged nothing")
	}
	c.must(opFsync, f, u64(h), u32(0, 0))
	c.must(opFallocate, f, u64(h, 0, 10000), u32(0, 0))
	if got := le.Uint64(c.must(opLseek, f, u64(h, 0), u32(unix.SEEK_HOLE, 0))); got < 8 || got > 10000 || c.stat("dir/file").Size != 10000 {
		t.Errorf("a hole at %d of %d", got, c.stat("dir/file").Size)
	}
	g, k := c.create(dir, "copy", unix.O_WRONLY, 0o600)
	if n := le.Uint64(c.must(opCopyFileRange, f, u64(h, 0, g, k, 2, 1<<40, 0))); n != 10000 || c.stat("dir/copy").Size != 10002 {
		t.Errorf("%d bytes copied, to %d", n, c.stat("dir/copy").Size)
	}
	c.must(opRelease, f, u64(h), u64(0, 0))
	c.fails(unix.EBADF, opRead, f, readArgs(h, 0, 1))
	c.must(opUnlink, dir, text("link"))
	c.fails(unix.ENOTEMPTY, opRmdir, rootID, text("dir"))
	if le.Uint64(c.must(opStatfs, rootID)) == 0 {
		t.Error("a file system without blocks")
	}
}

// All names of a file are one node, and the node lasts until its last name is gone, or what is open.
func TestNamesOfOneFile(t *testing.T) {
	c := shared(t, Config{}, map[string]string{"a/b": "text", "d/e": "other"})
	n := c.find("a", "b")
	if id := le.Uint64(c.must(opLink, c.find("d"), u64(n), text("b"))); id != n {
		t.Errorf("nodes %d and %d for one file", n, id)
	}
	c.must(opUnlink, c.find("a"), text("b"))
	if p := c.must(opGetattr, n, u64(0, 0)); le.Uint64(p[16+8:]) != 4 {
		t.Errorf("%d bytes by the other name", le.Uint64(p[16+8:]))
	}
	h := c.open(n, unix.O_RDONLY)
	c.must(opUnlink, c.find("d"), text("b"))
	if p := c.must(opGetattr, n, u64(0, 0)); le.Uint32(p[16+64:]) != 0 {
		t.Errorf("%d names, want none", le.Uint32(p[16+64:]))
	}
	c.must(opSetattr, n, modeArgs(0o600))
	c.must(opSetattr, n, sizeArgs(2))
	if got := c.must(opRead, n, readArgs(h, 0, 10)); string(got) != "te" {
		t.Errorf("read %q", got)
	}
	c.must(opRelease, n, u64(h), u64(0, 0))
	c.fails(unix.ESTALE, opGetattr, n, u64(0, 0))

	// A rename over a file that is remembered, and of a directory with something remembered below.
	e := c.find("d", "e")
	c.host("f", "new")
	c.must(opRename, rootID, u64(c.find("d")), text("f", "e"))
	c.fails(unix.ESTALE, opGetattr, e, u64(0, 0))
	f := c.find("d", "e")
	c.must(opRename, rootID, u64(c.find("a")), text("d", "moved"))
	if p := c.must(opGetattr, f, u64(0, 0)); le.Uint64(p[16+8:]) != 3 {
		t.Errorf("below the directory that was moved: % x", p)
	}
	if id := c.find("a", "moved", "e"); id != f {
		t.Errorf("node %d has become %d", f, id)
	}
	for i := range 3 * maxNames { // more names than are remembered
		c.must(opLink, rootID, u64(f), text(fmt.Sprint("n", i)))
	}
	if n := len(c.s.nodes[f].names); n != maxNames {
		t.Errorf("%d names are remembered", n)
	}
	if id := c.find("n0"); id != f {
		t.Errorf("by a name that was forgotten it is %d", id)
	}
	checkTree(t, c.s)
}

// What the host does to the directory is seen by names, and makes nodes stale that mean something else by now.
func TestHostChanges(t *testing.T) {
	c := shared(t, Config{Cache: time.Minute}, map[string]string{"a": "1", "dir/b": "2"})
	a, dir, b := c.find("a"), c.find("dir"), c.find("dir", "b")
	p := c.must(opLookup, rootID, text("nothing"))
	if le.Uint64(p) != 0 || le.Uint64(p[16:]) != 60 {
		t.Errorf("what is not there: % x", p[:40])
	}
	c.host("new", "22")
	if err := os.Rename(filepath.Join(c.dir, "new"), filepath.Join(c.dir, "a")); err != nil {
		t.Fatal(err)
	}
	c.fails(unix.ESTALE, opGetattr, a, u64(0, 0))
	c.fails(unix.ESTALE, opOpen, a, u32(unix.O_WRONLY, 0))
	if id := c.find("a"); id == a {
		t.Error("another file has the same node")
	}
	if err := os.Rename(filepath.Join(c.dir, "dir"), filepath.Join(c.dir, "moved")); err != nil {
		t.Fatal(err)
	}
	for _, id := range []uint64{dir, b} {
		c.fails(unix.ESTALE, opGetattr, id, u64(0, 0))
	}
	if id := c.find("moved"); id != dir {
		t.Error("a directory that was moved is another node")
	}
	if id := c.find("moved", "b"); id != b {
		t.Error("what lies in it is another node")
	}
	if err := os.Rename(filepath.Join(c.dir, "moved"), filepath.Join(c.dir, "../outside/gone")); err != nil {
		t.Fatal(err)
	}
	c.fails(unix.ESTALE, opMkdir, dir, u32(0o755, 0), text("sub"))
	if entries, err := os.ReadDir(filepath.Join(c.dir, "../outside/gone")); len(entries) != 1 {
		t.Errorf("in the directory that was moved out there are %v, %v", entries, err)
	}
	checkTree(t, c.s)
}

// Directories are listed whole, in pieces of any size, with what there is to know of each file.
func TestDirectories(t *testing.T) {
	files := map[string]string{}
	for i := range 500 {
		files[fmt.Sprintf("dir/%s%d", strings.Repeat("n", i%100), i)] = strings.Repeat("x", i)
	}
	c := shared(t, Config{}, files)
	if err := os.Symlink("x", filepath.Join(c.dir, "dir/link")); err != nil {
		t.Fatal(err)
	}
	dir := c.find("dir")
	h := le.Uint64(c.must(opOpendir, dir, u32(0, 0)))
	for _, plus := range []bool{false, true} {
		for _, size := range []uint32{600, 4096, 1 << 20} {
			seen := map[string]uint64{}
			var positions []uint64
			for off, last := uint64(0), false; !last; {
				op := uint32(opReaddir)
				if plus {
					op = opReaddirplus
				}
				p := c.must(op, dir, readArgs(h, off, size))
				for last = len(p) == 0; len(p) > 0; {
					var id uint64
					attr := p
					if plus {
						id, p = le.Uint64(p), p[entrySize:]
					}
					n := le.Uint32(p[16:])
					name := string(p[direntSize:][:n])
					if _, twice := seen[name]; twice {
						t.Errorf("%s is there twice", name)
					}
					seen[name] = id
					if off = le.Uint64(p[8:]); len(positions) < 3 {
						positions = append(positions, off)
					}
					if want, known := files["dir/"+name]; plus && known && (id == 0 || le.Uint64(attr[40+8:]) != uint64(len(want))) {
						t.Errorf("%s has node %d and %d bytes, want %d", name, id, le.Uint64(attr[40+8:]), len(want))
					}
					if kind := le.Uint32(p[20:]); name == "link" && kind != unix.DT_LNK || plus && name == ".." && id != 0 {
						t.Errorf("%s is of kind %d, node %d", name, kind, id)
					}
					p = p[direntSize+(n+7)&^7:]
				}
			}
			if len(seen) != len(files)+3 {
				t.Errorf("%d entries of %d, in pieces of %d", len(seen), len(files)+3, size)
			}
			// Back to the third entry, from another place.
			first := c.must(opReaddir, dir, readArgs(h, positions[1], 600))
			again := c.must(opReaddir, dir, readArgs(h, positions[1], 600))
			if !bytes.Equal(first, again) || le.Uint64(first[8:]) != positions[2] {
				t.Error("a position is not where it was")
			}
		}
	}
	c.fails(unix.EISDIR, opRead, dir, readArgs(h, 0, 10))
	c.fails(unix.ENOTDIR, opReaddir, dir, readArgs(c.open(c.find("dir", "0"), 0), 0, 4096))
	c.must(opReleasedir, dir, u64(h), u64(0, 0))
	checkTree(t, c.s)
}

// A file's pages are good at the next open if it has not changed since the last one, and if it had been left alone then.
func TestPagesAreKept(t *testing.T) {
	c := shared(t, Config{}, map[string]string{"a": "1"})
	n := c.find("a")
	keeps := func() bool {
		p := c.must(opOpen, n, u32(unix.O_RDONLY, 0))
		c.must(opRelease, n, u64(le.Uint64(p)), u64(0, 0))
		return le.Uint32(p[8:])&openKeepCache != 0
	}
	for range 2 {
		if keeps() {
			t.Error("the pages of a file that may have changed are kept")
		}
	}
	c.settle("a")
	if keeps() {
		t.Error("pages are kept that were read before the last change")
	}
	if !keeps() {
		t.Error("the pages of a file that has not changed are thrown away")
	}
	c.host("a", "2")
	if keeps() {
		t.Error("the pages of a file that has changed are kept")
	}
}

// A guest that believes attributes for long keeps listings of directories, as long as these have not changed.
func TestListingsAreKept(t *testing.T) {
	for _, cache := range []time.Duration{0, time.Second, time.Minute} {
		t.Run(cache.String(), func(t *testing.T) {
			t.Parallel()
			testListings(t, cache)
		})
	}
}

func testListings(t *testing.T, cache time.Duration) {
	c := shared(t, Config{Cache: cache}, map[string]string{"dir/a": "1"})
	n := c.find("dir")
	may, keeps := uint32(0), uint32(0)
	if cache == time.Minute {
		may, keeps = openCacheDir, openCacheDir|openKeepCache
	}
	expect := func(when string, want uint32) {
		t.Helper()
		p := c.must(opOpendir, n, u32(0, 0))
		c.must(opReleasedir, n, u64(le.Uint64(p)), u64(0, 0))
		if got := le.Uint32(p[8:]); got != want {
			t.Errorf("a directory that %s is opened with %#x, want %#x", when, got, want)
		}
	}
	expect("may have changed", may)
	expect("may still have changed", may)
	c.settle("dir")
	expect("was read before its last change", may)
	expect("has not changed", keeps)
	c.host("dir/b", "2")
	expect("has changed", may)
	checkTree(t, c.s)
}
