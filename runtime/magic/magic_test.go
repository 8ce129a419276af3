package magic

import (
	"bytes"
	"compress/gzip"
	"testing"
)

func TestDetect(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write(make([]byte, 1<<20))
	z.Close()
	vdi := make([]byte, HeadSize)
	copy(vdi, "<<< Oracle VM VirtualBox Disk Image >>>\n")
	copy(vdi[0x40:], "\x7f\x10\xda\xbe")
	tar := make([]byte, HeadSize)
	copy(tar, "etc/passwd")
	copy(tar[257:], "ustar\x0000")
	for _, test := range []struct {
		name string
		head []byte
		what string
	}{
		{"gzip", packed.Bytes(), "packed with gzip"},
		{"xz", []byte("\xfd7zXZ\x00\x00\x04"), "packed with xz"},
		{"zstd", []byte("\x28\xb5\x2f\xfd\x04"), "packed with zstd"},
		{"qcow2", []byte("QFI\xfb\x00\x00\x00\x03"), "a qcow2 disk image"},
		{"VDI", vdi, "a VDI disk image"},
		{"VDI cut before its signature", vdi[:0x42], ""},
		{"tar", tar, "a tar archive"},
		{"nothing", nil, ""},
		{"zeros", make([]byte, HeadSize), ""},
		{"the start of a magic number", []byte("QFI"), ""},
		{"a boot sector", []byte("\xeb\x58\x90mkfs.fat\x00"), ""},
	} {
		f, ok := Detect(test.head[:min(len(test.head), HeadSize)])
		if f.What != test.what || ok != (test.what != "") || ok != (f.Remedy != "") {
			t.Errorf("%s: %+v, %v; want %q", test.name, f, ok, test.what)
		}
	}
}
