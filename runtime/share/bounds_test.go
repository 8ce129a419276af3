package share

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// checkTree wants nodes and names to agree.
func checkTree(t testing.TB, s *Server) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	names := 0
	for id, n := range s.nodes {
		if n.id != id {
			t.Errorf("node %d is called %d", n.id, id)
		}
		names += len(n.names)
		if len(n.names) > maxNames || n.mode == unix.S_IFDIR && len(n.names) > 1 {
			t.Errorf("node %d has %d names", id, len(n.names))
		}
		for _, at := range n.names {
			if at.dir.children[at.name] != n || s.nodes[at.dir.id] != at.dir {
				t.Errorf("node %d is not what it is called, %q", id, at.name)
			}
		}
		if len(n.names) > 0 && s.files[n.file] != n {
			t.Errorf("node %d is not found by its identity", id)
		}
		up := n
		for range 100_000 {
			if len(up.names) == 0 {
				break
			}
			up = up.names[0].dir
		}
		if len(up.names) > 0 {
			t.Fatalf("node %d lies in itself", id)
		}
	}
	for _, n := range s.nodes {
		names -= len(n.children)
	}
	if names != 0 {
		t.Errorf("%d names too many", names)
	}
	if len(s.nodes) > s.limits.nodes || len(s.handles) > s.limits.open {
		t.Errorf("%d nodes, %d handles", len(s.nodes), len(s.handles))
	}
}

func TestNodesAreBounded(t *testing.T) {
	files := map[string]string{}
	for i := range 30 {
		files[fmt.Sprintf("dir/f%d", i)] = ""
	}
	c := shared(t, Config{}, files)
	c.s.limits.nodes = 12
	dir := c.find("dir")
	var ids []uint64
	for i := range 10 {
		ids = append(ids, c.find("dir", fmt.Sprint("f", i)))
	}
	c.fails(unix.ENFILE, opLookup, dir, text("f10"))
	c.fails(unix.ENFILE, opMkdir, dir, u32(0o755, 0), text("new"))
	if id := c.find("dir", "f3"); id != ids[3] {
		t.Error("what is remembered is not found")
	}
	// A listing names what there is no room to remember.
	h := le.Uint64(c.must(opOpendir, dir, u32(0, 0)))
	named, remembered := 0, 0
	for p := c.must(opReaddirplus, dir, readArgs(h, 0, 1<<20)); len(p) > 0; named++ {
		if le.Uint64(p) != 0 {
			remembered++
		}
		p = p[entrySize+direntSize+(le.Uint32(p[entrySize+16:])+7)&^7:]
	}
	if named != 33 || remembered != 10 {
		t.Errorf("%d names, %d of them remembered", named, remembered)
	}
	checkTree(t, c.s)
	// What is forgotten makes room: once for each time that it was found.
	c.call(opForget, ids[0], u64(1))
	c.fails(unix.ENFILE, opLookup, dir, text("f10"))
	c.call(opForget, ids[0], u64(1))
	c.find("dir", "f10")
	var list []byte
	for _, id := range append(ids, c.find("dir", "f10"), dir, rootID, 1<<60) {
		list = append(list, u64(id, 1<<40)...)
	}
	c.call(opBatchForget, 0, u32(uint32(len(list)/16), 0), list)
	if len(c.s.nodes) != 1 || len(c.s.files) != 0 {
		t.Errorf("%d nodes are remembered, by %d names", len(c.s.nodes), len(c.s.files))
	}
	checkTree(t, c.s)
}

func TestOpenFilesAreBounded(t *testing.T) {
	c := shared(t, Config{}, map[string]string{"f": "1"})
	c.s.limits.open = 5
	f := c.find("f")
	var handles []uint64
	for range 4 {
		handles = append(handles, c.open(f, unix.O_RDONLY))
	}
	c.must(opOpendir, rootID, u32(0, 0))
	before := descriptors(t)
	c.fails(unix.ENFILE, opOpen, f, u32(unix.O_RDONLY, 0))
	c.fails(unix.ENFILE, opOpendir, rootID, u32(0, 0))
	c.fails(unix.ENFILE, opCreate, rootID, u32(unix.O_RDWR, 0o644, 0, 0), text("new"))
	if after := descriptors(t); after != before {
		t.Errorf("%d descriptors, %d before", after, before)
	}
	c.must(opRelease, f, u64(handles[0]), u64(0, 0))
	c.fails(unix.EBADF, opRelease, f, u64(handles[0]), u64(0, 0))
	c.open(f, unix.O_RDONLY)
	// Another kernel begins: what the last one had open is closed.
	c.must(opInit, 0, u32(7, 38, 0, 0))
	if after := descriptors(t); after != before-5 {
		t.Errorf("%d descriptors, want %d", after, before-5)
	}
	c.fails(unix.ESTALE, opGetattr, f, u64(0, 0))
	c.fails(unix.EBADF, opRead, f, readArgs(handles[1], 0, 1))
}

func descriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir(procSelfFd)
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// Deep directories end where the host's paths do.
func TestDepthIsBounded(t *testing.T) {
	c := shared(t, Config{}, nil)
	name := strings.Repeat("d", 200)
	at, depth := uint64(rootID), 0
	for {
		p, errno := c.call(opMkdir, at, u32(0o755, 0), text(name))
		if errno == unix.ENAMETOOLONG {
			break
		}
		if errno != 0 || depth > 100 {
			t.Fatal(errno, depth)
		}
		at = le.Uint64(p)
		depth++
	}
	if depth != maxPath/201 {
		t.Errorf("%d levels", depth)
	}
	c.must(opGetattr, at, u64(0, 0))
	checkTree(t, c.s)
}

// Lengths that a guest gives are believed no further than there are bytes.
func TestLengths(t *testing.T) {
	c := shared(t, Config{}, map[string]string{"f": strings.Repeat("x", 3<<20)})
	f := c.find("f")
	h := c.open(f, unix.O_RDWR)
	if n := len(c.must(opRead, f, readArgs(h, 0, 1<<31))); n != MaxData {
		t.Errorf("%d bytes at once", n)
	}
	c.fails(unix.EINVAL, opRead, f, readArgs(h, 1<<63, 1))
	c.fails(unix.EINVAL, opWrite, f, readArgs(h, 0, 5), []byte("four"))
	c.fails(unix.EINVAL, opWrite, f, readArgs(h, 1<<63, 4), []byte("four"))
	for op := range operations { // arguments, and room for a reply, that end early
		if operations[op].do == nil || op == opDestroy || op == opInit {
			continue
		}
		for n := range 8 {
			c.call(uint32(op), f, make([]byte, n))
		}
		m := message(uint32(op), f, make([]byte, 100))
		for room := range 200 {
			out := make([]byte, room)
			n, known := c.s.Answer(m, out)
			if known != (room >= ReplyHeaderSize) || n > room || known && n < ReplyHeaderSize {
				t.Fatalf("operation %d: %d bytes of %d, %v", op, n, room, known)
			}
		}
	}
	c.call(opBatchForget, 0, u32(1<<31, 0), u64(1, 2))
	c.call(opForget, f, nil)
	for _, p := range [][]byte{nil, make([]byte, HeaderSize-1), make([]byte, HeaderSize), append(message(opGetattr, rootID, u64(0, 0)), 0)} {
		if n, known := c.s.Answer(p, c.out); known || n != 0 {
			t.Errorf("% x is a request, answered with %d bytes", p, n)
		}
	}
}

func TestVersions(t *testing.T) {
	c := shared(t, Config{}, nil)
	c.must(opDestroy, 0)
	c.fails(unix.EIO, opGetattr, rootID, u64(0, 0)) // nobody has begun
	c.fails(unix.EPROTO, opInit, 0, u32(7, 30, 0, 0))
	c.fails(unix.EPROTO, opInit, 0, u32(6, 99, 0, 0))
	if p := c.must(opInit, 0, u32(8, 0, 0, 0)); le.Uint32(p) != 7 {
		t.Errorf("version %d", le.Uint32(p))
	}
	c.fails(unix.EIO, opGetattr, rootID, u64(0, 0))
	p := c.must(opInit, 0, u32(7, 31, 12345, 0xffff_ffff))
	if le.Uint32(p[4:]) != 31 || le.Uint32(p[8:]) != 12345 || le.Uint32(p[12:]) != features || le.Uint32(p[20:]) != MaxData {
		t.Errorf("% x", p)
	}
	c.must(opGetattr, rootID, u64(0, 0))
}

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, says := range map[string]string{file: "give a directory", filepath.Join(dir, "none"): "check the path"} {
		if _, err := Open(Config{Dir: path}); err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestOwners(t *testing.T) {
	o := owners{uid: 1000, gid: 100}
	for host, guest := range map[uint32]uint32{1000: 0, 0: nobody, 7: 7} {
		if got, _ := o.guest(host, 0); got != guest {
			t.Errorf("user %d is %d in the guest, want %d", host, got, guest)
		}
		if got := o.host(guest, o.uid); got != host {
			t.Errorf("the guest's user %d is %d, want %d", guest, got, host)
		}
	}
	if _, got := o.guest(0, 100); got != 0 {
		t.Errorf("the host's group is %d", got)
	}
	same := owners{same: true}
	if u, g := same.guest(5, 6); u != 5 || g != 6 || same.host(5, 9) != 5 {
		t.Error("root's owners are others in the guest")
	}
}
