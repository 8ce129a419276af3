package ext4

import (
	"bytes"
	"errors"
	"io"
	"testing"
)

// The same tree is read from file systems of all kinds that the guest's driver mounts.
func TestRead(t *testing.T) {
	tree := plant(t)
	for name, options := range map[string][]string{
		"ext4": {"-t", "ext4"}, "ext4, 1 KiB": {"-t", "ext4", "-b", "1024"}, "ext4, 64 KiB": {"-t", "ext4", "-b", "65536", "-N", "1024"},
		"ext4 without 64bit": {"-t", "ext4", "-O", "^64bit"}, "large inodes": {"-t", "ext4", "-I", "1024"},
		"ext3": {"-t", "ext3"}, "ext2": {"-t", "ext2", "-b", "1024"}, "oldest": {"-t", "ext2", "-r", "0", "-b", "1024"},
		"meta groups": {"-t", "ext4", "-O", "meta_bg,^resize_inode"}, "many meta groups": manyGroups("meta_bg,^resize_inode"),
		"with all superblocks": manyGroups("meta_bg,^resize_inode,^sparse_super"), "with two": manyGroups("meta_bg,^resize_inode,sparse_super2"),
		"without 64bit": manyGroups("meta_bg,^resize_inode,^64bit"),
		"many groups":   {"-t", "ext4", "-b", "1024", "-g", "1024", "-O", "^resize_inode"},
	} {
		t.Run(name, func(t *testing.T) { check(t, open(t, image(t, tree, options...))) })
	}
}

// manyGroups are options for a file system of several blocks of descriptors, of which files need two.
func manyGroups(features string) []string {
	return []string{"-t", "ext4", "-b", "1024", "-g", "256", "-N", "512", "-O", features}
}

func TestRefused(t *testing.T) {
	tree := plant(t)
	data, meta := image(t, tree, "-t", "ext4"), image(t, tree, manyGroups("meta_bg,^resize_inode")...)
	for name, c := range map[string]struct {
		data []byte
		want error
	}{
		"nothing": {nil, ErrNone}, "zeros": {make([]byte, 1<<20), ErrNone},
		"unknown":            {changed(data, 0x60, le.Uint32(data[superAt+0x60:])|1<<30), ErrUnknown},
		"blocks":             {changed(data, 0x18, 7), ErrBad},
		"inodes":             {changed(data, 0x58, 64), ErrBad},
		"groups":             {changed(data, 0xfe, 8), ErrBad},
		"a large meta group": {changed(meta, 0x20, 1<<31), ErrBad}, "one descriptor a block": {changed(meta, 0xfe, 1024), ErrBad},
		"no group": {changed(data, 0x28, 0), ErrBad},
	} {
		if _, err := Open(bytes.NewReader(c.data), int64(len(c.data))); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if _, err := Open(failing{bytes.NewReader(data)}, int64(len(data))); !errors.Is(err, errDisk) {
		t.Errorf("a disk that fails: %v", err)
	}
	s, err := Open(bytes.NewReader(data[:64<<10]), int64(len(data))) // the image is shorter than its size says
	if err != nil {
		t.Fatal(err)
	}
	if _, err := read(s, "boot/vmlinuz-6"); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a disk that ends: %v", err)
	}
}

// changed is an image with a word of 32 bits of its superblock changed.
func changed(data []byte, at int, to uint32) []byte {
	data = bytes.Clone(data)
	le.PutUint32(data[superAt+at:], to)
	return data
}

var errDisk = errors.New("the disk fails")

type failing struct{ io.ReaderAt }

func (failing) ReadAt([]byte, int64) (int, error) { return 0, errDisk }
