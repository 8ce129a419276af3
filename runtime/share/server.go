package share

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// MaxData is the most bytes of a file that one request reads or writes.
	MaxData = 1 << 20
	// MaxRequest is the size of the largest request: a write with its header and arguments.
	MaxRequest = HeaderSize + writeSize + MaxData
	// MaxReply is the size of the largest reply.
	MaxReply = ReplyHeaderSize + MaxData

	maxNodes = 1 << 20 // that the guest remembers
	maxOpen  = 4096    // files and directories that it has open
	maxName  = 255
	maxPath  = 4095 // of a path below the directory, in bytes

	protocolMajor = 7
	oldestMinor   = 31
	newestMinor   = 38
)

// ErrDirectory reports something that cannot be shared.
var ErrDirectory = errors.New("cannot be shared")

// Config is what is shared, and how.
type Config struct {
	Dir      string
	ReadOnly bool // the guest changes nothing
	// Cache is how long the guest believes what it knows of a name and a file; what the host changes meanwhile it may see
	// only afterwards.
	Cache time.Duration
}

// Server answers the requests of one guest. Its methods are safe for concurrent use.
type Server struct {
	root     int // O_PATH
	rootDev  uint64
	readOnly bool
	validity time.Duration // Config.Cache
	ids      owners
	limits   limits

	// tree is held for writing while a name below the directory is moved or removed by the guest.
	tree sync.RWMutex

	mu         sync.Mutex
	nodes      map[uint64]*node   // protected by mu: by the number that the guest has
	files      map[identity]*node // protected by mu: those that have a name
	lastNode   uint64             // protected by mu: numbers are given once
	handles    map[uint64]*handle // protected by mu
	lastHandle uint64             // protected by mu
	ready      bool               // protected by mu: INIT was answered
}

// limits are smaller in tests.
type limits struct{ nodes, open int }

// Open begins to share a directory. The error names it and a remedy.
func Open(cfg Config) (*Server, error) {
	root, err := unix.Open(cfg.Dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		remedy := "check the path"
		switch {
		case errors.Is(err, fs.ErrPermission):
			remedy = "change its permissions"
		case errors.Is(err, unix.ENOTDIR):
			remedy = "give a directory"
		}
		return nil, fmt.Errorf("%s %w: %w; %s", cfg.Dir, ErrDirectory, err, remedy)
	}
	s := &Server{
		root: root, readOnly: cfg.ReadOnly, validity: cfg.Cache, ids: hostOwners(), limits: limits{maxNodes, maxOpen},
		handles: map[uint64]*handle{},
	}
	var st unix.Stat_t
	if err := unix.Fstat(root, &st); err != nil {
		return nil, errors.Join(fmt.Errorf("%s %w: %w; check the path", cfg.Dir, ErrDirectory, err), unix.Close(root))
	}
	if fd, err := openBeneath(root, "."); err != nil {
		return nil, errors.Join(fmt.Errorf("%s %w: %w; it takes Linux 5.6, and a sandbox that allows openat2", cfg.Dir, ErrDirectory, err), unix.Close(root))
	} else {
		unix.Close(fd)
	}
	if _, err := os.Stat(procSelfFd); err != nil {
		return nil, errors.Join(fmt.Errorf("%s %w: %w; mount /proc", cfg.Dir, ErrDirectory, err), unix.Close(root))
	}
	s.rootDev = st.Dev
	s.forgetAll()
	return s, nil
}

// Close closes what the guest has open, and the directory. No request may be under way.
func (s *Server) Close() error {
	s.forgetAll()
	return unix.Close(s.root)
}

// operation answers a request: it writes the reply's contents to out and returns how many bytes there are.
type operation struct {
	do     func(s *Server, r *request, out []byte) (n int, err error)
	change bool // it is refused where nothing may be changed
}

// operations are indexed by opcode. A guest that hears ENOSYS of others does not ask again.
var operations = [...]operation{
	opLookup:      {do: (*Server).lookup},
	opGetattr:     {do: (*Server).getattr},
	opSetattr:     {do: (*Server).setattr, change: true},
	opReadlink:    {do: (*Server).readlink},
	opSymlink:     {do: (*Server).symlink, change: true},
	opMknod:       {do: (*Server).mknod, change: true},
	opMkdir:       {do: (*Server).mkdir, change: true},
	opUnlink:      {do: (*Server).unlink, change: true},
	opRmdir:       {do: (*Server).rmdir, change: true},
	opRename:      {do: (*Server).rename, change: true},
	opRename2:     {do: (*Server).rename2, change: true},
	opLink:        {do: (*Server).link, change: true},
	opOpen:        {do: (*Server).open},
	opCreate:      {do: (*Server).create, change: true},
	opRead:        {do: (*Server).read},
	opWrite:       {do: (*Server).write, change: true},
	opFallocate:   {do: (*Server).fallocate, change: true},
	opLseek:       {do: (*Server).lseek},
	opStatfs:      {do: (*Server).statfs},
	opRelease:     {do: (*Server).release},
	opReleasedir:  {do: (*Server).release},
	opFsync:       {do: (*Server).fsync},
	opFsyncdir:    {do: (*Server).fsync},
	opInit:        {do: (*Server).init},
	opOpendir:     {do: (*Server).opendir},
	opReaddir:     {do: (*Server).readdir},
	opReaddirplus: {do: (*Server).readdirplus},
	opDestroy:     {do: (*Server).destroy},

	opCopyFileRange: {do: (*Server).copyFileRange, change: true},
}

// Answer answers the request p: it writes the reply into out and returns its length; 0: there is none. known says
// whether p was a request at all. A reply that out has no room for becomes an error, and one without room for a header
// none.
func (s *Server) Answer(p, out []byte) (n int, known bool) {
	r, ok := parse(p)
	if !ok {
		return 0, false
	}
	switch r.opcode {
	case opForget, opBatchForget, opInterrupt:
		s.forget(&r)
		return 0, true
	}
	if len(out) < ReplyHeaderSize {
		return 0, false
	}
	n, err := s.perform(&r, out[ReplyHeaderSize:])
	if err != nil {
		n = 0
	}
	n += ReplyHeaderSize
	le.PutUint32(out, uint32(n))
	le.PutUint32(out[4:], uint32(-int32(number(err))))
	le.PutUint64(out[8:], r.unique)
	return n, true
}

func (s *Server) perform(r *request, out []byte) (n int, err error) {
	if r.opcode >= uint32(len(operations)) || operations[r.opcode].do == nil {
		return 0, unix.ENOSYS
	}
	if r.opcode != opInit && !s.isReady() {
		return 0, unix.EIO
	}
	op := operations[r.opcode]
	if op.change && s.readOnly {
		return 0, unix.EROFS
	}
	return op.do(s, r, out)
}

// number is the error that a guest sees. Those of Linux are the same for all of its machines of today.
func number(err error) unix.Errno {
	if err == nil {
		return 0
	}
	var n unix.Errno
	if errors.As(err, &n) && n > 0 && n < 512 {
		return n
	}
	return unix.EIO
}

func (s *Server) isReady() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ready
}

// init agrees on version and features, and forgets what another kernel knew.
func (s *Server) init(r *request, out []byte) (int, error) {
	a, _, err := r.fixed(16)
	if err != nil || len(out) < initReplySize {
		return 0, unix.EINVAL
	}
	major, minor := le.Uint32(a), le.Uint32(a[4:])
	if major < protocolMajor || major == protocolMajor && minor < oldestMinor {
		return 0, unix.EPROTO
	}
	clear(out[:initReplySize])
	le.PutUint32(out, protocolMajor)
	le.PutUint32(out[4:], min(minor, newestMinor))
	if major > protocolMajor { // it asks again, with this one
		return initReplySize, nil
	}
	s.forgetAll()
	s.mu.Lock()
	s.ready = true
	s.mu.Unlock()
	le.PutUint32(out[8:], le.Uint32(a[8:]))            // read-ahead, as the guest likes
	le.PutUint32(out[12:], le.Uint32(a[12:])&features) // flags
	le.PutUint16(out[16:], maxBackground)              // requests that nobody waits for
	le.PutUint16(out[18:], maxBackground*3/4)          // from which on the guest holds back
	le.PutUint32(out[20:], MaxData)                    // of a write
	le.PutUint32(out[24:], 1)                          // times have nanoseconds
	le.PutUint16(out[28:], uint16(MaxData/guestPage))  // of a request
	return initReplySize, nil
}

const (
	maxBackground = 64
	guestPage     = 4096
)

func (s *Server) destroy(*request, []byte) (int, error) {
	s.forgetAll()
	return 0, nil
}

// forgetAll closes what is open, and leaves the root as the only node.
func (s *Server) forgetAll() {
	s.mu.Lock()
	handles := s.handles
	s.handles = map[uint64]*handle{}
	s.nodes = map[uint64]*node{rootID: {id: rootID, file: identity{dev: s.rootDev}, mode: unix.S_IFDIR, lookups: 1}}
	s.files = map[identity]*node{}
	s.lastNode, s.ready = max(s.lastNode, rootID), false
	s.mu.Unlock()
	for _, h := range handles {
		h.put()
	}
}
