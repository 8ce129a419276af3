package image

import (
	"bytes"
	"compress/gzip"
	"io"
	"testing"
)

// FuzzOpen looks for files that make Open panic, unpack more than it may or return a file that cannot be read.
func FuzzOpen(f *testing.F) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write(linux(4096, 0x200000, 0))
	z.Close()
	f.Add(packed.Bytes())
	f.Add(linux(100, 0x200000, 1<<40))
	f.Add(zbootImage(packed.Bytes(), "gzip"))
	f.Add([]byte("MZ text, not code"))
	f.Fuzz(func(t *testing.T, b []byte) {
		const limit = 1 << 20
		k, err := Open("kernel", bytes.NewReader(b), int64(len(b)), limit)
		if err != nil {
			return
		}
		if k.Size > max(limit, uint64(len(b))) || k.Kind > Image {
			t.Fatalf("%d bytes, kind %d", k.Size, k.Kind)
		}
		if got, err := io.ReadAll(io.NewSectionReader(k.Data, 0, int64(k.Size))); err != nil || uint64(len(got)) != k.Size {
			t.Fatalf("%d of %d bytes: %v", len(got), k.Size, err)
		}
		_ = k.CheckCode()
	})
}
