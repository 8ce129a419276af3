package rootfs

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hartwood-vm/hartwood/runtime/storage"
)

// Writes says where what a guest writes to its root goes.
type Writes int

// The places.
const (
	ByKind  Writes = iota // a directory is written to, and nothing else
	Aside                 // to memory, or a temporary file: it is gone at the end
	Through               // to the root itself
)

// Name names a root. Its text form is a path followed by options:
//
//	rootfs                 a directory, which is written to
//	rootfs,overlay         a directory, which stays as it is
//	rootfs.tar.xz          a tar archive, which is unpacked into the cache
//	disk.img, disk.qcow2   a disk image with ext4, which stays as it is
//	disk.img,write         a disk image that is written to
//	disk.qcow2,format=qcow2    with the backing files that it names
//	layout,tag=v1          an image of an OCI layout, or of a tar archive of one
//
// A comma that belongs to a path is doubled.
type Name struct {
	Path   string
	Tag    string
	Writes Writes
	Format storage.Format
}

// UnmarshalText reads the text form.
func (n *Name) UnmarshalText(text []byte) error {
	var to Name
	parts := strings.Split(strings.ReplaceAll(string(text), ",,", "\x00"), ",")
	for i, part := range parts {
		part = strings.ReplaceAll(part, "\x00", ",")
		name, value, _ := strings.Cut(part, "=")
		switch {
		case i == 0:
			to.Path = part
		case part == "overlay":
			to.Writes = Aside
		case part == "write":
			to.Writes = Through
		case name == "tag" && value != "":
			to.Tag = value
		case name == "format" && slices.Contains(storage.Formats, storage.Format(value)):
			to.Format = storage.Format(value)
		default:
			return fmt.Errorf("%q is no option of a root; choose overlay, write, tag=NAME, format=raw or format=qcow2 (a comma in a path is doubled)", part)
		}
	}
	if to.Path == "" {
		return fmt.Errorf("%q names no root; write ROOT[,overlay][,write][,tag=NAME]", text)
	}
	*n = to
	return nil
}

// String is the inverse of UnmarshalText.
func (n Name) String() string {
	double := func(s string) string { return strings.ReplaceAll(s, ",", ",,") }
	text := double(n.Path)
	switch n.Writes {
	case Aside:
		text += ",overlay"
	case Through:
		text += ",write"
	}
	if n.Tag != "" {
		text += ",tag=" + double(n.Tag)
	}
	if n.Format != "" {
		text += ",format=" + string(n.Format)
	}
	return text
}

// MarshalText is the inverse of UnmarshalText.
func (n Name) MarshalText() ([]byte, error) { return []byte(n.String()), nil }
