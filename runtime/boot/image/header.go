package image

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// HeaderSize is the number of bytes of a Linux Image's header.
const HeaderSize = 64

var (
	// ErrEmpty reports a file without any bytes.
	ErrEmpty = errors.New("nothing to load")
	// ErrTruncated reports a file that is shorter than its headers say.
	ErrTruncated = errors.New("truncated image")
	// ErrMalformed reports a header or compressed data that makes no sense.
	ErrMalformed = errors.New("malformed image")
	// ErrMachine reports a kernel for another architecture or byte order.
	ErrMachine = errors.New("not a RISC-V kernel")
	// ErrCompression reports a compression that this program does not unpack.
	ErrCompression = errors.New("unsupported compression")
	// ErrTooBig reports an image that unpacks to more than the limit.
	ErrTooBig = errors.New("image too big")
)

// Linux is the header of a RISC-V Linux Image.
type Linux struct {
	// TextOffset is where the image wants to be, in bytes from the start of RAM.
	TextOffset uint64
	// ImageSize is the memory that the kernel takes, .bss included, in bytes; 0 in
	// old kernels, which do not say.
	ImageSize uint64
	// Flags has bit 0 set for a big-endian kernel, which ParseLinux refuses.
	Flags uint64
	// Version is the header's version, major in the upper half.
	Version uint32
	// EFI says that the image is an EFI application too ("MZ").
	EFI bool
}

// isLinux reports whether b starts with a RISC-V Image header.
func isLinux(b []byte) bool {
	return len(b) >= HeaderSize && (string(b[56:60]) == "RSC\x05" || string(b[48:56]) == "RISCV\x00\x00\x00")
}

// ParseLinux reads the header that b starts with.
func ParseLinux(name string, b []byte) (Linux, error) {
	if !isLinux(b) {
		return Linux{}, fmt.Errorf("%s: %w: no RISC-V Image header", name, ErrMalformed)
	}
	le := binary.LittleEndian
	h := Linux{
		TextOffset: le.Uint64(b[8:]), ImageSize: le.Uint64(b[16:]),
		Flags: le.Uint64(b[24:]), Version: le.Uint32(b[32:]),
		EFI: b[0] == 'M' && b[1] == 'Z',
	}
	if h.Flags&1 != 0 {
		return Linux{}, fmt.Errorf("%s: %w (it is big-endian)", name, ErrMachine)
	}
	return h, nil
}
