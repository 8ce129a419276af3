package codecache

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// mapRegion maps size bytes, a multiple of the page size. Pages cost memory from
// the first write on.
//
// The memory is anonymous, and so has no name: Linux's perf takes names for the code of
// a named file, such as memfd_create makes, from that file, and for the code of
// anonymous memory from a map that the process writes. A mapping of no bytes moved
// elsewhere is how mremap maps shared memory a second time.
func mapRegion(size int) (*region, error) {
	rw, err := unix.MmapPtr(-1, 0, nil, uintptr(size), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|unix.MAP_ANONYMOUS|unix.MAP_NORESERVE)
	if err != nil {
		return nil, fmt.Errorf("codecache: map %d bytes for writing: %w", size, err)
	}
	r := &region{rw: mapped(rw, size)}
	rx, err := unix.MremapPtr(rw, 0, nil, uintptr(size), unix.MREMAP_MAYMOVE)
	if err == nil {
		r.rx = mapped(rx, size)
		err = unix.Mprotect(r.rx, unix.PROT_READ|unix.PROT_EXEC)
	}
	if err != nil {
		_ = r.unmap()
		return nil, fmt.Errorf("codecache: map %d bytes for execution: %w", size, err)
	}
	return r, nil
}

// commit has the host provide the memory from byte from to byte to at once: page faults
// of two workers in one file, one page after the other, hold each other up. Older kernels
// refuse, and fault.
func (r *region) commit(from, to int) { _ = unix.Madvise(r.rw[from:to], unix.MADV_POPULATE_WRITE) }

func (r *region) unmap() error {
	var errs []error
	for _, b := range [][]byte{r.rx, r.rw} {
		if b == nil {
			continue
		}
		if err := unix.MunmapPtr(address(b), uintptr(len(b))); err != nil {
			errs = append(errs, fmt.Errorf("codecache: unmap: %w", err))
		}
	}
	return errors.Join(errs...)
}
