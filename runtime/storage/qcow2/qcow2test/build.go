package qcow2test

import (
	"encoding/binary"
	"fmt"
)

// Shape is what an image is like.
type Shape struct {
	Version       int // 2 or 3
	ClusterBits   int
	RefcountOrder int // refcounts have two to the power of it bits; 4 in version 2
	Size          int64
	Backing       string // name of the backing file; empty: none
	BackingFormat string // empty: not said
	Compression   byte   // 0: zlib, 1: zstd
}

// Usual is the shape that qemu-img create gives images.
func Usual(size int64) Shape {
	return Shape{Version: 3, ClusterBits: 16, RefcountOrder: 4, Size: size}
}

func (s Shape) String() string {
	return fmt.Sprintf("v%d,cluster=%d,refbits=%d,backing=%t", s.Version, 1<<s.ClusterBits, 1<<s.RefcountOrder, s.Backing != "")
}

// Build makes an empty image: header, refcount table, refcount blocks and L1 table.
func (s Shape) Build() []byte {
	be := binary.BigEndian
	cluster := int64(1) << s.ClusterBits
	l1 := (s.Size-1)/(cluster/8*cluster) + 1
	l1Clusters := (l1*8-1)/cluster + 1
	perBlock := cluster * 8 >> s.RefcountOrder
	blocks := int64(1)
	for blocks*perBlock < 2+blocks+l1Clusters {
		blocks++
	}
	used := 2 + blocks + l1Clusters
	d := make([]byte, used*cluster)
	copy(d, "QFI\xfb")
	be.PutUint32(d[4:], uint32(s.Version))
	be.PutUint32(d[20:], uint32(s.ClusterBits))
	be.PutUint64(d[24:], uint64(s.Size))
	be.PutUint32(d[36:], uint32(l1))
	be.PutUint64(d[40:], uint64((2+blocks)*cluster))
	be.PutUint64(d[48:], uint64(cluster))
	be.PutUint32(d[56:], 1)
	at := 72
	if s.Version == 3 {
		at = 112
		be.PutUint32(d[96:], uint32(s.RefcountOrder))
		be.PutUint32(d[100:], uint32(at))
		if d[104] = s.Compression; s.Compression != 0 {
			be.PutUint64(d[72:], 1<<3)
		}
	}
	if s.Backing != "" {
		s.putBacking(d, at)
	}
	for b := range blocks {
		be.PutUint64(d[cluster+8*b:], uint64((2+b)*cluster))
	}
	for i := range used {
		s.countOne(d[2*cluster:(2+blocks)*cluster], i)
	}
	return d
}

// putBacking writes the extension with the backing file's format, and behind the extensions its name.
func (s Shape) putBacking(d []byte, at int) {
	be := binary.BigEndian
	if s.BackingFormat != "" {
		be.PutUint32(d[at:], 0xe2792aca)
		be.PutUint32(d[at+4:], uint32(len(s.BackingFormat)))
		at += 8 + (copy(d[at+8:], s.BackingFormat)+7)&^7
	}
	at += 8 // the end of the extensions
	be.PutUint64(d[8:], uint64(at))
	be.PutUint32(d[16:], uint32(len(s.Backing)))
	copy(d[at:], s.Backing)
}

// countOne sets refcount i to 1: big endian, or bits of a byte from the lowest on.
func (s Shape) countOne(blocks []byte, i int64) {
	if s.RefcountOrder >= 3 {
		blocks[(i+1)<<s.RefcountOrder/8-1] = 1
		return
	}
	bit := i << s.RefcountOrder
	blocks[bit/8] |= 1 << (bit % 8)
}
