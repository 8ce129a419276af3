package share

import (
	"bytes"

	"golang.org/x/sys/unix"
)

// make has do make a name in the directory r.node, gives it the guest's owner and mode, and answers with it.
func (s *Server) make(r *request, name string, mode uint32, out []byte, do func(dir int) error) (int, error) {
	if len(out) < entrySize {
		return 0, unix.EINVAL
	}
	parent, dir, err := s.reachDirectory(r.node)
	if err != nil {
		return 0, err
	}
	defer dir.close()
	if err := do(dir.fd); err != nil {
		return 0, err
	}
	p, err := s.reachIn(parent, name)
	if err != nil {
		return 0, err
	}
	defer p.close()
	if err := s.adopt(p, dir, r, mode); err != nil {
		return 0, err
	}
	return s.entry(parent, name, &p.st, out)
}

// adopt gives what has just been made in dir the owner and the mode that the guest wants: the host has applied a umask
// of its own. It leaves p.st as it is then.
func (s *Server) adopt(p, dir *file, r *request, mode uint32) error {
	if s.ids.same && (p.st.Uid != r.uid || p.st.Gid != r.gid) {
		gid := int(r.gid)
		if dir.st.Mode&unix.S_ISGID != 0 {
			gid = -1 // the directory's
		}
		if err := unix.Fchownat(p.fd, "", int(r.uid), gid, unix.AT_EMPTY_PATH|unix.AT_SYMLINK_NOFOLLOW); err != nil {
			return err
		}
	}
	kind := p.st.Mode & unix.S_IFMT
	inherited := p.st.Mode & unix.S_ISGID
	if want := safeMode(mode, kind) | inherited; kind != unix.S_IFLNK && p.st.Mode&0o7777 != want {
		if err := unix.Chmod(procPath(p.fd), want); err != nil {
			return err
		}
	}
	return unix.Fstat(p.fd, &p.st)
}

func (s *Server) mkdir(r *request, out []byte) (int, error) {
	a, rest, err := r.fixed(8)
	if err != nil {
		return 0, err
	}
	name, _, err := name(rest)
	if err != nil {
		return 0, err
	}
	mode := le.Uint32(a)
	return s.make(r, name, mode, out, func(dir int) error { return unix.Mkdirat(dir, name, mode&0o777) })
}

// mknod makes a file, a pipe or a socket. Devices would be the host's.
func (s *Server) mknod(r *request, out []byte) (int, error) {
	a, rest, err := r.fixed(16)
	if err != nil {
		return 0, err
	}
	name, _, err := name(rest)
	if err != nil {
		return 0, err
	}
	mode := le.Uint32(a)
	switch mode & unix.S_IFMT {
	case 0, unix.S_IFREG, unix.S_IFIFO, unix.S_IFSOCK:
	default:
		return 0, unix.EPERM
	}
	return s.make(r, name, mode, out, func(dir int) error { return unix.Mknodat(dir, name, mode&(unix.S_IFMT|0o777), 0) })
}

func (s *Server) symlink(r *request, out []byte) (int, error) {
	name, rest, err := name(r.args)
	if err != nil {
		return 0, err
	}
	target, _, found := bytes.Cut(rest, []byte{0})
	switch {
	case !found || len(target) == 0:
		return 0, unix.EINVAL
	case len(target) > maxPath:
		return 0, unix.ENAMETOOLONG
	}
	return s.make(r, name, 0, out, func(dir int) error { return unix.Symlinkat(string(target), dir, name) })
}

// link gives a file of the tree a second name.
func (s *Server) link(r *request, out []byte) (int, error) {
	a, rest, err := r.fixed(8)
	if err != nil {
		return 0, err
	}
	name, _, err := name(rest)
	if err != nil {
		return 0, err
	}
	p, err := s.fileAt(le.Uint64(a))
	if err != nil {
		return 0, err
	}
	defer p.close()
	parent, dir, err := s.reachDirectory(r.node)
	if err != nil {
		return 0, err
	}
	defer dir.close()
	if err := unix.Linkat(unix.AT_FDCWD, procPath(p.fd), dir.fd, name, unix.AT_SYMLINK_FOLLOW); err != nil {
		return 0, err
	}
	return s.found(parent, name, out)
}

func (s *Server) unlink(r *request, _ []byte) (int, error) { return s.remove(r, 0) }
func (s *Server) rmdir(r *request, _ []byte) (int, error)  { return s.remove(r, unix.AT_REMOVEDIR) }

func (s *Server) remove(r *request, flags int) (int, error) {
	name, _, err := name(r.args)
	if err != nil {
		return 0, err
	}
	parent, dir, err := s.reachDirectory(r.node)
	if err != nil {
		return 0, err
	}
	defer dir.close()
	if err := unix.Unlinkat(dir.fd, name, flags); err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := parent.children[name]; n != nil {
		s.detach(n, place{parent, name})
	}
	return 0, nil
}

func (s *Server) rename(r *request, _ []byte) (int, error) {
	a, rest, err := r.fixed(8)
	if err != nil {
		return 0, err
	}
	return 0, s.move(r.node, le.Uint64(a), rest, 0)
}

// rename2 has flags, of which one would leave a device node behind.
func (s *Server) rename2(r *request, _ []byte) (int, error) {
	a, rest, err := r.fixed(16)
	if err != nil {
		return 0, err
	}
	flags := le.Uint32(a[8:])
	if flags&^(unix.RENAME_NOREPLACE|unix.RENAME_EXCHANGE) != 0 {
		return 0, unix.EINVAL
	}
	return 0, s.move(r.node, le.Uint64(a), rest, flags)
}

// move renames: names are the old and the new one.
func (s *Server) move(from, to uint64, names []byte, flags uint32) error {
	oldName, rest, err := name(names)
	if err != nil {
		return err
	}
	newName, _, err := name(rest)
	if err != nil {
		return err
	}
	oldDir, err := s.node(from)
	if err != nil {
		return err
	}
	newDir, err := s.node(to)
	if err != nil {
		return err
	}
	s.tree.Lock()
	defer s.tree.Unlock()
	p, err := s.reachByName(oldDir)
	if err != nil {
		return err
	}
	defer p.close()
	q, err := s.reachByName(newDir)
	if err != nil {
		return err
	}
	defer q.close()
	if err := unix.Renameat2(p.fd, oldName, q.fd, newName, uint(flags)); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.moved(oldDir, oldName, newDir, newName, flags&unix.RENAME_EXCHANGE != 0)
	return nil
}

// moved has the tree follow a rename. Caller holds Server.mu.
func (s *Server) moved(oldDir *node, oldName string, newDir *node, newName string, exchange bool) {
	from, to := place{oldDir, oldName}, place{newDir, newName}
	a, b := oldDir.children[oldName], newDir.children[newName]
	if a != nil {
		s.detach(a, from)
	}
	if b != nil && from != to {
		s.detach(b, to)
	}
	if a != nil && !newDir.within(a) {
		s.attach(a, to)
	}
	if exchange && b != nil && from != to && !oldDir.within(b) {
		s.attach(b, from)
	}
}

// within says whether n is the directory a, or lies in it. The host does not move a directory into itself, but it may
// have changed the tree behind ours.
func (n *node) within(a *node) bool {
	for n != a {
		if len(n.names) == 0 {
			return false
		}
		n = n.names[0].dir
	}
	return true
}
