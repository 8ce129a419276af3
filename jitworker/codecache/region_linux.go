package codecache

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// mapRegion maps size bytes, a multiple of the page size. Pages cost memory from
// the first write on.
func mapRegion(size int) (*region, error) {
	fd, err := unix.MemfdCreate("hartwood-code", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("codecache: create code memory: %w", err)
	}
	defer unix.Close(fd)
	if err := unix.Ftruncate(fd, int64(size)); err != nil {
		return nil, fmt.Errorf("codecache: size code memory to %d bytes: %w", size, err)
	}
	rw, err := unix.Mmap(fd, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("codecache: map %d bytes for writing: %w", size, err)
	}
	rx, err := unix.Mmap(fd, 0, size, unix.PROT_READ|unix.PROT_EXEC, unix.MAP_SHARED)
	if err != nil {
		_ = unix.Munmap(rw)
		return nil, fmt.Errorf("codecache: map %d bytes for execution: %w", size, err)
	}
	return &region{rw: rw, rx: rx}, nil
}

// commit has the host provide the memory from byte from to byte to at once: page faults
// of two workers in one file, one page after the other, hold each other up. Older kernels
// refuse, and fault.
func (r *region) commit(from, to int) { _ = unix.Madvise(r.rw[from:to], unix.MADV_POPULATE_WRITE) }

func (r *region) unmap() error {
	errX := unix.Munmap(r.rx)
	if err := unix.Munmap(r.rw); err != nil {
		return fmt.Errorf("codecache: unmap: %w", err)
	}
	if errX != nil {
		return fmt.Errorf("codecache: unmap: %w", errX)
	}
	return nil
}
