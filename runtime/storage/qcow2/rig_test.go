package qcow2

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/hartwood-vm/hartwood/runtime/storage/qcow2/qcow2test"
)

type shape = qcow2test.Shape

// memFile is a file in memory that notes what is done to it.
type memFile struct {
	mu       sync.Mutex
	data     []byte
	opened   int64
	readOnly bool
	log      []op
	logging  bool
	fail     func() error // asked before each write; nil: never fails
}

// op is a change of a file, or a sync if data is nil and n is 0.
type op struct {
	off  int64
	data []byte
	n    int64 // of a hole
}

func newMemFile(data []byte, readOnly bool) *memFile {
	return &memFile{data: data, opened: int64(len(data)), readOnly: readOnly}
}

func (f *memFile) ReadAt(p []byte, off int64) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if off < 0 {
		return 0, errors.New("negative offset")
	}
	n := 0
	if off < int64(len(f.data)) {
		n = copy(p, f.data[off:])
	}
	clear(p[n:])
	return len(p), nil
}

func (f *memFile) WriteAt(p []byte, off int64) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail != nil {
		if err := f.fail(); err != nil {
			return 0, err
		}
	}
	f.note(op{off: off, data: bytes.Clone(p)})
	f.apply(op{off: off, data: p})
	return len(p), nil
}

func (f *memFile) apply(o op) {
	if o.data == nil {
		if o.off < int64(len(f.data)) {
			clear(f.data[o.off:min(o.off+o.n, int64(len(f.data)))])
		}
		return
	}
	if end := int(o.off) + len(o.data); end > len(f.data) {
		f.data = append(f.data, make([]byte, end-len(f.data))...)
	}
	copy(f.data[o.off:], o.data)
}

func (f *memFile) note(o op) {
	if f.logging {
		f.log = append(f.log, o)
	}
}

func (f *memFile) Discard(off, n int64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.note(op{off: off, n: n})
	f.apply(op{off: off, n: n})
	return nil
}

func (f *memFile) Flush() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.note(op{})
	return nil
}

func (f *memFile) Size() int64    { return f.opened }
func (f *memFile) ReadOnly() bool { return f.readOnly }
func (f *memFile) Close() error   { return nil }

// bytesOf is the file's contents as they are now.
func (f *memFile) bytesOf() []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	return bytes.Clone(f.data)
}

// memBacking is a backing disk in memory.
type memBacking []byte

func (b memBacking) ReadAt(p []byte, off int64) (int, error) { return copy(p, b[off:]), nil }
func (b memBacking) Size() int64                             { return int64(len(b)) }
func (b memBacking) Close() error                            { return nil }

// mustOpen opens an image in memory.
func mustOpen(t testing.TB, f *memFile, backing []byte) *Image {
	t.Helper()
	c := Config{Name: "test.qcow2"}
	if backing != nil {
		c.Backing = memBacking(backing)
	}
	im, err := Open(t.Context(), f, c)
	if err != nil {
		t.Fatal(err)
	}
	return im
}

// checked checks the image in data with the checker, and fails the test if it is not sound. It returns the leaks.
func checked(t testing.TB, what string, data, backing []byte) int64 {
	t.Helper()
	im := mustOpen(t, newMemFile(data, true), backing)
	r, err := im.check(t.Context())
	if err != nil || len(r.Faults) > 0 {
		t.Fatalf("%s: %v %q", what, err, r.Faults)
	}
	return r.Leaked
}

// contents is the whole disk in data.
func contents(t testing.TB, data, backing []byte) []byte {
	t.Helper()
	im := mustOpen(t, newMemFile(data, true), backing)
	p := make([]byte, im.end())
	if _, err := im.ReadAt(p, 0); err != nil {
		t.Fatal(err)
	}
	return p
}

// pack puts compressed clusters with the given contents into an image, as qemu-img convert -c does, two of them in one
// host cluster where they fit.
func pack(t testing.TB, im *Image, guest []int64, data [][]byte) {
	t.Helper()
	im.mu.Lock()
	defer im.mu.Unlock()
	var host, room int64
	for i, g := range guest {
		packed := squeeze(t, im.h.compression, data[i])
		if int64(len(packed)) > room {
			first, _, err := im.alloc(1)
			if err != nil {
				t.Fatal(err)
			}
			host, room = first<<im.bits, im.cluster
		} else {
			c := host >> im.bits
			im.setRef(c, im.refs.get(c)+1)
		}
		if int64(len(packed)) > room {
			t.Fatalf("a cluster is packed into %d bytes", len(packed))
		}
		if _, err := im.file.WriteAt(packed, host); err != nil {
			t.Fatal(err)
		}
		index, slot := im.place(g << im.bits)
		table, err := im.ownL2(index)
		if err != nil {
			t.Fatal(err)
		}
		sectors := (host%512 + int64(len(packed)) - 1) / 512
		e := uint64(flagCompressed) | uint64(host) | uint64(sectors)<<(62-(im.bits-8))
		if err := im.replace(table, slot, e); err != nil {
			t.Fatal(err)
		}
		host, room = host+int64(len(packed)), room-int64(len(packed))
	}
}

func squeeze(t testing.TB, method byte, data []byte) []byte {
	var out bytes.Buffer
	if method == compressionZstd {
		z, err := zstd.NewWriter(&out)
		if err == nil {
			_, err = z.Write(data)
		}
		if err = errors.Join(err, z.Close()); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	z, err := flate.NewWriter(&out, 9)
	if err == nil {
		_, err = z.Write(data)
	}
	if err = errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// snapshot makes a snapshot of the current state, as qemu-img snapshot -c does, and returns the image's bytes. The image
// is not to be used any more.
func snapshot(t testing.TB, im *Image) []byte {
	t.Helper()
	if err := im.Flush(); err != nil {
		t.Fatal(err)
	}
	im.mu.Lock()
	raise := func(off int64) {
		c := off >> im.bits
		im.setRef(c, im.refs.get(c)+1)
	}
	l1 := append([]uint64(nil), im.l1...)
	for i, e := range l1 {
		if e == 0 {
			continue
		}
		table, err := im.loadL2(i)
		if err != nil {
			t.Fatal(err)
		}
		raise(table.off)
		for slot, e := range table.entries {
			d, err := im.decode(e)
			if err != nil {
				t.Fatal(err)
			}
			first, n := im.clusters(d)
			for c := range n {
				raise((first + c) << im.bits)
			}
			if d.copied {
				im.cache.set(table, slot, e&^flagCopied)
			}
		}
		im.l1[i] &^= flagCopied
		l1[i] = im.l1[i]
		im.l1Changed[i] = struct{}{}
	}
	if int64(len(l1))*8 > im.cluster {
		t.Fatal("the rig's snapshots have an L1 table of one cluster")
	}
	at, _, err := im.alloc(1)
	if err != nil {
		t.Fatal(err)
	}
	dir, _, err := im.alloc(1)
	if err != nil {
		t.Fatal(err)
	}
	entry := make([]byte, 64)
	binary.BigEndian.PutUint64(entry, uint64(at<<im.bits))
	binary.BigEndian.PutUint32(entry[8:], uint32(len(l1)))
	binary.BigEndian.PutUint16(entry[12:], 1)
	binary.BigEndian.PutUint16(entry[14:], 1)
	binary.BigEndian.PutUint32(entry[36:], 16)
	binary.BigEndian.PutUint64(entry[48:], uint64(im.h.Size))
	copy(entry[56:], "1s")
	for _, w := range []struct {
		p   []byte
		off int64
	}{{appendEntries(nil, l1), at << im.bits}, {entry, dir << im.bits},
		{appendEntries([]byte{0, 0, 0, 1}, []uint64{uint64(dir << im.bits)}), 60}} {
		if _, err := im.file.WriteAt(w.p, w.off); err != nil {
			t.Fatal(err)
		}
	}
	im.mu.Unlock()
	if err := im.Close(); err != nil {
		t.Fatal(err)
	}
	return im.file.(*memFile).bytesOf()
}

// ofSnapshot turns the only snapshot of an image into its current state, for reading.
func ofSnapshot(data []byte) []byte {
	d := bytes.Clone(data)
	dir := binary.BigEndian.Uint64(d[64:])
	copy(d[40:48], d[dir:dir+8])
	return d
}

func fillRandom(rng *rand.Rand, p []byte) {
	for i := range p {
		p[i] = byte(rng.Uint32())
	}
}
