package fdt

import "errors"

// The flattened format: Devicetree Specification v0.4, sections 5.2 to 5.5.
const (
	magic      = 0xd00dfeed
	version    = 17 // written, and the oldest layout of the header that is read
	compatible = 16 // oldest version that a version-17 blob is compatible with

	headerSize  = 40
	reserveSize = 16

	tokBeginNode = 1
	tokEndNode   = 2
	tokProp      = 3
	tokNop       = 4
	tokEnd       = 9
)

const (
	// MaxBlob bounds the blobs that Read and Write accept, in bytes. A machine with
	// 4,095 harts needs less than a quarter of it.
	MaxBlob = 16 << 20
	// maxDepth bounds nesting. Real trees have about eight levels.
	maxDepth = 64
	// maxName bounds node and property names, in bytes. The specification says 31,
	// kernels' own bindings have longer ones.
	maxName = 255
)

var (
	// ErrNotFDT reports a blob without the magic number.
	ErrNotFDT = errors.New("not a flattened device tree")
	// ErrVersion reports a blob of a version this package cannot read.
	ErrVersion = errors.New("unsupported device tree version")
	// ErrTruncated reports a blob that is shorter than its header says.
	ErrTruncated = errors.New("truncated device tree")
	// ErrMalformed reports a blob that contradicts itself.
	ErrMalformed = errors.New("malformed device tree")
	// ErrTooBig reports a tree beyond the package's limits.
	ErrTooBig = errors.New("device tree too big")
)
