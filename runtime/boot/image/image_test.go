package image

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"
)

// linux makes an Image of n bytes.
func linux(n int, textOffset, imageSize uint64) []byte {
	le := binary.LittleEndian
	b := make([]byte, n)
	copy(b, "MZ")
	le.PutUint64(b[8:], textOffset)
	le.PutUint64(b[16:], imageSize)
	le.PutUint32(b[32:], 2)
	copy(b[48:], "RISCV\x00\x00\x00RSC\x05")
	le.PutUint32(b[60:], 64)
	if n > 70 {
		copy(b[64:], "PE\x00\x00dP")
	}
	return b
}

func pack(t testing.TB, b []byte) []byte {
	t.Helper()
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	if _, err := z.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// zbootImage wraps a payload as a zboot build does.
func zbootImage(payload []byte, compression string) []byte {
	le := binary.LittleEndian
	b := make([]byte, 256)
	copy(b, "MZ")
	copy(b[4:], "zimg")
	le.PutUint32(b[8:], 256)
	le.PutUint32(b[12:], uint32(len(payload)))
	copy(b[24:], compression)
	le.PutUint32(b[60:], 64)
	copy(b[64:], "PE\x00\x00dP")
	return append(b, payload...)
}

func open(b []byte) (*File, error) {
	return Open("kernel", bytes.NewReader(b), int64(len(b)), 1<<20)
}

func TestKinds(t *testing.T) {
	img := linux(4096, 0x200000, 0x10000)
	noEFI := bytes.Clone(img)
	copy(noEFI, "\x6f\x00")
	old := bytes.Clone(img) // before header version 0.2 only the long magic was there
	copy(old[56:], "\x00\x00\x00\x00")
	for _, tc := range []struct {
		name string
		file []byte
		kind Kind
		data []byte
	}{
		{"Image", img, Image, img},
		{"Image without EFI stub", noEFI, Image, noEFI},
		{"old Image", old, Image, old},
		{"Image.gz", pack(t, img), Image, img},
		{"Image.gz with bytes behind", append(pack(t, img), "more"...), Image, img},
		{"zboot", zbootImage(pack(t, img), "gzip"), Image, img},
		{"zboot with size word", zbootImage(append(pack(t, img), 0, 16, 0, 0), "gzip"), Image, img},
		{"ELF", []byte("\x7fELF..."), ELF, []byte("\x7fELF...")},
		{"vmlinux.gz", pack(t, []byte("\x7fELF...")), ELF, []byte("\x7fELF...")},
		{"raw", []byte{0x13, 0, 0, 0}, Raw, []byte{0x13, 0, 0, 0}},
		{"one byte", []byte{0x13}, Raw, []byte{0x13}},
		{"MZ alone", []byte("MZ"), Raw, []byte("MZ")},
	} {
		f, err := open(tc.file)
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		got, err := io.ReadAll(io.NewSectionReader(f.Data, 0, int64(f.Size)))
		if err != nil || f.Kind != tc.kind || !bytes.Equal(got, tc.data) {
			t.Errorf("%s: %v, %d bytes, %v", tc.name, f.Kind, len(got), err)
		}
	}
}

func TestLinuxHeader(t *testing.T) {
	f, err := open(linux(4096, 0x200000, 0x10000))
	if err != nil {
		t.Fatal(err)
	}
	if want := (Linux{TextOffset: 0x200000, ImageSize: 0x10000, Version: 2, EFI: true}); f.Head != want {
		t.Errorf("%+v", f.Head)
	}
	if f.MemSize() != 0x10000 {
		t.Errorf("memory %#x", f.MemSize())
	}
	if f, err = open(linux(4096, 0x200000, 0)); err != nil || f.MemSize() != 4096 {
		t.Errorf("no image size: %v %v", f, err)
	}
}

func TestBadFiles(t *testing.T) {
	img := linux(4096, 0x200000, 0)
	bigEndian := bytes.Clone(img)
	bigEndian[24] = 1
	arm := make([]byte, 128)
	copy(arm[56:], "ARM\x64")
	x86 := make([]byte, 0x400)
	copy(x86[0x202:], "HdrS")
	pe := make([]byte, 128)
	copy(pe, "MZ")
	pe[60] = 64
	copy(pe[64:], "PE\x00\x00\x64\x86")
	badSum := pack(t, img)
	badSum[len(badSum)-8] ^= 1
	farPayload := zbootImage(pack(t, img), "gzip")
	binary.LittleEndian.PutUint32(farPayload[8:], 0xffffffff)
	longPayload := zbootImage(pack(t, img), "gzip")
	binary.LittleEndian.PutUint32(longPayload[12:], 0xffffffff)
	for _, tc := range []struct {
		name string
		file []byte
		want error
		says string
	}{
		{"empty", nil, ErrEmpty, "empty"},
		{"big-endian", bigEndian, ErrMachine, "big-endian"},
		{"AArch64", arm, ErrMachine, "AArch64"},
		{"x86", x86, ErrMachine, "x86"},
		{"EFI application", pe, ErrMachine, "0x8664"},
		{"xz", []byte("\xfd7zXZ\x00...."), ErrCompression, "unxz"},
		{"zstd", []byte("\x28\xb5\x2f\xfd...."), ErrCompression, "unzstd"},
		{"Debian package", []byte("!<arch>\ndebian-binary"), ErrMalformed, "extract"},
		{"zboot with zstd", zbootImage([]byte("..."), "zstd22"), ErrCompression, "plain Image"},
		{"zboot header cut", zbootImage(nil, "gzip")[:20], ErrTruncated, ""},
		{"zboot payload outside", farPayload, ErrTruncated, ""},
		{"zboot payload too long", longPayload, ErrTruncated, ""},
		{"zboot payload is no gzip", zbootImage([]byte("not gzip at all"), "gzip"), ErrMalformed, ""},
		{"gzip magic alone", []byte("\x1f\x8b"), ErrTruncated, ""},
		{"gzip cut", pack(t, img)[:30], ErrTruncated, ""},
		{"gzip checksum", badSum, ErrMalformed, "checksum"},
		{"gzip of nothing", pack(t, nil), ErrEmpty, ""},
		{"gzip of gzip", pack(t, pack(t, img)), ErrMalformed, "twice"},
		{"gzip bomb", pack(t, make([]byte, 1<<20+1)), ErrTooBig, "--memory"},
	} {
		f, err := open(tc.file)
		if !errors.Is(err, tc.want) {
			t.Errorf("%s: %v %v, want %v", tc.name, f, err, tc.want)
		} else if !strings.HasPrefix(err.Error(), "kernel: ") || !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s: message %q", tc.name, err)
		}
	}
	if f, err := open(pack(t, make([]byte, 1<<20))); err != nil || f.Size != 1<<20 {
		t.Errorf("exactly the limit: %v", err)
	}
}

func TestReadFailure(t *testing.T) {
	if _, err := Open("kernel", bytes.NewReader(nil), 100, 100); !errors.Is(err, ErrTruncated) {
		t.Error(err)
	}
	broken := errors.New("disk on fire")
	if _, err := Open("kernel", failing{broken}, 100, 100); !errors.Is(err, broken) {
		t.Error(err)
	}
}

type failing struct{ err error }

func (f failing) ReadAt([]byte, int64) (int, error) { return 0, f.err }
