package vcpu

import "github.com/hartwood-vm/hartwood/shardedtlb"

// ReadVirtual copies len(p) bytes from virtual address va as a load of the hart
// would see them; false if any byte cannot be read. The caller owns h.
func (h *Hart) ReadVirtual(va uint64, p []byte) bool {
	return h.pages(va, uint64(len(p)), shardedtlb.Load, func(pa, from, to uint64) bool {
		return h.mem.ReadAt(p[from:to], pa) == nil
	})
}

// WriteVirtual copies p to virtual address va, to RAM only; false if any byte cannot be
// written, and then a part may have been. The caller owns h.
func (h *Hart) WriteVirtual(va uint64, p []byte) bool {
	return h.pages(va, uint64(len(p)), shardedtlb.Store, func(pa, from, to uint64) bool {
		return h.mem.WriteAt(p[from:to], pa) == nil
	})
}

// pages calls f with the physical address of each piece of n bytes at va that lies in one
// page, and with what part of the bytes it is.
func (h *Hart) pages(va, n uint64, acc shardedtlb.Access, f func(pa, from, to uint64) bool) bool {
	for from := uint64(0); from < n; {
		to := min(n, from+pageRest(va+from, va+n))
		pa, fault := h.MMU.Translate(va+from, to-from, acc)
		if fault != shardedtlb.NoFault || !f(pa, from, to) {
			return false
		}
		from = to
	}
	return true
}
