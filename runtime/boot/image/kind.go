package image

import (
	"encoding/binary"
	"fmt"

	"github.com/hartwood-vm/hartwood/runtime/magic"
)

// Kind is what a file is, by its first bytes.
type Kind uint8

// The kinds that can be started.
const (
	Raw   Kind = iota // anything else: bytes for a load address
	ELF               // package elfimage takes it from here
	Image             // RISC-V Linux Image
	gzipped
	zboot
)

// sniffSize is how much of a file detect wants to see, in bytes.
const sniffSize = 0x206

// foreign lists kernels of other architectures and files that are no kernel, each with where its magic number is and
// what to do.
var foreign = []struct {
	offset int
	magic  string
	err    error
	what   string
}{
	{56, "ARM\x64", ErrMachine, "it is a Linux Image for AArch64"},
	{0x202, "HdrS", ErrMachine, "it is a Linux kernel for x86"},
	{0, "\x27\x05\x19\x56", ErrMalformed, "it is a U-Boot image: extract the kernel with dumpimage first"},
	{0, "07070", ErrMalformed, "it is an initial RAM disk: give it with --initrd"},
	{0, "!<arch>\n", ErrMalformed, "it is an archive, such as a Debian package: extract the kernel first"},
	{0, "\xd0\x0d\xfe\xed", ErrMalformed, "it is a device tree or FIT image: give a device tree with --dtb"},
}

// detect says what a file that begins with b is.
func detect(name string, b []byte) (Kind, error) {
	has := func(offset int, magic string) bool {
		return len(b) >= offset+len(magic) && string(b[offset:offset+len(magic)]) == magic
	}
	switch {
	case has(0, "\x7fELF"):
		return ELF, nil
	case isLinux(b):
		return Image, nil
	case has(0, "\x1f\x8b"):
		return gzipped, nil
	case has(0, "MZ") && has(4, "zimg"):
		return zboot, nil
	}
	for _, f := range foreign {
		if has(f.offset, f.magic) {
			return Raw, fmt.Errorf("%s: %w (%s)", name, f.err, f.what)
		}
	}
	if f, ok := magic.Detect(b); ok && f.Disk {
		return Raw, fmt.Errorf("%s: %w (it is %s: give disks with --drive)", name, ErrMalformed, f.What)
	} else if ok {
		return Raw, fmt.Errorf("%s: %w (it is %s: use %s first)", name, ErrCompression, f.What, f.Remedy)
	}
	if m, ok := peMachine(b); ok {
		return Raw, fmt.Errorf("%s: %w (it is an EFI application for machine %#x, without a Linux Image header)", name, ErrMachine, m)
	}
	return Raw, nil
}

// peMachine returns the machine number of a PE file.
func peMachine(b []byte) (uint16, bool) {
	if len(b) < 64 || string(b[:2]) != "MZ" {
		return 0, false
	}
	off := uint64(binary.LittleEndian.Uint32(b[60:]))
	if off+6 > uint64(len(b)) || string(b[off:off+4]) != "PE\x00\x00" {
		return 0, false
	}
	return binary.LittleEndian.Uint16(b[off+4:]), true
}
