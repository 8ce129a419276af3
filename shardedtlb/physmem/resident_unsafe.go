package physmem

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// residentStep is how much RAM one question to the host is about: its answer takes a byte a page.
const residentStep = 1 << 30

// Resident returns the bytes of RAM that the host has committed, about: what the guest has touched. Where the host does
// not tell it is all of RAM. It takes about a millisecond for each gibibyte of RAM. The caller sees to it that nobody calls
// Close meanwhile.
//
// The addresses that mincore is given are of m.ram and of a slice of so many bytes as there are pages, so it writes
// nowhere else.
func (m *Memory) Resident() (n uint64) {
	answer := make([]byte, min(m.size, residentStep)/PageSize)
	for at := uint64(0); at < m.size; at += residentStep {
		size := min(m.size-at, residentStep)
		_, _, errno := unix.Syscall(unix.SYS_MINCORE, m.host+uintptr(at), uintptr(size), uintptr(unsafe.Pointer(unsafe.SliceData(answer))))
		if errno != 0 {
			return m.size
		}
		for _, page := range answer[:size/PageSize] {
			n += uint64(page&1) * PageSize
		}
	}
	return n
}
