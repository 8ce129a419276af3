package ext4

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"slices"
	"testing"
)

// counting counts the bytes that are read of a disk.
type counting struct {
	io.ReaderAt
	bytes *int64
}

func (c counting) ReadAt(p []byte, at int64) (int, error) {
	*c.bytes += int64(len(p))
	return c.ReaderAt.ReadAt(p, at)
}

// Trees, directories and links that lead in circles or out of the disk end in errors, after a bounded number of reads.
func TestHostile(t *testing.T) {
	whole := image(t, plant(t), "-t", "ext4")
	s := open(t, whole)
	// place is where the bytes of an inode stand.
	place := func(name string) int64 {
		i, err := s.find(name)
		if err != nil {
			t.Fatal(err)
		}
		var d [minGroup]byte
		group := int64((i.number - 1) / s.perGroup)
		if err := s.bytes(d[:], (s.first+1)*s.block+group*s.groupSize); err != nil {
			t.Fatal(err)
		}
		return int64(le.Uint32(d[8:]))*s.block + int64((i.number-1)%s.perGroup)*s.inodeSize
	}
	kernel, many := place("boot/vmlinuz-6"), place("many")
	first := func(name string) int64 {
		run, err := mustFind(t, s, name).run(0)
		if err != nil {
			t.Fatal(err)
		}
		return run.first
	}
	names, data := first("many")*s.block, first("boot/vmlinuz-6")
	for name, c := range map[string]struct {
		change func(d []byte)
		want   error
	}{
		"an extent out of the disk": {func(d []byte) { le.PutUint32(d[kernel+0x28+12+8:], 1<<31) }, ErrBad},
		"a tree too high":           {func(d []byte) { le.PutUint16(d[kernel+0x28+6:], maxDepth+1) }, ErrBad},
		"a tree of itself": {func(d []byte) {
			for _, node := range [][]byte{d[kernel+0x28:], d[data*s.block:]} {
				le.PutUint16(node, extentMagic)
				le.PutUint16(node[2:], 1)
				le.PutUint16(node[6:], 1)
				clear(node[extentSize : 2*extentSize])
				le.PutUint32(node[extentSize+4:], uint32(data))
			}
		}, ErrBad},
		"more extents than fit": {func(d []byte) { le.PutUint16(d[kernel+0x28+2:], 5) }, ErrBad},
		"an inode without end":  {func(d []byte) { le.PutUint32(d[kernel+0x6c:], 1<<31) }, ErrBad},
		"inline data":           {func(d []byte) { le.PutUint32(d[kernel+0x20:], isInline) }, ErrUnknown},
		"a directory too long":  {func(d []byte) { le.PutUint32(d[many+4:], 1<<30) }, ErrUnknown},
		"an entry without end":  {func(d []byte) { le.PutUint16(d[names+4:], 0x7000) }, ErrBad},
		"an entry of nothing":   {func(d []byte) { le.PutUint16(d[names+4:], 4) }, ErrBad},
		"no inode":              {func(d []byte) { le.PutUint32(d[names+12+12:], 1<<30) }, nil},
	} {
		changed, read := bytes.Clone(whole), int64(0)
		c.change(changed)
		s, err := Open(counting{bytes.NewReader(changed), &read}, int64(len(changed)))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		err = readAll(s)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if read > 4*int64(len(changed)) {
			t.Errorf("%s: %d bytes are read", name, read)
		}
	}
}

func mustFind(t *testing.T, s *FS, name string) *inode {
	t.Helper()
	i, err := s.find(name)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// readAll reads the kernel, and the names in a directory.
func readAll(s *FS) error {
	f, err := s.File("kernel")
	if err == nil {
		_, err = io.CopyN(io.Discard, f, min(f.Size(), 1<<20))
	}
	_, namesErr := s.Names("many", 1000)
	return errors.Join(err, namesErr)
}

// patched is a disk some of whose bytes are others.
type patched struct {
	whole []byte
	bytes map[int64]byte
	read  int64
	note  func(at int64)
}

func (d *patched) ReadAt(p []byte, at int64) (int, error) {
	n, err := bytes.NewReader(d.whole).ReadAt(p, at)
	d.read += int64(n)
	for i := range p[:n] {
		if d.note != nil {
			d.note(at + int64(i))
		}
		if b, ok := d.bytes[at+int64(i)]; ok {
			p[i] = b
		}
	}
	return n, err
}

// looksAt are the bytes that leading to the files takes, not those of the kernel, in order.
func looksAt(whole []byte) []int64 {
	seen := map[int64]bool{}
	s, err := Open(&patched{whole: whole, note: func(at int64) { seen[at] = true }}, int64(len(whole)))
	if err == nil {
		_, err = s.File("kernel")
	}
	if err == nil {
		_, err = s.Names("many", 1000)
	}
	if err != nil {
		panic(err)
	}
	return slices.Sorted(maps.Keys(seen))
}

// FuzzRead reads good images some of whose bytes were changed, out of those that are looked at: it ends, after reading little. Each
// change is four bytes: where, and what is written there.
func FuzzRead(f *testing.F) {
	tree := plant(f)
	var kinds [][]byte
	var at [][]int64
	for _, options := range [][]string{{"-t", "ext4", "-b", "1024"}, {"-t", "ext2", "-b", "1024"}, manyGroups("meta_bg,^resize_inode")} {
		whole := image(f, tree, options...)
		kinds, at = append(kinds, whole), append(at, looksAt(whole))
	}
	f.Add(uint8(0), []byte{})
	f.Add(uint8(1), []byte{0, 4, 0x18, 9})
	f.Add(uint8(2), []byte{0, 4, 0x18, 0})
	f.Fuzz(func(t *testing.T, which uint8, changes []byte) {
		kind := int(which) % len(kinds)
		d := &patched{whole: kinds[kind], bytes: map[int64]byte{}}
		for ; len(changes) >= 4; changes = changes[4:] {
			where := int(changes[0])<<16 | int(changes[1])<<8 | int(changes[2])
			d.bytes[at[kind][where%len(at[kind])]] = changes[3]
		}
		size := int64(len(d.whole))
		if s, err := Open(d, size); err == nil {
			_ = readAll(s) // whatever comes of it, it has ended
		}
		if d.read > 4*size {
			t.Errorf("%d bytes are read of %d", d.read, size)
		}
	})
}
