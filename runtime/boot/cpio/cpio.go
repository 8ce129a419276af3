package cpio

import (
	"fmt"
	"io"
)

// File type bits of a mode, as stat(2) has them.
const (
	typeDir  = 0o040000
	typeFile = 0o100000
	typeLink = 0o120000
	typeChar = 0o020000
)

// Writer writes a newc archive entry by entry. The first error sticks and is returned by every later call.
type Writer struct {
	out   io.Writer
	inode uint32
	size  int64 // bytes written so far
	err   error
}

// NewWriter returns a Writer to out.
func NewWriter(out io.Writer) *Writer { return &Writer{out: out} }

// Dir adds a directory with the permission bits perm. Parents come first.
func (w *Writer) Dir(name string, perm uint32) error {
	return w.entry(name, typeDir|perm, 0, 0, nil)
}

// File adds a regular file.
func (w *Writer) File(name string, perm uint32, data []byte) error {
	return w.entry(name, typeFile|perm, 0, 0, data)
}

// Symlink adds a symbolic link called name that points to target.
func (w *Writer) Symlink(name, target string) error {
	return w.entry(name, typeLink|0o777, 0, 0, []byte(target))
}

// CharDevice adds a character device node.
func (w *Writer) CharDevice(name string, perm, major, minor uint32) error {
	return w.entry(name, typeChar|perm, major, minor, nil)
}

// Close writes the archive's last entry. It does not close the underlying writer.
func (w *Writer) Close() error {
	return w.entry("TRAILER!!!", 0, 0, 0, nil)
}

// entry writes one header, the name and the data, each padded to four bytes.
func (w *Writer) entry(name string, mode, major, minor uint32, data []byte) error {
	if int64(len(data)) > 1<<32-1 {
		w.fail(fmt.Errorf("cpio: %s: %d bytes do not fit a newc entry", name, len(data)))
	}
	w.inode++
	header := fmt.Sprintf("070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
		w.inode, mode, 0, 0, 1, 0, len(data), 0, 0, major, minor, len(name)+1, 0)
	w.write([]byte(header))
	w.write([]byte(name + "\x00"))
	w.pad()
	w.write(data)
	w.pad()
	return w.err
}

func (w *Writer) pad() {
	if rest := w.size % 4; rest != 0 {
		w.write(make([]byte, 4-rest))
	}
}

func (w *Writer) write(data []byte) {
	if w.err != nil {
		return
	}
	n, err := w.out.Write(data)
	w.size += int64(n)
	w.fail(err)
}

func (w *Writer) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}
