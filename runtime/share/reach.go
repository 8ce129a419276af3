package share

import (
	"strconv"

	"golang.org/x/sys/unix"
)

// procSelfFd has a link for each descriptor, by which calls that take a path reach what the descriptor holds and nothing
// else: what has the name by now does not matter.
const procSelfFd = "/proc/self/fd"

func procPath(fd int) string { return procSelfFd + "/" + strconv.Itoa(fd) }

// openBeneath opens what path leads to from the directory root, without following any symbolic link. It gives a place
// in the file system and no access: no pipe or device notices.
func openBeneath(root int, path string) (int, error) {
	how := unix.OpenHow{
		Flags:   unix.O_PATH | unix.O_NOFOLLOW | unix.O_CLOEXEC,
		Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_NO_MAGICLINKS,
	}
	for {
		fd, err := unix.Openat2(root, path, &how)
		switch err {
		case unix.EINTR:
			continue
		case unix.EXDEV, unix.ELOOP: // a directory of the path has become a link
			return -1, unix.ESTALE
		}
		return fd, err
	}
}

// file is what a request is about.
type file struct {
	fd int // O_PATH, or that of via
	st unix.Stat_t
	// via is an open file that leads there; nil: the descriptor is the file's own.
	via *handle
}

func (p *file) close() {
	if p.via != nil {
		p.via.put()
		return
	}
	unix.Close(p.fd)
}

// reach opens what n is the name of.
func (s *Server) reach(n *node) (*file, error) {
	if h := s.openFile(n); h != nil {
		p := &file{fd: h.fd, via: h}
		if err := unix.Fstat(h.fd, &p.st); err != nil {
			p.close()
			return nil, err
		}
		return p, nil
	}
	s.tree.RLock()
	defer s.tree.RUnlock()
	return s.reachByName(n)
}

// reachByName is reach for what is not open. Caller holds Server.tree.
func (s *Server) reachByName(n *node) (*file, error) {
	paths, err := s.paths(n)
	for _, path := range paths {
		p, e := s.openPath(path)
		if e == nil && n.isFor(&p.st) {
			return p, nil
		}
		if e == nil {
			p.close()
		}
		if err == nil {
			err = e
		}
	}
	if err == nil || err == unix.ENOENT || err == unix.ENOTDIR { // it was moved, or replaced
		err = unix.ESTALE
	}
	return nil, err
}

// reachIn opens what is called name in the directory n, which is not looked at: what the path leads to counts.
func (s *Server) reachIn(n *node, name string) (*file, error) {
	s.tree.RLock()
	defer s.tree.RUnlock()
	path, err := s.pathIn(n, name)
	if err != nil {
		return nil, err
	}
	return s.openPath(path)
}

func (s *Server) openPath(path string) (*file, error) {
	fd, err := openBeneath(s.root, path)
	if err != nil {
		return nil, err
	}
	p := &file{fd: fd}
	if err := unix.Fstat(fd, &p.st); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

// reachDirectory is reach for one that a name is made or removed in.
func (s *Server) reachDirectory(id uint64) (*node, *file, error) {
	n, err := s.node(id)
	if err != nil {
		return nil, nil, err
	}
	s.tree.RLock()
	defer s.tree.RUnlock()
	p, err := s.reachByName(n)
	return n, p, err
}

// seen is what the guest sees of st.
func (s *Server) seen(st *unix.Stat_t) *attributes {
	a := &attributes{Stat_t: *st, number: s.number(identityOf(st))}
	a.uid, a.gid = s.ids.guest(st.Uid, st.Gid)
	return a
}

// number is a file's in the guest, which sees one file system where the host may have mounted several.
func (s *Server) number(f identity) uint64 {
	if f.dev == s.rootDev {
		return f.ino
	}
	return f.ino ^ f.dev*0x9e37_79b9_7f4a_7c15
}
