package share

import (
	"bytes"
	"time"

	"golang.org/x/sys/unix"
)

// rawSize is the memory in which entries of an open directory wait for the guest.
const rawSize = 8 << 10

func (s *Server) opendir(r *request, out []byte) (int, error) {
	if len(out) < openReplySize {
		return 0, unix.EINVAL
	}
	n, p, err := s.reachDirectory(r.node)
	if err != nil {
		return 0, err
	}
	defer p.close()
	fd, err := unix.Open(procPath(p.fd), unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return 0, err
	}
	id, err := s.register(&handle{fd: fd, node: n})
	if err != nil {
		return 0, err
	}
	putOpened(out, id, s.listing(n, &p.st))
	return openReplySize, nil
}

// keptListings is how long the guest must believe attributes for its listings of directories to be worth keeping. A listing that it has
// read brings attributes for a whole directory; where these are good for a short time it is the cheapest way to have them again.
const keptListings = 10 * time.Second

// listing says what the guest does with the listing of a directory that it has just opened: it may keep what it reads, and
// what it has read before is good.
func (s *Server) listing(n *node, st *unix.Stat_t) (flags uint32) {
	if s.validity < keptListings {
		return 0
	}
	if s.unchanged(n, st) {
		return openCacheDir | openKeepCache
	}
	return openCacheDir
}

// dirent is an entry of a directory, as the host has it.
type dirent struct {
	ino  uint64
	next int64 // where the entry behind it begins
	kind uint8
	name string
	size int // of the entry
}

// parseDirent takes the first entry of p apart.
func parseDirent(p []byte) dirent {
	size := int(le.Uint16(p[16:]))
	name, _, _ := bytes.Cut(p[19:size], []byte{0})
	return dirent{le.Uint64(p), int64(le.Uint64(p[8:])), p[18], string(name), size}
}

// Both take a position that the guest has from an entry, 0 at first.
func (s *Server) readdir(r *request, out []byte) (int, error)     { return s.list(r, out, false) }
func (s *Server) readdirplus(r *request, out []byte) (int, error) { return s.list(r, out, true) }

// list answers with as many entries as there is room for, each with the attributes of its file if plus is set.
func (s *Server) list(r *request, out []byte, plus bool) (n int, err error) {
	a, _, err := r.fixed(readSize)
	if err != nil {
		return 0, err
	}
	h, err := s.handle(le.Uint64(a))
	if err != nil {
		return 0, err
	}
	defer h.put()
	if h.node.mode != unix.S_IFDIR {
		return 0, unix.ENOTDIR
	}
	out = out[:min(uint64(len(out)), uint64(le.Uint32(a[16:])))]
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.seek(int64(le.Uint64(a[8:]))); err != nil {
		return 0, err
	}
	for {
		e, ok, err := h.peek()
		if err != nil && n == 0 {
			return 0, err
		}
		if !ok {
			return n, nil
		}
		k := s.putDirent(h, &e, out[n:], plus)
		if k == 0 {
			return n, nil
		}
		n += k
		h.rest, h.next = h.rest[e.size:], e.next
	}
}

// seek goes to where the guest wants to read on. Caller holds h.mu.
func (h *handle) seek(off int64) error {
	if off == h.next && (off != 0 || len(h.rest) > 0) {
		return nil
	}
	h.rest, h.next = nil, off
	_, err := unix.Seek(h.fd, off, unix.SEEK_SET)
	return err
}

// peek is the entry that the guest has not got yet; false: there is none. Caller holds h.mu.
func (h *handle) peek() (e dirent, ok bool, err error) {
	if len(h.rest) == 0 {
		if h.raw == nil {
			h.raw = make([]byte, rawSize)
		}
		n, err := unix.Getdents(h.fd, h.raw)
		if err != nil || n <= 0 {
			return e, false, err
		}
		h.rest = h.raw[:n]
	}
	return parseDirent(h.rest), true, nil
}

// putDirent writes an entry and returns its length, 0 if there is no room. What cannot be looked at, or remembered, is
// named without attributes.
func (s *Server) putDirent(h *handle, e *dirent, out []byte, plus bool) int {
	size := direntSize + (len(e.name)+7)&^7
	at := 0
	if plus {
		at = entrySize
	}
	if at+size > len(out) {
		return 0
	}
	ino, kind := s.number(identity{h.node.file.dev, e.ino}), e.kind
	if plus {
		clear(out[:entrySize])
		var st unix.Stat_t
		if e.name != "." && e.name != ".." && unix.Fstatat(h.fd, e.name, &st, unix.AT_SYMLINK_NOFOLLOW) == nil {
			if id, err := s.enter(h.node, e.name, &st); err == nil {
				putEntry(out, id, s.validity, s.seen(&st))
				ino, kind = s.number(identityOf(&st)), uint8(st.Mode&unix.S_IFMT>>12)
			}
		}
	}
	b := out[at:][:size]
	clear(b)
	le.PutUint64(b, ino)
	le.PutUint64(b[8:], uint64(e.next))
	le.PutUint32(b[16:], uint32(len(e.name)))
	le.PutUint32(b[20:], uint32(kind))
	copy(b[direntSize:], e.name)
	return at + size
}
