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
		"many groups": {"-t", "ext4", "-b", "1024", "-g", "1024", "-O", "^resize_inode"},
	} {
		t.Run(name, func(t *testing.T) { check(t, open(t, image(t, tree, options...))) })
	}
}

func TestRefused(t *testing.T) {
	tree := plant(t)
	data := image(t, tree, "-t", "ext4")
	for name, c := range map[string]struct {
		data []byte
		want error
	}{
		"nothing": {nil, ErrNone}, "zeros": {make([]byte, 1<<20), ErrNone},
		"meta_bg":  {image(t, tree, "-t", "ext4", "-O", "meta_bg,^resize_inode"), ErrUnknown},
		"blocks":   {changed(data, 0x18, 7), ErrBad},
		"inodes":   {changed(data, 0x58, 64), ErrBad},
		"groups":   {changed(data, 0xfe, 8), ErrBad},
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
