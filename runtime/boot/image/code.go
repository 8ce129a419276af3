package image

import (
	"encoding/binary"
	"errors"
	"fmt"
	"unicode"
	"unicode/utf8"

	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// ErrNoCode reports a raw binary that no hart could execute one instruction of.
var ErrNoCode = errors.New("no program")

// leastText is how many bytes make a text. Two or three instructions may all be letters.
const leastText = 16

// CheckCode refuses a raw binary that harts cannot begin to execute: text, or bytes that are no instruction of this
// machine. Whatever passes may still be no program.
func (f *File) CheckCode() error {
	b := make([]byte, min(f.Size, sniffSize))
	if n, err := f.Data.ReadAt(b, 0); n < len(b) {
		return fmt.Errorf("%s: %w", f.Name, readError(err))
	}
	const remedy = "give an ELF file, a Linux Image or a raw binary of RISC-V code (disks go with --drive, initial RAM disks with --initrd)"
	if len(b) >= leastText && isText(b) {
		return fmt.Errorf("%s: %w: it is text; %s", f.Name, ErrNoCode, remedy)
	}
	var first [4]byte
	copy(first[:], b)
	in := isa.Decode(binary.LittleEndian.Uint32(first[:]))
	if in.Op == isa.ILLEGAL || uint64(len(b)) < in.Len() {
		return fmt.Errorf("%s: %w: it begins with the bytes % x, which are no instruction of this machine; %s",
			f.Name, ErrNoCode, b[:min(len(b), 4)], remedy)
	}
	return nil
}

// isText reports whether b is printable, or the beginning of something printable.
func isText(b []byte) bool {
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n <= 1 && utf8.FullRune(b) || !unicode.IsPrint(r) && !unicode.IsSpace(r) {
			return false
		}
		b = b[n:]
	}
	return true
}
