package vcpu

import "github.com/hartwood-vm/hartwood/shardedtlb"

// ReadVirtual copies len(p) bytes from virtual address va as a load of the hart
// would see them; false if any byte cannot be read. The caller owns h.
func (h *Hart) ReadVirtual(va uint64, p []byte) bool {
	return h.Core.Read(h.MMU.View(shardedtlb.Load), va, p)
}

// WriteVirtual copies p to virtual address va, to RAM only; false if any byte cannot be
// written, and then a part may have been. The caller owns h.
func (h *Hart) WriteVirtual(va uint64, p []byte) bool {
	return h.Core.Write(h.MMU.View(shardedtlb.Store), va, p)
}
