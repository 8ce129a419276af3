package net

import (
	"encoding/binary"
	"fmt"

	"github.com/hartwood-vm/hartwood/runtime/device/virtio"
	"github.com/hartwood-vm/hartwood/runtime/network"
)

// The header before each frame, chapter 5.1.6.
const (
	headerSize = 12
	// oldHeaderSize is that of drivers of version 1 without mergeable buffers, whose headers lack the last field.
	oldHeaderSize = 10

	flagNeedsChecksum = 1

	segmentNone = 0
	segmentTCP4 = 1
	segmentTCP6 = 4
	segmentECN  = 0x80 // which is not offered
)

func headerSizeOf(features uint64) int {
	if features&(virtio.FeatureVersion1|FeatureMergeable) == 0 {
		return oldHeaderSize
	}
	return headerSize
}

// decode makes a frame of the guest's header and bytes.
func decode(h, data []byte) (f network.Frame, err error) {
	le := binary.LittleEndian
	f.Data = data
	if h[0]&flagNeedsChecksum != 0 {
		f.Checksum, f.Start, f.Offset = true, le.Uint16(h[6:]), le.Uint16(h[8:])
	}
	switch h[1] {
	case segmentNone:
	case segmentTCP4, segmentTCP6:
		f.Segment, f.SegmentSize = network.TCP4, le.Uint16(h[4:])
		if h[1] == segmentTCP6 {
			f.Segment = network.TCP6
		}
	default:
		return f, fmt.Errorf("%w: segments of kind %#x", network.ErrFrame, h[1])
	}
	return f, f.Check()
}

// encode writes the header of a frame that takes n buffers.
func encode(h []byte, f *network.Frame, n int) {
	le := binary.LittleEndian
	clear(h)
	if f.Checksum {
		h[0] = flagNeedsChecksum
		le.PutUint16(h[6:], f.Start)
		le.PutUint16(h[8:], f.Offset)
	}
	if f.Segment != network.Whole {
		h[1] = segmentTCP4
		if f.Segment == network.TCP6 {
			h[1] = segmentTCP6
		}
		le.PutUint16(h[2:], uint16(headersOf(f)))
		le.PutUint16(h[4:], f.SegmentSize)
	}
	if len(h) == headerSize {
		le.PutUint16(h[10:], uint16(n))
	}
}

// headersOf is the bytes before a segment's payload.
func headersOf(f *network.Frame) int { return int(f.Start) + int(f.Data[int(f.Start)+12]>>4)*4 }

// takes says whether a driver with these features takes f as it is.
func takes(f *network.Frame, features uint64) bool {
	switch {
	case f.Checksum && features&FeatureGuestChecksum == 0:
	case f.Segment == network.TCP4 && features&FeatureGuestTCP4 == 0:
	case f.Segment == network.TCP6 && features&FeatureGuestTCP6 == 0:
	default:
		return true
	}
	return false
}
