package packed

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/therootcompany/xz"
)

const (
	// maxWindow is the largest window or dictionary that a packed file may ask for.
	maxWindow = 128 << 20
	// maxDisk bounds what an image may claim to unpack to, holes included.
	maxDisk = 4 << 40
	// step is how much is written at once; a hole is at least as large.
	step = 64 << 10
)

// ErrLimit reports an image that is larger than the cache may be.
var ErrLimit = errors.New("the unpacked image is larger than the cache of images may be")

// methods are the formats, by what files begin with.
var methods = []struct {
	magic string
	open  func(r io.Reader) (io.Reader, error)
}{
	{"\x1f\x8b", func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) }},
	{"\xfd7zXZ\x00", func(r io.Reader) (io.Reader, error) { return xz.NewReader(r, maxWindow) }},
	{"\x28\xb5\x2f\xfd", func(r io.Reader) (io.Reader, error) {
		z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, err
		}
		return z.IOReadCloser(), nil
	}},
}

// Is says whether a file that begins with head is one that can be unpacked.
func Is(head []byte) bool { return method(head) != nil }

func method(head []byte) func(io.Reader) (io.Reader, error) {
	for _, m := range methods {
		if bytes.HasPrefix(head, []byte(m.magic)) {
			return m.open
		}
	}
	return nil
}

// Reader reads what is packed in r, or r itself if it is packed in no known way. Closing it leaves r open.
func Reader(r io.Reader) (io.ReadCloser, error) {
	b := bufio.NewReaderSize(r, step)
	head, err := b.Peek(6)
	if err != nil && err != io.EOF {
		return nil, err
	}
	open := method(head)
	if open == nil {
		return io.NopCloser(b), nil
	}
	in, err := open(b)
	if err != nil {
		return nil, fmt.Errorf("it cannot be unpacked: %w", err)
	}
	if c, ok := in.(io.ReadCloser); ok {
		return c, nil
	}
	return io.NopCloser(in), nil
}

// unpack writes what is packed in r to f, with holes for zeros, at most limit bytes besides them.
func unpack(ctx context.Context, f *os.File, r io.ReaderAt, size, limit int64) error {
	head := make([]byte, 16)
	if n, err := r.ReadAt(head, 0); err != nil && err != io.EOF {
		return err
	} else if head = head[:n]; method(head) == nil {
		return errors.New("it is packed in no known way")
	}
	in, err := Reader(io.NewSectionReader(r, 0, size))
	if err != nil {
		return err
	}
	defer in.Close()
	buf, zeros := make([]byte, step), make([]byte, step)
	total, written := int64(0), int64(0)
	for {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		n, err := io.ReadFull(in, buf)
		if n > 0 && !bytes.Equal(buf[:n], zeros[:n]) {
			if written += int64(n); written > limit {
				return ErrLimit
			}
			if _, err := f.WriteAt(buf[:n], total); err != nil {
				return err
			}
		}
		switch total += int64(n); {
		case total > maxDisk:
			return ErrLimit
		case err == io.EOF || err == io.ErrUnexpectedEOF && n > 0 && ended(in):
			return f.Truncate(total)
		case err != nil:
			return fmt.Errorf("it cannot be unpacked: %w", err)
		}
	}
}

// ended says whether a stream that has ended within a step has ended as it should: it has nothing more to say.
func ended(in io.Reader) bool {
	_, err := in.Read(make([]byte, 1))
	return err == io.EOF
}
