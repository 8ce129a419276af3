package share

import (
	"math"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// handle is a file or directory that the guest has open.
type handle struct {
	fd       int
	node     *node
	writable bool
	refs     atomic.Int32 // written and read by who takes and gives the handle back; the last one closes it

	mu  sync.Mutex
	raw []byte // protected by mu: the memory of rest
	// rest, protected by mu: entries of a directory that were read and not given to the guest yet. They begin at next.
	rest []byte
	next int64
}

func (h *handle) put() {
	if h.refs.Add(-1) == 0 {
		unix.Close(h.fd)
	}
}

// handle finds what the guest has open. The caller gives it back.
func (s *Server) handle(id uint64) (*handle, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.handles[id]
	if h == nil {
		return nil, unix.EBADF
	}
	h.refs.Add(1)
	return h, nil
}

// openFile is an open file of n's, or nil. The caller gives it back.
func (s *Server) openFile(n *node) *handle {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(n.files) == 0 {
		return nil
	}
	h := n.files[len(n.files)-1]
	h.refs.Add(1)
	return h
}

// register gives the guest a number for h, which has just been opened.
func (s *Server) register(h *handle) (uint64, error) {
	h.refs.Store(1)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.handles) >= s.limits.open {
		unix.Close(h.fd)
		return 0, unix.ENFILE
	}
	s.lastHandle++
	s.handles[s.lastHandle] = h
	if h.node.mode == unix.S_IFREG {
		h.node.files = append(h.node.files, h)
	}
	return s.lastHandle, nil
}

// release serves files and directories.
func (s *Server) release(r *request, _ []byte) (int, error) {
	a, _, err := r.fixed(8)
	if err != nil {
		return 0, err
	}
	id := le.Uint64(a)
	s.mu.Lock()
	h := s.handles[id]
	if h != nil {
		delete(s.handles, id)
		h.node.drop(h)
	}
	s.mu.Unlock()
	if h == nil {
		return 0, unix.EBADF
	}
	h.put()
	return 0, nil
}

// drop takes h out of the open files of n. Caller holds Server.mu.
func (n *node) drop(h *handle) {
	for i, f := range n.files {
		if f == h {
			n.files = append(n.files[:i], n.files[i+1:]...)
			return
		}
	}
}

// openFlags are those of the guest that reach the host. Nothing that is opened makes anybody wait.
func openFlags(guest uint32) int {
	return int(guest)&(unix.O_ACCMODE|unix.O_TRUNC|unix.O_APPEND|unix.O_SYNC|unix.O_DSYNC) | unix.O_NONBLOCK | unix.O_NOCTTY | unix.O_CLOEXEC
}

func (s *Server) open(r *request, out []byte) (int, error) {
	a, _, err := r.fixed(8)
	if err != nil || len(out) < openReplySize {
		return 0, unix.EINVAL
	}
	flags := openFlags(le.Uint32(a))
	if s.readOnly && flags&(unix.O_ACCMODE|unix.O_TRUNC) != unix.O_RDONLY {
		return 0, unix.EROFS
	}
	n, err := s.node(r.node)
	if err != nil {
		return 0, err
	}
	p, err := s.reach(n)
	if err != nil {
		return 0, err
	}
	defer p.close()
	return s.openAs(n, p, flags, out)
}

// openAs opens the regular file p for the guest.
func (s *Server) openAs(n *node, p *file, flags int, out []byte) (int, error) {
	if p.st.Mode&unix.S_IFMT != unix.S_IFREG {
		return 0, unix.EACCES
	}
	fd, err := unix.Open(procPath(p.fd), flags, 0)
	if err != nil {
		return 0, err
	}
	id, err := s.register(&handle{fd: fd, node: n, writable: flags&unix.O_ACCMODE != unix.O_RDONLY})
	if err != nil {
		return 0, err
	}
	putOpened(out, id, s.pages(n, &p.st))
	return openReplySize, nil
}

// putOpened writes a reply to OPEN and its like.
func putOpened(out []byte, id uint64, flags uint32) {
	le.PutUint64(out, id)
	le.PutUint64(out[8:], uint64(flags))
}

// timeStamps is how long after a change another one may have the same time stamp, whatever the host's file system.
const timeStamps = 2 * time.Second

// pages says what the guest does with the pages of a regular file that it has just opened: they are good if the file has not changed.
func (s *Server) pages(n *node, st *unix.Stat_t) (flags uint32) {
	if s.unchanged(n, st) {
		return openKeepCache
	}
	return 0
}

// unchanged says whether the file is as it was when the guest last opened it, so that what it has read of it is good. A
// time stamp of which the host may still make another version is none to go by.
func (s *Server) unchanged(n *node, st *unix.Stat_t) bool {
	v := versionOf(st)
	s.mu.Lock()
	defer s.mu.Unlock()
	same := n.read == v && v != version{}
	if n.read = v; time.Since(time.Unix(st.Ctim.Unix())) < timeStamps {
		n.read = version{}
	}
	return same
}

const createSize = 16

// create makes a regular file and opens it. One that is there already is opened, unless the guest wants a new one.
func (s *Server) create(r *request, out []byte) (int, error) {
	a, rest, err := r.fixed(createSize)
	if err != nil || len(out) < entrySize+openReplySize {
		return 0, unix.EINVAL
	}
	name, _, err := name(rest)
	if err != nil {
		return 0, err
	}
	parent, dir, err := s.reachDirectory(r.node)
	if err != nil {
		return 0, err
	}
	defer dir.close()
	flags, mode := le.Uint32(a), le.Uint32(a[4:])
	fd, err := unix.Openat(dir.fd, name, openFlags(flags)|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW, mode&0o777)
	if err == unix.EEXIST && flags&unix.O_EXCL == 0 {
		return s.openExisting(parent, name, openFlags(flags), out)
	}
	if err != nil {
		return 0, err
	}
	p := &file{fd: fd}
	if err = unix.Fstat(fd, &p.st); err == nil {
		err = s.adopt(p, dir, r, mode)
	}
	if err == nil {
		_, err = s.entry(parent, name, &p.st, out)
	}
	if err != nil {
		unix.Close(fd)
		return 0, err
	}
	return s.created(fd, flags, out)
}

// created registers what create has opened; its entry is in out.
func (s *Server) created(fd int, flags uint32, out []byte) (int, error) {
	n, err := s.node(le.Uint64(out))
	if err != nil {
		unix.Close(fd)
		return 0, err
	}
	id, err := s.register(&handle{fd: fd, node: n, writable: flags&unix.O_ACCMODE != unix.O_RDONLY})
	if err != nil {
		s.mu.Lock()
		s.forgetOne(n.id, 1)
		s.mu.Unlock()
		return 0, err
	}
	putOpened(out[entrySize:], id, 0)
	return entrySize + openReplySize, nil
}

// openExisting is create for a name that is there.
func (s *Server) openExisting(parent *node, name string, flags int, out []byte) (int, error) {
	p, err := s.reachIn(parent, name)
	if err != nil {
		return 0, err
	}
	defer p.close()
	if p.st.Mode&unix.S_IFMT != unix.S_IFREG {
		return 0, unix.EEXIST
	}
	if _, err := s.entry(parent, name, &p.st, out); err != nil {
		return 0, err
	}
	n, err := s.node(le.Uint64(out))
	if err == nil {
		_, err = s.openAs(n, p, flags, out[entrySize:])
	}
	if err != nil {
		s.mu.Lock()
		s.forgetOne(le.Uint64(out), 1)
		s.mu.Unlock()
		return 0, err
	}
	return entrySize + openReplySize, nil
}

const (
	readSize  = 40
	writeSize = 40
)

func (s *Server) read(r *request, out []byte) (n int, err error) {
	a, _, err := r.fixed(readSize)
	if err != nil {
		return 0, err
	}
	h, err := s.handle(le.Uint64(a))
	if err != nil {
		return 0, err
	}
	defer h.put()
	out = out[:min(uint64(len(out)), uint64(le.Uint32(a[16:])), MaxData)]
	return all(out, int64(le.Uint64(a[8:])), func(p []byte, off int64) (int, error) { return unix.Pread(h.fd, p, off) })
}

func (s *Server) write(r *request, out []byte) (int, error) {
	a, data, err := r.fixed(writeSize)
	if err != nil || len(out) < 8 || uint64(le.Uint32(a[16:])) > uint64(len(data)) {
		return 0, unix.EINVAL
	}
	h, err := s.handle(le.Uint64(a))
	if err != nil {
		return 0, err
	}
	defer h.put()
	n, err := all(data[:le.Uint32(a[16:])], int64(le.Uint64(a[8:])), func(p []byte, off int64) (int, error) { return unix.Pwrite(h.fd, p, off) })
	if err != nil {
		return 0, err
	}
	le.PutUint64(out, uint64(n))
	return 8, nil
}

// all repeats f until p is done, or the file ends. What was done before an error counts.
func all(p []byte, off int64, f func(p []byte, off int64) (int, error)) (done int, err error) {
	for done < len(p) {
		n, err := f(p[done:], off+int64(done))
		switch {
		case err == unix.EINTR:
			continue
		case err != nil && done == 0:
			return 0, err
		case err != nil || n <= 0:
			return done, nil
		}
		done += n
	}
	return done, nil
}

func (s *Server) fsync(r *request, _ []byte) (int, error) {
	a, _, err := r.fixed(16)
	if err != nil {
		return 0, err
	}
	h, err := s.handle(le.Uint64(a))
	if err != nil {
		return 0, err
	}
	defer h.put()
	if le.Uint32(a[8:])&fsyncDataOnly != 0 {
		return 0, unix.Fdatasync(h.fd)
	}
	return 0, unix.Fsync(h.fd)
}

// fallocate takes the modes that change a file in place.
func (s *Server) fallocate(r *request, _ []byte) (int, error) {
	a, _, err := r.fixed(32)
	if err != nil {
		return 0, err
	}
	mode := le.Uint32(a[24:])
	if mode&^(unix.FALLOC_FL_KEEP_SIZE|unix.FALLOC_FL_PUNCH_HOLE|unix.FALLOC_FL_ZERO_RANGE) != 0 {
		return 0, unix.EOPNOTSUPP
	}
	h, err := s.handle(le.Uint64(a))
	if err != nil {
		return 0, err
	}
	defer h.put()
	return 0, unix.Fallocate(h.fd, mode, int64(le.Uint64(a[8:])), int64(le.Uint64(a[16:])))
}

// lseek finds data and holes: the guest knows the rest.
func (s *Server) lseek(r *request, out []byte) (int, error) {
	a, _, err := r.fixed(24)
	if err != nil || len(out) < 8 {
		return 0, unix.EINVAL
	}
	whence := le.Uint32(a[16:])
	if whence != unix.SEEK_DATA && whence != unix.SEEK_HOLE {
		return 0, unix.EINVAL
	}
	h, err := s.handle(le.Uint64(a))
	if err != nil {
		return 0, err
	}
	defer h.put()
	if h.node.mode != unix.S_IFREG { // whose position is where its entries are read
		return 0, unix.EINVAL
	}
	off, err := unix.Seek(h.fd, int64(le.Uint64(a[8:])), int(whence))
	if err != nil {
		return 0, err
	}
	le.PutUint64(out, uint64(off))
	return 8, nil
}

// maxCopy bounds a request of COPY_FILE_RANGE, which may be answered in part.
const maxCopy = 16 << 20

func (s *Server) copyFileRange(r *request, out []byte) (int, error) {
	a, _, err := r.fixed(56)
	if err != nil || len(out) < 8 {
		return 0, unix.EINVAL
	}
	in, err := s.handle(le.Uint64(a))
	if err != nil {
		return 0, err
	}
	defer in.put()
	to, err := s.handle(le.Uint64(a[24:]))
	if err != nil {
		return 0, err
	}
	defer to.put()
	from, at, n := int64(le.Uint64(a[8:])), int64(le.Uint64(a[32:])), le.Uint64(a[40:])
	if from < 0 || at < 0 || n > math.MaxInt64 {
		return 0, unix.EINVAL
	}
	k, err := unix.CopyFileRange(in.fd, &from, to.fd, &at, int(min(n, maxCopy)), 0)
	if err != nil {
		return 0, err
	}
	le.PutUint64(out, uint64(k))
	return 8, nil
}
