package mem

import (
	"sync/atomic"
	"unsafe"
)

// Guest RAM is reached by host address. The conversions are safe because every
// address comes out of physmem.Host or of a first-level entry made from it, and
// RAM is a mapping outside Go's heap that lives as long as the machine. Accesses
// of 1, 2, 4 and 8 bytes are single host instructions, so naturally aligned ones
// are single-copy atomic, as RVWMO asks.

// At returns the host address a as a pointer.
func At(a uint64) unsafe.Pointer { return unsafe.Add(unsafe.Pointer(nil), a) }

// LoadHost loads 1, 2, 4 or 8 bytes, zero-extended.
func LoadHost(a uint64, size uint64) uint64 {
	switch size {
	case 1:
		return uint64(*(*uint8)(At(a)))
	case 2:
		return uint64(*(*uint16)(At(a)))
	case 4:
		return uint64(*(*uint32)(At(a)))
	}
	return *(*uint64)(At(a))
}

// StoreHost stores the low 1, 2, 4 or 8 bytes of v.
func StoreHost(a uint64, size uint64, v uint64) {
	switch size {
	case 1:
		*(*uint8)(At(a)) = uint8(v)
	case 2:
		*(*uint16)(At(a)) = uint16(v)
	case 4:
		*(*uint32)(At(a)) = uint32(v)
	default:
		*(*uint64)(At(a)) = v
	}
}

// Word32 and Word64 are words of RAM for atomic operations.

func Word32(host uint64) *atomic.Uint32 { return (*atomic.Uint32)(At(host)) }
func Word64(host uint64) *atomic.Uint64 { return (*atomic.Uint64)(At(host)) }
