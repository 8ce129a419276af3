package qcow2

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Errors that an image gives rise to; each comes with the file's name and what is wrong.
var (
	// ErrCorrupt reports contents that no image has.
	ErrCorrupt = errors.New("the qcow2 image is corrupt")
	// ErrUnsupported reports an image that needs what this package does not do.
	ErrUnsupported = errors.New("the qcow2 image cannot be used")
	// ErrLimit reports an image that is larger than this package's bounds.
	ErrLimit = errors.New("the qcow2 image is too large")
)

// Magic is what an image begins with.
const Magic = "QFI\xfb"

const (
	headerLen2 = 72
	headerLen3 = 104

	minClusterBits = 9
	maxClusterBits = 21

	maxL1Bytes       = 32 << 20
	maxRefTableBytes = 8 << 20
	maxSnapshots     = 65536
	maxBackingName   = 1023

	// Incompatible features.
	featureDirty       = 1 << 0
	featureCorrupt     = 1 << 1
	featureExternal    = 1 << 2
	featureCompression = 1 << 3
	featureExtendedL2  = 1 << 4

	extensionEnd           = 0
	extensionBackingFormat = 0xe2792aca

	compressionZlib = 0
	compressionZstd = 1
)

// Offsets of the header's fields that are written.
const (
	offSize      = 24 // behind it 4 bytes that say how the image is encrypted, which is not
	offL1Size    = 36
	offRefTable  = 48 // offset and clusters, 12 bytes
	offAutoclear = 88
)

// Header is what an image says of itself.
type Header struct {
	Version       uint32
	Size          int64 // of the disk, in bytes
	ClusterBits   uint32
	Backing       string // name of the backing file; empty: none
	BackingFormat string // empty: not said
	Snapshots     uint32
	Dirty         bool // refcounts may be wrong

	corrupt          bool
	compression      byte
	l1Size           uint32
	l1Offset         int64
	refTableOffset   int64
	refTableClusters uint32
	refOrder         uint32
	snapshotsOffset  int64
	autoclear        uint64
}

// ReadHeader reads and checks the header of an image. The file's name is for errors.
func ReadHeader(r io.ReaderAt, size int64, name string) (*Header, error) {
	var raw [headerLen3 + 8]byte
	if n, err := r.ReadAt(raw[:], 0); err != nil && (err != io.EOF || n < headerLen2) {
		if err == io.EOF {
			return nil, fmt.Errorf("%s: %w: its header has %d bytes", name, ErrCorrupt, n)
		}
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	h, err := parseHeader(raw[:])
	if err == nil {
		err = h.checkTables(size)
	}
	if err == nil {
		err = h.readExtensions(r, raw[:])
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return h, nil
}

func corrupt(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrCorrupt, fmt.Sprintf(format, args...))
}

func unsupported(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrUnsupported, fmt.Sprintf(format, args...))
}

// parseHeader takes the fixed fields.
func parseHeader(raw []byte) (*Header, error) {
	be := binary.BigEndian
	if string(raw[:4]) != Magic {
		return nil, corrupt("it does not begin as a qcow2 image does")
	}
	h := &Header{
		Version: be.Uint32(raw[4:]), ClusterBits: be.Uint32(raw[20:]), Size: int64(be.Uint64(raw[24:])),
		l1Size: be.Uint32(raw[36:]), l1Offset: int64(be.Uint64(raw[40:])),
		refTableOffset: int64(be.Uint64(raw[48:])), refTableClusters: be.Uint32(raw[56:]),
		Snapshots: be.Uint32(raw[60:]), snapshotsOffset: int64(be.Uint64(raw[64:])), refOrder: 4,
	}
	if h.Version != 2 && h.Version != 3 {
		return nil, unsupported("it has version %d, and only 2 and 3 are known; convert it with: qemu-img convert -O qcow2", h.Version)
	}
	if method := be.Uint32(raw[32:]); method != 0 {
		return nil, unsupported("it is encrypted; decrypt it with: qemu-img convert")
	}
	if h.ClusterBits < minClusterBits || h.ClusterBits > maxClusterBits {
		return nil, corrupt("clusters of 2^%d bytes", h.ClusterBits)
	}
	if h.Version == 2 {
		return h, nil
	}
	h.autoclear, h.refOrder = be.Uint64(raw[offAutoclear:]), be.Uint32(raw[96:])
	if h.refOrder > 6 {
		return nil, corrupt("refcounts of 2^%d bits", h.refOrder)
	}
	length := be.Uint32(raw[100:])
	if length < headerLen3 || length%8 != 0 || length > 1<<h.ClusterBits {
		return nil, corrupt("a header of %d bytes", length)
	}
	if length > headerLen3 {
		h.compression = raw[104]
	}
	return h, h.features(be.Uint64(raw[72:]))
}

// features judges the incompatible ones.
func (h *Header) features(bits uint64) error {
	h.Dirty, h.corrupt = bits&featureDirty != 0, bits&featureCorrupt != 0
	switch {
	case bits&featureExternal != 0:
		return unsupported("its data are in an external file; put them into one with: qemu-img convert -O qcow2")
	case bits&featureExtendedL2 != 0:
		return unsupported("it has extended L2 entries (subclusters); convert it with: qemu-img convert -O qcow2")
	case bits&^(featureDirty|featureCorrupt|featureCompression) != 0:
		return unsupported("it needs features that are not known (bits %#x); convert it with: qemu-img convert -O qcow2",
			bits&^(featureDirty|featureCorrupt|featureCompression))
	case bits&featureCompression != 0 != (h.compression != compressionZlib):
		return corrupt("compression type %d and its feature bit do not agree", h.compression)
	case h.compression > compressionZstd:
		return unsupported("its clusters are compressed by a method that is not known (%d); convert it with: qemu-img convert -O qcow2", h.compression)
	}
	return nil
}

// checkTables sees to it that the tables lie in the file and are no larger than the bounds.
func (h *Header) checkTables(fileSize int64) error {
	cluster := int64(1) << h.ClusterBits
	l2Covers := cluster / 8 * cluster
	switch {
	case h.Size <= 0 || h.Size > 1<<62:
		return corrupt("a disk of %d bytes", uint64(h.Size))
	case int64(h.l1Size)*8 > maxL1Bytes:
		return fmt.Errorf("%w: an L1 table of %d entries", ErrLimit, h.l1Size)
	case int64(h.l1Size) < (h.Size-1)/l2Covers+1:
		return corrupt("an L1 table of %d entries is too small for a disk of %d bytes", h.l1Size, h.Size)
	case int64(h.refTableClusters) > max(maxRefTableBytes/cluster, 1) || h.refTableClusters == 0:
		return corrupt("a refcount table of %d clusters", h.refTableClusters)
	case h.Snapshots > maxSnapshots:
		return fmt.Errorf("%w: %d snapshots", ErrLimit, h.Snapshots)
	}
	for _, t := range []struct {
		what   string
		off, n int64
	}{
		{"L1 table", h.l1Offset, int64(h.l1Size) * 8},
		{"refcount table", h.refTableOffset, int64(h.refTableClusters) * cluster},
	} {
		if t.off%cluster != 0 || t.off < cluster || t.off > fileSize-t.n {
			return corrupt("its %s of %d bytes at %#x is not within the file's %d bytes, or not at a cluster", t.what, t.n, uint64(t.off), fileSize)
		}
	}
	return nil
}

// readExtensions reads the header's extensions and the backing file's name, which lie in the first cluster.
func (h *Header) readExtensions(r io.ReaderAt, fixed []byte) error {
	be := binary.BigEndian
	first := make([]byte, 1<<h.ClusterBits)
	if _, err := r.ReadAt(first, 0); err != nil && err != io.EOF {
		return err
	}
	nameAt, nameLen := be.Uint64(fixed[8:]), uint64(be.Uint32(fixed[16:]))
	end := uint64(len(first))
	if nameAt != 0 {
		if nameLen > maxBackingName || nameAt > end || nameLen > end-nameAt {
			return corrupt("the name of its backing file, %d bytes at %#x, is not in the first cluster", nameLen, nameAt)
		}
		h.Backing = string(first[nameAt : nameAt+nameLen])
		end = nameAt
	}
	at := uint64(headerLen2)
	if h.Version > 2 {
		at = uint64(be.Uint32(fixed[100:]))
	}
	for at+8 <= end {
		kind, n := be.Uint32(first[at:]), uint64(be.Uint32(first[at+4:]))
		if kind == extensionEnd {
			break
		}
		if at += 8; n > end-at {
			return corrupt("a header extension of %d bytes at %#x", n, at-8)
		}
		if kind == extensionBackingFormat {
			h.BackingFormat = string(first[at : at+n])
		}
		at += (n + 7) &^ 7
	}
	return nil
}
