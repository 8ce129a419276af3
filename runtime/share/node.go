package share

import (
	"slices"

	"golang.org/x/sys/unix"
)

const (
	rootID = 1
	// maxNames is how many names of a file are remembered; of more, the oldest are forgotten.
	maxNames = 4
)

// node is a file that the guest remembers. It is reached by any of the names that the guest has found it under, so that the
// names of one file are one file in the guest too.
type node struct {
	id   uint64
	file identity // of the root it is not looked at
	mode uint32   // its type

	names    []place          // protected by Server.mu: none for the root, and for a file that is gone; the latest last
	children map[string]*node // protected by Server.mu
	lookups  uint64           // protected by Server.mu: what the guest has to forget
	files    []*handle        // protected by Server.mu: it is open as, which reach the file without its name
	read     version          // protected by Server.mu: whose pages the guest may have
}

// place is where a file is found.
type place struct {
	dir  *node
	name string
}

// identity is the host's for a file.
type identity struct{ dev, ino uint64 }

func identityOf(st *unix.Stat_t) identity { return identity{st.Dev, st.Ino} }

// version tells whether a file has changed.
type version struct {
	size         int64
	mtime, ctime unix.Timespec
}

func versionOf(st *unix.Stat_t) version { return version{st.Size, st.Mtim, st.Ctim} }

// isFor says whether what the host has is what n was made for.
func (n *node) isFor(st *unix.Stat_t) bool {
	return n.id == rootID || n.file == identityOf(st) && n.mode == st.Mode&unix.S_IFMT
}

// node finds what the guest calls id.
func (s *Server) node(id uint64) (*node, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := s.nodes[id]; n != nil {
		return n, nil
	}
	return nil, unix.ESTALE
}

// paths are those below the directory by which n may be found, the latest first. The root's is ".".
func (s *Server) paths(n *node) (paths []string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n.id == rootID {
		return []string{"."}, nil
	}
	err = unix.ESTALE // without a name
	for _, at := range slices.Backward(n.names) {
		var path string
		if path, err = at.dir.below(at.name); err == nil {
			paths = append(paths, path)
		}
	}
	if len(paths) > 0 {
		err = nil
	}
	return paths, err
}

// pathIn is that of a name in the directory n.
func (s *Server) pathIn(n *node, name string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return n.below(name)
}

// below is the path of a name in the directory n, which has one name. Caller holds Server.mu.
func (n *node) below(name string) (string, error) {
	size := len(name)
	for d := n; d.id != rootID; d = d.names[0].dir {
		if len(d.names) == 0 {
			return "", unix.ESTALE // removed
		}
		if size += 1 + len(d.names[0].name); size > maxPath {
			return "", unix.ENAMETOOLONG
		}
	}
	path := make([]byte, size)
	at := size - len(name)
	copy(path[at:], name)
	for d := n; d.id != rootID; d = d.names[0].dir {
		at--
		path[at] = '/'
		at -= len(d.names[0].name)
		copy(path[at:], d.names[0].name)
	}
	return string(path), nil
}

// enter has the guest remember what st says is called name in dir, and returns its number.
func (s *Server) enter(dir *node, name string, st *unix.Stat_t) (uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.nodes[dir.id] != dir || dir.id != rootID && len(dir.names) == 0 {
		return 0, unix.ESTALE
	}
	n := dir.children[name]
	if n != nil && n.isFor(st) {
		n.lookups++
		return n.id, nil
	}
	if n != nil { // another file was there
		s.detach(n, place{dir, name})
	}
	if n = s.files[identityOf(st)]; n != nil && n.isFor(st) && !dir.within(n) {
		n.lookups++
		s.attach(n, place{dir, name})
		return n.id, nil
	}
	for n != nil && len(n.names) > 0 { // its number is another file's by now
		s.detach(n, n.names[0])
	}
	if len(s.nodes) >= s.limits.nodes {
		return 0, unix.ENFILE
	}
	s.lastNode++
	n = &node{id: s.lastNode, file: identityOf(st), mode: st.Mode & unix.S_IFMT, lookups: 1}
	s.nodes[n.id] = n
	s.attach(n, place{dir, name})
	return n.id, nil
}

// attach gives n a name, besides those that it has if it is no directory. Caller holds Server.mu.
func (s *Server) attach(n *node, at place) {
	if len(n.names) == maxNames || len(n.names) > 0 && n.mode == unix.S_IFDIR {
		s.detach(n, n.names[0])
	}
	if at.dir.children == nil {
		at.dir.children = map[string]*node{}
	}
	n.names = append(n.names, at)
	at.dir.children[at.name] = n
	s.files[n.file] = n
}

// detach takes a name of n's away. Caller holds Server.mu.
func (s *Server) detach(n *node, at place) {
	delete(at.dir.children, at.name)
	n.names = slices.DeleteFunc(n.names, func(p place) bool { return p == at })
	if len(n.names) == 0 && s.files[n.file] == n {
		delete(s.files, n.file) // another file may have the number from now on
	}
}

// forget is what FORGET and BATCH_FORGET say. There is no reply.
func (s *Server) forget(r *request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case r.opcode == opForget && len(r.args) >= 8:
		s.forgetOne(r.node, le.Uint64(r.args))
	case r.opcode == opBatchForget && len(r.args) >= 8:
		list := r.args[8:]
		for n := le.Uint32(r.args); n > 0 && len(list) >= 16; n-- {
			s.forgetOne(le.Uint64(list), le.Uint64(list[8:]))
			list = list[16:]
		}
	}
}

// forgetOne takes lookups away. A directory is remembered while something in it is. Caller holds Server.mu.
func (s *Server) forgetOne(id, lookups uint64) {
	n := s.nodes[id]
	if n == nil || id == rootID {
		return
	}
	n.lookups -= min(n.lookups, lookups)
	s.dropUnused(n)
}

// dropUnused forgets n if the guest does, and the directories that it was remembered for. Caller holds Server.mu.
func (s *Server) dropUnused(n *node) {
	if n.id == rootID || n.lookups > 0 || len(n.children) > 0 {
		return
	}
	delete(s.nodes, n.id)
	for len(n.names) > 0 {
		at := n.names[0]
		s.detach(n, at)
		s.dropUnused(at.dir)
	}
}
