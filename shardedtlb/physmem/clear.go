package physmem

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// clearByHand is the largest range that is not worth a system call, in bytes.
const clearByHand = 1 << 20

// Clear makes the n bytes of RAM at pa zero and tells the code map. Whole pages of a large range are given back to the
// host, so that clearing what nobody has touched costs neither time nor memory. No hart or device may use the range
// meanwhile.
func (m *Memory) Clear(pa, n uint64) error {
	b, err := m.Slice(pa, n)
	if err != nil {
		return err
	}
	if n > clearByHand {
		start := uint64(uintptr(unsafe.Pointer(unsafe.SliceData(b))))
		head := -start & (hostPage - 1)
		whole := (n - head) &^ (hostPage - 1)
		if unix.Madvise(b[head:head+whole], unix.MADV_DONTNEED) == nil {
			clear(b[:head])
			b = b[head+whole:]
		}
	}
	clear(b)
	m.NoteWrite(pa, n)
	return nil
}

// hostPage is a multiple of every host's page size, in bytes.
const hostPage = 64 << 10
