package share

import "golang.org/x/sys/unix"

const setattrSize = 88

// setattr changes what the guest asks for, as far as the host's user may, and answers with what is so afterwards.
func (s *Server) setattr(r *request, out []byte) (int, error) {
	a, _, err := r.fixed(setattrSize)
	if err != nil || len(out) < attrReplySize {
		return 0, unix.EINVAL
	}
	valid := le.Uint32(a)
	var p *file
	if valid&setHandle != 0 {
		p, err = s.fileOf(le.Uint64(a[8:]))
	} else {
		p, err = s.fileAt(r.node)
	}
	if err != nil {
		return 0, err
	}
	defer p.close()
	for _, step := range []struct {
		bits uint32
		do   func() error
	}{
		{setUID | setGID, func() error { return s.chown(p, valid, le.Uint32(a[76:]), le.Uint32(a[80:])) }},
		{setMode, func() error { return chmod(p, le.Uint32(a[68:])) }},
		{setSize, func() error { return p.truncate(int64(le.Uint64(a[16:]))) }},
		{setAtime | setMtime, func() error { return p.setTimes(valid, a) }},
	} {
		if valid&step.bits == 0 {
			continue
		}
		if err := step.do(); err != nil {
			return 0, err
		}
	}
	if err := unix.Fstat(p.fd, &p.st); err != nil {
		return 0, err
	}
	putAttrReply(out, s.validity, s.seen(&p.st))
	return attrReplySize, nil
}

// chown changes owners. One that is so already needs no right to change it.
func (s *Server) chown(p *file, valid, uid, gid uint32) error {
	u, g := -1, -1
	if uid = s.ids.host(uid, s.ids.uid); valid&setUID != 0 && uid != p.st.Uid {
		u = int(uid)
	}
	if gid = s.ids.host(gid, s.ids.gid); valid&setGID != 0 && gid != p.st.Gid {
		g = int(gid)
	}
	if u < 0 && g < 0 {
		return nil
	}
	return unix.Fchownat(p.fd, "", u, g, unix.AT_EMPTY_PATH|unix.AT_SYMLINK_NOFOLLOW)
}

// chmod changes the permissions. A link has none.
func chmod(p *file, mode uint32) error {
	kind := p.st.Mode & unix.S_IFMT
	if kind == unix.S_IFLNK {
		return unix.EOPNOTSUPP
	}
	return unix.Chmod(procPath(p.fd), safeMode(mode, kind))
}

func (p *file) truncate(size int64) error {
	if p.st.Mode&unix.S_IFMT != unix.S_IFREG {
		return unix.EINVAL
	}
	if p.via != nil && p.via.writable {
		return unix.Ftruncate(p.fd, size)
	}
	return unix.Truncate(procPath(p.fd), size)
}

func (p *file) setTimes(valid uint32, a []byte) error {
	pick := func(given, now uint32, sec, nsec int) unix.Timespec {
		switch {
		case valid&given == 0:
			return unix.Timespec{Nsec: unix.UTIME_OMIT}
		case valid&now != 0:
			return unix.Timespec{Nsec: unix.UTIME_NOW}
		}
		// A fraction that is none would be one of the two above.
		return unix.Timespec{Sec: int64(le.Uint64(a[sec:])), Nsec: int64(le.Uint32(a[nsec:]) % 1e9)}
	}
	times := []unix.Timespec{pick(setAtime, setAtimeNow, 32, 56), pick(setMtime, setMtimeNow, 40, 60)}
	return unix.UtimesNanoAt(unix.AT_FDCWD, procPath(p.fd), times, 0)
}
