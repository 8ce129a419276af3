package share

import (
	"encoding/binary"
	"time"

	"golang.org/x/sys/unix"
)

// Opcodes of requests.
const (
	opLookup        = 1
	opForget        = 2
	opGetattr       = 3
	opSetattr       = 4
	opReadlink      = 5
	opSymlink       = 6
	opMknod         = 8
	opMkdir         = 9
	opUnlink        = 10
	opRmdir         = 11
	opRename        = 12
	opLink          = 13
	opOpen          = 14
	opRead          = 15
	opWrite         = 16
	opStatfs        = 17
	opRelease       = 18
	opFsync         = 20
	opInit          = 26
	opOpendir       = 27
	opReaddir       = 28
	opReleasedir    = 29
	opFsyncdir      = 30
	opCreate        = 35
	opInterrupt     = 36
	opDestroy       = 38
	opBatchForget   = 42
	opFallocate     = 43
	opReaddirplus   = 44
	opRename2       = 45
	opLseek         = 46
	opCopyFileRange = 47
)

// Sizes of what the protocol is made of.
const (
	// HeaderSize is that of a request's header.
	HeaderSize = 40
	// ReplyHeaderSize is that of a reply's header.
	ReplyHeaderSize = 16

	entrySize     = 40 + attrSize
	attrSize      = 88
	attrReplySize = 16 + attrSize
	openReplySize = 16
	initReplySize = 64
	direntSize    = 24 // before the name
)

// Features that INIT agrees on.
const (
	featAsyncRead       = 1 << 0
	featAtomicTruncate  = 1 << 3
	featBigWrites       = 1 << 5
	featAutoInvalidate  = 1 << 12
	featReaddirplus     = 1 << 13
	featReaddirplusAuto = 1 << 14
	featAsyncDirect     = 1 << 15
	featParallelDirs    = 1 << 18
	featMaxPages        = 1 << 22
	featCacheSymlinks   = 1 << 23

	features = featAsyncRead | featAtomicTruncate | featBigWrites | featAutoInvalidate | featReaddirplus | featReaddirplusAuto |
		featAsyncDirect | featParallelDirs | featMaxPages | featCacheSymlinks
)

// Bits of SETATTR, OPEN, GETATTR and FSYNC.
const (
	setMode     = 1 << 0
	setUID      = 1 << 1
	setGID      = 1 << 2
	setSize     = 1 << 3
	setAtime    = 1 << 4
	setMtime    = 1 << 5
	setHandle   = 1 << 6
	setAtimeNow = 1 << 7
	setMtimeNow = 1 << 8

	openKeepCache = 1 << 1
	openCacheDir  = 1 << 3
	attrOfHandle  = 1 << 0
	fsyncDataOnly = 1 << 0
)

var le = binary.LittleEndian

// request is a request's header and what is behind it.
type request struct {
	opcode   uint32
	unique   uint64
	node     uint64
	uid, gid uint32
	args     []byte
}

// parse takes a request apart. The bytes behind it are the caller's.
func parse(p []byte) (r request, ok bool) {
	if len(p) < HeaderSize || uint64(le.Uint32(p)) != uint64(len(p)) {
		return r, false
	}
	return request{
		opcode: le.Uint32(p[4:]), unique: le.Uint64(p[8:]), node: le.Uint64(p[16:]),
		uid: le.Uint32(p[24:]), gid: le.Uint32(p[28:]), args: p[HeaderSize:],
	}, true
}

// fixed takes the first n bytes of the arguments, which are there; rest are the bytes behind.
func (r *request) fixed(n int) (head, rest []byte, err error) {
	if len(r.args) < n {
		return nil, nil, unix.EINVAL
	}
	return r.args[:n], r.args[n:], nil
}

// putEntry writes a reply to LOOKUP and its like.
func putEntry(out []byte, id uint64, valid time.Duration, a *attributes) {
	clear(out[:40])
	le.PutUint64(out, id)
	if id != 0 {
		putValidity(out[16:], out[32:], valid)
		putValidity(out[24:], out[36:], valid)
	}
	putAttributes(out[40:], a)
}

// putAttrReply writes a reply to GETATTR and SETATTR.
func putAttrReply(out []byte, valid time.Duration, a *attributes) {
	clear(out[:16])
	putValidity(out, out[8:], valid)
	putAttributes(out[16:], a)
}

func putValidity(seconds, nanoseconds []byte, d time.Duration) {
	le.PutUint64(seconds, uint64(d/time.Second))
	le.PutUint32(nanoseconds, uint32(d%time.Second))
}

// attributes are what a guest sees of a file.
type attributes struct {
	unix.Stat_t
	number   uint64 // in place of Ino
	uid, gid uint32
}

func putAttributes(out []byte, a *attributes) {
	le.PutUint64(out[0:], a.number)
	le.PutUint64(out[8:], uint64(a.Size))
	le.PutUint64(out[16:], uint64(a.Blocks))
	le.PutUint64(out[24:], uint64(a.Atim.Sec))
	le.PutUint64(out[32:], uint64(a.Mtim.Sec))
	le.PutUint64(out[40:], uint64(a.Ctim.Sec))
	le.PutUint32(out[48:], uint32(a.Atim.Nsec))
	le.PutUint32(out[52:], uint32(a.Mtim.Nsec))
	le.PutUint32(out[56:], uint32(a.Ctim.Nsec))
	le.PutUint32(out[60:], a.Mode)
	le.PutUint32(out[64:], uint32(a.Nlink))
	le.PutUint32(out[68:], a.uid)
	le.PutUint32(out[72:], a.gid)
	le.PutUint32(out[76:], uint32(unix.Major(a.Rdev))<<20|uint32(unix.Minor(a.Rdev))&0xfffff)
	le.PutUint32(out[80:], uint32(a.Blksize))
	le.PutUint32(out[84:], 0)
}
