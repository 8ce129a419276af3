package mem

import (
	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
)

const (
	pageSize = physmem.PageSize
	pageMask = pageSize - 1
)

// Port is a hart's way to guest memory.
type Port struct {
	S   *hart.State
	MMU *shardedtlb.MMU
	Mem *physmem.Memory
}

// Kind says what is wrong with an access.
type Kind uint8

// The kinds.
const (
	OK         Kind = iota
	Misaligned      // where alignment is needed
	Denied          // by the PMP, or there is nothing at the address that can do this
	NotMapped       // by the page tables: a page fault
	Kinds
)

// Fault is why an access cannot be made; its Kind is OK if it can.
type Fault struct {
	Kind Kind
	Addr uint64 // the virtual address at fault
}

// fault makes a translation's outcome a Fault of the access at va.
func fault(f shardedtlb.Fault, va uint64) Fault {
	switch f {
	case shardedtlb.PageFault:
		return Fault{NotMapped, va}
	case shardedtlb.AccessFault:
		return Fault{Denied, va}
	}
	return Fault{}
}

// Access returns where size bytes at va are, which lie within one page; Host is 0 where a device may be.
func (p *Port) Access(va, size uint64, acc shardedtlb.Access) (shardedtlb.Span, Fault) {
	s, f := p.MMU.Access(va, size, acc)
	return s, fault(f, va)
}

// inRAM is Access to RAM alone.
func (p *Port) inRAM(va, size uint64, acc shardedtlb.Access) (shardedtlb.Span, Fault) {
	s, f := p.Access(va, size, acc)
	if f.Kind == OK && s.Host == 0 {
		f = Fault{Denied, va}
	}
	return s, f
}

// Crosses reports whether an access reaches into the next page.
func Crosses(va, size uint64) bool { return va%pageSize+size > pageSize }

// rest is the number of bytes from va to the end of its page, n at most.
func rest(va, n uint64) uint64 { return min(pageSize-va%pageSize, n) }
