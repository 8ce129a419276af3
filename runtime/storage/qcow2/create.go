package qcow2

import (
	"encoding/binary"
	"fmt"
	"io"
)

// The shape of images that are made here: header, refcount table and one block of refcounts take a cluster each, and the
// L1 table what it needs.
const (
	newClusterBits = 16
	newCluster     = 1 << newClusterBits
	newL2Span      = newCluster / 8 * newCluster // bytes of the disk that an L2 table maps
	newL1Offset    = 3 * newCluster
)

// Create writes an image of version 3 with a disk of size bytes, on which nothing has been written yet: what is read is what
// the backing file of that name and format has.
func Create(w io.Writer, size int64, backing, format string) error {
	l1 := (size + newL2Span - 1) / newL2Span
	switch {
	case size <= 0 || l1*8 > maxL1Bytes:
		return fmt.Errorf("%w: a disk of %d bytes", ErrLimit, size)
	case len(backing) > maxBackingName:
		return fmt.Errorf("%w: the name of its backing file has %d bytes, and there is room for %d; choose a shorter path", ErrLimit, len(backing), maxBackingName)
	}
	l1Clusters := (l1*8 + newCluster - 1) / newCluster
	be := binary.BigEndian
	d := make([]byte, newL1Offset+l1Clusters*newCluster)
	copy(d, Magic)
	be.PutUint32(d[4:], 3)
	be.PutUint32(d[20:], newClusterBits)
	be.PutUint64(d[offSize:], uint64(size))
	be.PutUint32(d[offL1Size:], uint32(l1))
	be.PutUint64(d[40:], newL1Offset)
	be.PutUint64(d[offRefTable:], newCluster)
	be.PutUint32(d[offRefTable+8:], 1)
	be.PutUint32(d[96:], 4) // refcounts of 2^4 bits
	be.PutUint32(d[100:], headerLen3)
	if backing != "" {
		putBacking(d, backing, format)
	}
	be.PutUint64(d[newCluster:], 2*newCluster)
	for i := range 3 + l1Clusters {
		be.PutUint16(d[2*newCluster+2*i:], 1)
	}
	_, err := w.Write(d)
	return err
}

// Grow makes the disk of an image larger that Create has made and nobody else uses; fileSize is its file's. What is new is as below it, or
// zeros. A crash leaves the disk as large as it was, or larger.
func Grow(f interface {
	io.ReaderAt
	io.WriterAt
}, fileSize, size int64, name string) error {
	h, err := ReadHeader(f, fileSize, name)
	if err != nil {
		return err
	}
	before, l1 := int64(h.l1Size), (size+newL2Span-1)/newL2Span
	room := (before*8 + newCluster - 1) / newCluster * newCluster // of the table, which stays where it is
	switch {
	case h.ClusterBits != newClusterBits || h.l1Offset != newL1Offset || h.Snapshots != 0:
		return fmt.Errorf("%s: %w: it is of another shape", name, ErrUnsupported)
	case size < h.Size:
		return fmt.Errorf("%s: %w: a disk of %d bytes would have %d", name, ErrUnsupported, h.Size, size)
	case l1*8 > room:
		return fmt.Errorf("%s: %w: its disk can have at most %d bytes", name, ErrLimit, room/8*newL2Span)
	}
	unused := make([]byte, (l1-before)*8)
	if _, err := f.ReadAt(unused, newL1Offset+before*8); err != nil && err != io.EOF {
		return err
	}
	for _, b := range unused {
		if b != 0 {
			return fmt.Errorf("%s: %w: there is something behind its L1 table", name, ErrCorrupt)
		}
	}
	var field [offL1Size + 4 - offSize]byte // both lie in one sector, so they change together
	binary.BigEndian.PutUint64(field[:], uint64(size))
	binary.BigEndian.PutUint32(field[offL1Size-offSize:], uint32(l1))
	_, err = f.WriteAt(field[:], offSize)
	return err
}

// putBacking writes the extension that says the backing file's format, the end of the extensions, and the name.
func putBacking(d []byte, backing, format string) {
	be := binary.BigEndian
	at := headerLen3
	be.PutUint32(d[at:], extensionBackingFormat)
	be.PutUint32(d[at+4:], uint32(len(format)))
	at += 8 + (copy(d[at+8:], format)+7)&^7
	at += 8 // extensionEnd, of no bytes
	be.PutUint64(d[8:], uint64(at))
	be.PutUint32(d[16:], uint32(len(backing)))
	copy(d[at:], backing)
}
