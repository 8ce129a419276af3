package share

import (
	"bytes"

	"golang.org/x/sys/unix"
)

// name takes a name from the front of p, which ends with a zero byte, and checks that it is a single component.
func name(p []byte) (name string, rest []byte, err error) {
	head, rest, found := bytes.Cut(p, []byte{0})
	switch {
	case !found || len(head) == 0 || bytes.IndexByte(head, '/') >= 0 || string(head) == "." || string(head) == "..":
		return "", nil, unix.EINVAL
	case len(head) > maxName:
		return "", nil, unix.ENAMETOOLONG
	}
	return string(head), rest, nil
}

// lookup finds a name in a directory. What is not there is an answer too, which the guest may believe as long.
func (s *Server) lookup(r *request, out []byte) (int, error) {
	name, _, err := name(r.args)
	if err != nil {
		return 0, err
	}
	n, err := s.node(r.node)
	if err != nil {
		return 0, err
	}
	p, err := s.reachIn(n, name)
	if err == unix.ENOENT && len(out) >= entrySize {
		clear(out[:entrySize])
		putValidity(out[16:], out[32:], s.validity)
		return entrySize, nil
	}
	if err != nil {
		return 0, err
	}
	defer p.close()
	return s.entry(n, name, &p.st, out)
}

// entry has the guest remember a name, and answers with it.
func (s *Server) entry(parent *node, name string, st *unix.Stat_t, out []byte) (int, error) {
	if len(out) < entrySize {
		return 0, unix.EINVAL
	}
	id, err := s.enter(parent, name, st)
	if err != nil {
		return 0, err
	}
	putEntry(out, id, s.validity, s.seen(st))
	return entrySize, nil
}

// found answers with what is called name in the directory parent by now, which has just been made.
func (s *Server) found(parent *node, name string, out []byte) (int, error) {
	p, err := s.reachIn(parent, name)
	if err != nil {
		return 0, err
	}
	defer p.close()
	return s.entry(parent, name, &p.st, out)
}

func (s *Server) getattr(r *request, out []byte) (int, error) {
	a, _, err := r.fixed(16)
	if err != nil || len(out) < attrReplySize {
		return 0, unix.EINVAL
	}
	var p *file
	if le.Uint32(a)&attrOfHandle != 0 {
		p, err = s.fileOf(le.Uint64(a[8:]))
	} else {
		p, err = s.fileAt(r.node)
	}
	if err != nil {
		return 0, err
	}
	defer p.close()
	putAttrReply(out, s.validity, s.seen(&p.st))
	return attrReplySize, nil
}

// fileAt is what the guest calls node id.
func (s *Server) fileAt(id uint64) (*file, error) {
	n, err := s.node(id)
	if err != nil {
		return nil, err
	}
	return s.reach(n)
}

// fileOf is what the guest has open as handle id.
func (s *Server) fileOf(id uint64) (*file, error) {
	h, err := s.handle(id)
	if err != nil {
		return nil, err
	}
	p := &file{fd: h.fd, via: h}
	if err := unix.Fstat(h.fd, &p.st); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

func (s *Server) readlink(r *request, out []byte) (int, error) {
	p, err := s.fileAt(r.node)
	if err != nil {
		return 0, err
	}
	defer p.close()
	if p.st.Mode&unix.S_IFMT != unix.S_IFLNK || len(out) == 0 {
		return 0, unix.EINVAL
	}
	return unix.Readlinkat(p.fd, "", out[:min(len(out), guestPage)])
}

const statfsSize = 80

func (s *Server) statfs(r *request, out []byte) (int, error) {
	if len(out) < statfsSize {
		return 0, unix.EINVAL
	}
	p, err := s.fileAt(r.node)
	if err != nil {
		return 0, err
	}
	defer p.close()
	var f unix.Statfs_t
	if err := unix.Fstatfs(p.fd, &f); err != nil {
		return 0, err
	}
	clear(out[:statfsSize])
	for i, v := range []uint64{f.Blocks, f.Bfree, f.Bavail, f.Files, f.Ffree} {
		le.PutUint64(out[8*i:], v)
	}
	le.PutUint32(out[40:], uint32(f.Bsize))
	le.PutUint32(out[44:], min(uint32(f.Namelen), maxName))
	le.PutUint32(out[48:], uint32(f.Frsize))
	return statfsSize, nil
}
