package image

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
)

// File is a kernel file, unpacked if it was packed.
type File struct {
	Name string
	Kind Kind  // Raw, ELF or Image
	Head Linux // for Image only
	Data io.ReaderAt
	Size uint64 // bytes behind Data
}

// MemSize returns the bytes of memory that an Image or a raw binary takes.
func (f *File) MemSize() uint64 {
	if f.Kind == Image {
		return max(f.Head.ImageSize, f.Size)
	}
	return f.Size
}

// Open looks at the file of size bytes behind r and unpacks it if it is packed;
// the unpacked bytes, at most limit of them, are then held in the host's memory.
// name is used in messages only. A file that is not packed is not read beyond its
// first bytes, and r must stay open as long as File is used.
func Open(name string, r io.ReaderAt, size int64, limit uint64) (*File, error) {
	if size <= 0 {
		return nil, fmt.Errorf("%s: %w: the file is empty", name, ErrEmpty)
	}
	f, err := describe(name, r, uint64(size))
	if err != nil {
		return nil, err
	}
	var packed io.Reader
	switch f.Kind {
	case gzipped:
		packed = io.NewSectionReader(r, 0, size)
	case zboot:
		if packed, err = zbootPayload(name, r, uint64(size)); err != nil {
			return nil, err
		}
	default:
		return f, nil
	}
	data, err := gunzip(name, packed, limit)
	if err != nil {
		return nil, err
	}
	if f, err = describe(name, bytes.NewReader(data), uint64(len(data))); err != nil {
		return nil, err
	}
	if f.Kind == gzipped || f.Kind == zboot {
		return nil, fmt.Errorf("%s: %w: packed twice", name, ErrMalformed)
	}
	return f, nil
}

// describe detects the kind and reads the header that goes with it.
func describe(name string, r io.ReaderAt, size uint64) (*File, error) {
	b := make([]byte, min(size, sniffSize))
	if n, err := r.ReadAt(b, 0); n < len(b) {
		return nil, fmt.Errorf("%s: %w", name, readError(err))
	}
	kind, err := detect(name, b)
	if err != nil {
		return nil, err
	}
	f := &File{Name: name, Kind: kind, Data: r, Size: size}
	if kind == Image {
		f.Head, err = ParseLinux(name, b)
	}
	return f, err
}

// readError makes an unexpected end of file recognisable.
func readError(err error) error {
	if err == nil || err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrTruncated
	}
	return err
}

// zbootPayload finds the compressed kernel in an EFI zboot image: its offset and
// size are 32-bit words at 8 and 12, the name of the compression is at 24.
func zbootPayload(name string, r io.ReaderAt, size uint64) (io.Reader, error) {
	var h [56]byte
	if n, err := r.ReadAt(h[:], 0); n < len(h) {
		return nil, fmt.Errorf("%s: zboot header: %w", name, readError(err))
	}
	off, n := uint64(binary.LittleEndian.Uint32(h[8:])), uint64(binary.LittleEndian.Uint32(h[12:]))
	kind, _, _ := strings.Cut(string(h[24:]), "\x00")
	if kind != "gzip" {
		return nil, fmt.Errorf("%s: %w (%q in an EFI zboot image): use the kernel's plain Image", name, ErrCompression, kind)
	}
	if off < uint64(len(h)) || off > size || n > size-off {
		return nil, fmt.Errorf("%s: %w: payload of %d bytes at %#x, the file has %d", name, ErrTruncated, n, off, size)
	}
	return io.NewSectionReader(r, int64(off), int64(n)), nil
}

// gunzip unpacks one gzip member, at most limit bytes.
func gunzip(name string, r io.Reader, limit uint64) ([]byte, error) {
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, gzipError(name, err)
	}
	z.Multistream(false) // zboot images and some build systems append other data
	var buf bytes.Buffer
	n, err := buf.ReadFrom(io.LimitReader(z, int64(min(limit, 1<<40))+1))
	if err != nil {
		return nil, gzipError(name, err)
	}
	if uint64(n) > limit {
		return nil, fmt.Errorf("%s: %w: it unpacks to more than %d MiB: raise --memory", name, ErrTooBig, limit>>20)
	}
	if n == 0 {
		return nil, fmt.Errorf("%s: %w: it unpacks to nothing", name, ErrEmpty)
	}
	return buf.Bytes(), nil
}

func gzipError(name string, err error) error {
	if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%s: %w: the compressed data ends early", name, ErrTruncated)
	}
	return fmt.Errorf("%s: %w: %w", name, ErrMalformed, err)
}
