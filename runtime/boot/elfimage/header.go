package elfimage

import (
	"encoding/binary"
	"fmt"
	"io"
)

// Sizes and values of the ELF64 format that this package uses.
const (
	headerSize  = 64
	phdrSize    = 56
	sectionSize = 64
	symbolSize  = 24

	classELF64 = 2
	dataLSB    = 1

	typeExec = 2
	typeDyn  = 3

	machineRISCV = 243
	flagRVE      = 0x8 // only 16 integer registers

	segLoad   = 1
	segInterp = 3
	segNote   = 4

	sectSymtab = 2

	// maxSegments bounds the loadable segments. Linkers make fewer than ten.
	maxSegments = 256

	// phnumExtended says that the number of segments is kept in a section header.
	phnumExtended = 0xffff
)

// machineNames are the architectures people are likely to have built for by
// mistake.
var machineNames = map[uint16]string{
	2: "SPARC", 3: "x86", 8: "MIPS", 20: "PowerPC", 21: "PowerPC64", 22: "S/390",
	40: "Arm", 43: "SPARC V9", 62: "x86-64", 183: "AArch64", 247: "BPF", 258: "LoongArch",
}

func machineName(m uint16) string {
	if s, ok := machineNames[m]; ok {
		return s
	}
	return fmt.Sprintf("number %d", m)
}

// header is the part of the ELF header that matters here.
type header struct {
	typ            uint16
	entry          uint64
	phoff, shoff   uint64
	phnum, shnum   uint64
	phsize, shsize uint16
}

// readHeader reads and judges the ELF header.
func readHeader(name string, r io.ReaderAt, size uint64) (header, error) {
	if size == 0 {
		return header{}, fmt.Errorf("%s: %w: the file is empty", name, ErrEmpty)
	}
	var b [headerSize]byte
	n, err := r.ReadAt(b[:min(size, headerSize)], 0)
	if err != nil && err != io.EOF {
		return header{}, fmt.Errorf("%s: read ELF header: %w", name, err)
	}
	if n < 4 || string(b[:4]) != "\x7fELF" {
		return header{}, fmt.Errorf("%s: %w", name, ErrNotELF)
	}
	if n < headerSize {
		return header{}, fmt.Errorf("%s: %w: %d bytes, the header alone has %d", name, ErrTruncated, size, headerSize)
	}
	if err := checkIdent(name, b[:]); err != nil {
		return header{}, err
	}
	le := binary.LittleEndian
	h := header{
		typ:   le.Uint16(b[16:]),
		entry: le.Uint64(b[24:]), phoff: le.Uint64(b[32:]), shoff: le.Uint64(b[40:]),
		phsize: le.Uint16(b[54:]), phnum: uint64(le.Uint16(b[56:])),
		shsize: le.Uint16(b[58:]), shnum: uint64(le.Uint16(b[60:])),
	}
	if h.typ != typeExec && h.typ != typeDyn {
		return header{}, fmt.Errorf("%s: %w (ELF type %d): link it first", name, ErrType, h.typ)
	}
	return h, nil
}

// checkIdent judges class, byte order, machine and flags.
func checkIdent(name string, b []byte) error {
	le := binary.LittleEndian
	const remedy = "build it with riscv64-unknown-elf-gcc or riscv64-linux-gnu-gcc"
	switch {
	case b[5] != dataLSB:
		if m := binary.BigEndian.Uint16(b[18:]); b[5] == 2 && m != machineRISCV {
			return fmt.Errorf("%s: %w (machine %s): %s", name, ErrMachine, machineName(m), remedy)
		}
		return fmt.Errorf("%s: %w (byte order %d): %s", name, ErrClass, b[5], remedy)
	case le.Uint16(b[18:]) != machineRISCV:
		return fmt.Errorf("%s: %w (machine %s): %s", name, ErrMachine, machineName(le.Uint16(b[18:])), remedy)
	case b[4] != classELF64:
		return fmt.Errorf("%s: %w (this one is 32-bit): build it with -march=rv64gc -mabi=lp64d", name, ErrClass)
	case le.Uint32(b[48:])&flagRVE != 0:
		return fmt.Errorf("%s: %w for this machine (it uses the RV64E ABI): build it with -mabi=lp64d", name, ErrMachine)
	}
	return nil
}

// table reads count records of recSize bytes at off after checking that the file
// has them.
func table(name, what string, r io.ReaderAt, size, off, count, recSize uint64) ([]byte, error) {
	n := count * recSize // callers bound both: no overflow
	if off > size || n > size-off {
		return nil, fmt.Errorf("%s: %w: %s at %#x with %d bytes, the file has %d", name, ErrTruncated, what, off, n, size)
	}
	b := make([]byte, n)
	if err := readFull(r, b, off); err != nil {
		return nil, fmt.Errorf("%s: read %s: %w", name, what, err)
	}
	return b, nil
}

// readFull fills b from off. A file that has become shorter since it was opened
// counts as truncated.
func readFull(r io.ReaderAt, b []byte, off uint64) error {
	n, err := r.ReadAt(b, int64(off))
	if n == len(b) {
		return nil
	}
	if err == nil || err == io.EOF {
		return fmt.Errorf("%w: %d bytes missing at %#x", ErrTruncated, len(b)-n, off+uint64(n))
	}
	return err
}
