package mem

import (
	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
)

// Place is a word of RAM that is accessed atomically.
type Place struct {
	Host uint64
	Size uint64
	pa   uint64 // 0: the first level has answered, so that nobody has to be told of a write
}

// Atomic returns the place of size bytes at va. Atomic operations need RAM (PMA) and alignment. What writes there lies between
// BeginWrite and EndWrite.
func (p *Port) Atomic(va, size uint64, acc shardedtlb.Access) (Place, Fault) {
	table := &p.S.TLB.Load
	if acc == shardedtlb.Store {
		table = &p.S.TLB.Store
	}
	if va%size != 0 {
		return Place{}, Fault{Misaligned, va}
	}
	if e := &table[va/pageSize%shardedtlb.FirstLevelEntries]; e.Tag == va&^pageMask|p.S.TLB.DataID {
		return Place{va + uint64(e.Addend), size, 0}, Fault{}
	}
	s, f := p.inRAM(va, size, acc)
	return Place{uint64(s.Host), size, s.PA}, f
}

// BeginWrite comes before a write to a place.
func (p *Port) BeginWrite(at Place) physmem.Held {
	if at.pa == 0 {
		return nil
	}
	return p.Mem.BeginWrite(at.pa, at.Size)
}

// EndWrite comes after it, whether anything has been written or not, with what BeginWrite has returned.
func (p *Port) EndWrite(at Place, held physmem.Held) {
	if at.pa != 0 {
		p.Mem.EndWrite(held, at.pa, at.Size)
	}
}

// LoadReserved loads 4 or 8 bytes at va and reserves them.
func (p *Port) LoadReserved(va, size uint64) (v uint64, f Fault) {
	at, f := p.Atomic(va, size, shardedtlb.Load)
	if f.Kind != OK {
		return 0, f
	}
	v = LoadHost(at.Host, size)
	p.S.ResHost, p.S.ResVal = uintptr(at.Host), v
	return v, Fault{}
}

// StoreConditional stores the low size bytes of v at va if they are reserved and still have the value that was loaded. It ends
// the reservation, if it does not fault.
func (p *Port) StoreConditional(va, size, v uint64) (done bool, f Fault) {
	at, f := p.Atomic(va, size, shardedtlb.Store)
	if f.Kind != OK {
		return false, f
	}
	if uintptr(at.Host) == p.S.ResHost {
		held := p.BeginWrite(at)
		if size == 4 {
			done = Word32(at.Host).CompareAndSwap(uint32(p.S.ResVal), uint32(v))
		} else {
			done = Word64(at.Host).CompareAndSwap(p.S.ResVal, v)
		}
		p.EndWrite(at, held)
	}
	p.S.ResHost = 0
	return done, Fault{}
}
