package share

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// fuzzNames are what a random guest calls files; most of them are there now and then.
var fuzzNames = []string{"a", "b", "dir", "sub", "link", "up", "..", ".", "", "a/b", "../outside", "canary", "pipe", "outside"}

// script makes requests of bytes: an operation, a node or two, names and numbers from the bytes behind.
type script struct {
	p       []byte
	nodes   []uint64
	handles []uint64
}

func (s *script) next() int {
	if len(s.p) == 0 {
		return 0
	}
	b := s.p[0]
	s.p = s.p[1:]
	return int(b)
}

func (s *script) name() string     { return fuzzNames[s.next()%len(fuzzNames)] }
func (s *script) node() uint64     { return s.nodes[s.next()%len(s.nodes)] }
func (s *script) handle() uint64   { return s.handles[s.next()%len(s.handles)] }
func (s *script) number() uint64   { return uint64(s.next()) << (s.next() % 64) }
func (s *script) small() uint32    { return uint32(s.next()) << (s.next() % 12) }
func (s *script) learn(out []byte) { s.nodes = append(s.nodes, le.Uint64(out)) }

// message is the next request. One that names nothing known has raw bytes behind its header.
func (s *script) message() []byte {
	op := uint32(s.next() % 50)
	n := s.node()
	switch op {
	case opLookup, opUnlink, opRmdir:
		return message(op, n, text(s.name()))
	case opSymlink:
		return message(op, n, text(s.name(), "../"+s.name()))
	case opMkdir:
		return message(op, n, u32(0o700|s.small(), 0), text(s.name()))
	case opMknod:
		return message(op, n, u32(uint32(s.next())<<8|0o600, s.small(), 0, 0), text(s.name()))
	case opCreate:
		return message(op, n, u32(s.small(), 0o600|s.small(), 0, 0), text(s.name()))
	case opLink:
		return message(op, n, u64(s.node()), text(s.name()))
	case opRename:
		return message(op, n, u64(s.node()), text(s.name(), s.name()))
	case opRename2:
		return message(op, n, u64(s.node()), u32(uint32(s.next()%8), 0), text(s.name(), s.name()))
	case opOpen, opOpendir:
		return message(op, n, u32(s.small(), 0))
	case opGetattr:
		return message(op, n, u32(uint32(s.next()%2), 0), u64(s.handle()))
	case opSetattr:
		return message(op, n, setattrArgs(uint32(s.next())|uint32(s.next()%4)<<8, func(a []byte) {
			le.PutUint64(a[8:], s.handle())
			le.PutUint64(a[16:], uint64(s.small()))
			le.PutUint64(a[32:], s.number())
			le.PutUint32(a[68:], 0o600|s.small())
		}))
	case opRead, opReaddir, opReaddirplus:
		return message(op, n, readArgs(s.handle(), s.number(), s.small()))
	case opWrite:
		size := s.small() % 5000
		return message(op, n, readArgs(s.handle(), uint64(s.small()), size), make([]byte, size))
	case opFallocate:
		return message(op, n, u64(s.handle(), uint64(s.small()), uint64(s.small())), u32(s.small(), 0))
	case opLseek, opFsync, opRelease, opReleasedir, opFsyncdir:
		return message(op, n, u64(s.handle(), s.number()), u32(s.small(), 0))
	case opCopyFileRange:
		return message(op, n, u64(s.handle(), uint64(s.small()), n, s.handle(), uint64(s.small()), uint64(s.small()), 0))
	case opForget:
		return message(op, n, u64(uint64(s.next())))
	}
	k := s.next()
	k = min(k, len(s.p))
	m := message(op, n, s.p[:k])
	s.p = s.p[k:]
	return m
}

// FuzzAnswer has a guest do what it likes, and looks what became of the host's files and of the server's books.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte{1, 0, 2, 35, 1, 2, 0, 0, 0, 0, 16, 1, 1, 8, 1, 0, 8, 15, 0, 0, 0, 8, 4})
	f.Add([]byte{9, 0, 0, 0, 2, 9, 1, 0, 0, 3, 12, 1, 0, 3, 2, 45, 1, 1, 2, 3, 1, 11, 4, 3, 3, 3, 2, 0, 1})
	f.Add([]byte{1, 0, 4, 14, 2, 2, 0, 4, 2, 255, 3, 0, 0, 0, 1, 0, 5, 1, 3, 11, 13, 0, 2, 0})
	f.Add([]byte{27, 0, 0, 0, 44, 0, 1, 0, 0, 255, 4, 2, 1, 255, 10, 0, 0, 42, 0, 9, 1, 0, 0, 0, 0, 0, 0, 0, 2})
	f.Fuzz(func(t *testing.T, p []byte) {
		c := shared(t, Config{}, map[string]string{"a": "1", "dir/b": "2", "dir/sub/a": "3"})
		for name, target := range map[string]string{"link": "../outside", "dir/up": "../../outside/canary"} {
			if err := os.Symlink(target, filepath.Join(c.dir, name)); err != nil {
				t.Fatal(err)
			}
		}
		if err := unix.Mkfifo(filepath.Join(c.dir, "pipe"), 0o600); err != nil {
			t.Fatal(err)
		}
		c.s.limits = limits{nodes: 20, open: 10}
		s := &script{p: p, nodes: []uint64{rootID}, handles: []uint64{1}}
		out := make([]byte, 16<<10)
		for len(s.p) > 0 {
			m := s.message()
			n, known := c.s.Answer(m, out)
			if n > len(out) || known && n > 0 && (n < ReplyHeaderSize || le.Uint32(out) != uint32(n)) {
				t.Fatalf("reply of %d bytes", n)
			}
			if !known || n == 0 || le.Uint32(out[4:]) != 0 {
				continue
			}
			switch body := out[ReplyHeaderSize:n]; le.Uint32(m[4:]) {
			case opLookup, opMkdir, opMknod, opSymlink, opLink:
				s.learn(body)
			case opCreate:
				s.learn(body)
				s.handles = append(s.handles, le.Uint64(body[entrySize:]))
			case opOpen, opOpendir:
				s.handles = append(s.handles, le.Uint64(body))
			}
		}
		checkTree(t, c.s)
		c.untouched()
	})
}

// Many requests at once, of files that come and go: for the race detector, and for the books.
func TestHammer(t *testing.T) {
	c := shared(t, Config{}, map[string]string{"a": "1", "dir/b": "2", "dir/sub/a": "3"})
	c.s.limits = limits{nodes: 50, open: 30}
	rounds := 4000
	if testing.Short() {
		rounds = 800
	}
	var group sync.WaitGroup
	for seed := range 4 {
		group.Go(func() {
			x := uint64(seed + 1)
			g := c.another()
			s := &script{nodes: []uint64{rootID, 2, 3, 4, 5}, handles: []uint64{1, 2, 3}}
			for range rounds {
				for len(s.p) < 300 {
					x ^= x << 13
					x ^= x >> 7
					x ^= x << 17
					s.p = append(s.p, byte(x>>20))
				}
				m := s.message()
				if op := le.Uint32(m[4:]); op == opInit || op == opDestroy {
					continue
				}
				n, _ := g.s.Answer(m, g.out)
				if n > ReplyHeaderSize && len(s.nodes) < 200 && le.Uint32(m[4:]) == opLookup {
					s.learn(g.out[ReplyHeaderSize:])
				}
				s.handles[x%3] = x >> 40 % 60
			}
		})
	}
	group.Wait()
	checkTree(t, c.s)
	c.untouched()
}
