package elfimage

import "errors"

var (
	// ErrNotELF reports a file without the ELF magic number.
	ErrNotELF = errors.New("not an ELF file")
	// ErrEmpty reports a file without any bytes, or without a loadable segment.
	ErrEmpty = errors.New("nothing to load")
	// ErrTruncated reports a file that ends before something its headers promise.
	ErrTruncated = errors.New("truncated ELF file")
	// ErrClass reports an ELF of another word size or byte order.
	ErrClass = errors.New("not a 64-bit little-endian ELF")
	// ErrMachine reports an ELF for another architecture.
	ErrMachine = errors.New("not a RISC-V ELF")
	// ErrType reports an ELF that is not an executable (an object file, a core
	// dump, a dynamically linked program).
	ErrType = errors.New("not a static executable")
	// ErrMalformed reports headers that contradict themselves.
	ErrMalformed = errors.New("malformed ELF file")
	// ErrOverlap reports two segments that claim the same physical addresses.
	ErrOverlap = errors.New("overlapping segments")
	// ErrRange reports a segment that does not lie in the machine's RAM.
	ErrRange = errors.New("segment outside memory")
	// ErrEntry reports an entry point that lies in no segment.
	ErrEntry = errors.New("entry point outside every segment")
)
