package mem

import "github.com/hartwood-vm/hartwood/shardedtlb"

// place is a piece of RAM that is accessed atomically.
type place struct {
	host uint64
	pa   uint64 // 0: the first level has answered, so that nobody has to be told of a write
}

// atomic returns the place of size bytes at va. Atomic operations need RAM (PMA) and alignment.
func (p *Port) atomic(va, size uint64, acc shardedtlb.Access) (place, Fault) {
	table := &p.S.TLB.Load
	if acc == shardedtlb.Store {
		table = &p.S.TLB.Store
	}
	if va%size != 0 {
		return place{}, Fault{Misaligned, va}
	}
	if e := &table[va/pageSize%shardedtlb.FirstLevelEntries]; e.Tag == va&^pageMask|p.S.TLB.DataID {
		return place{va + uint64(e.Addend), 0}, Fault{}
	}
	s, f := p.inRAM(va, size, acc)
	return place{uint64(s.Host), s.PA}, f
}

// CheckUpdate returns the fault of an Update of size bytes at va that writes nothing.
func (p *Port) CheckUpdate(va, size uint64) Fault {
	_, f := p.atomic(va, size, shardedtlb.Store)
	return f
}

// Update has write change the size bytes of RAM at va, a multiple of size, in whatever way is atomic: it is given their
// host address. It must not wait for anything.
func (p *Port) Update(va, size uint64, write func(host uint64)) Fault {
	at, f := p.atomic(va, size, shardedtlb.Store)
	if f.Kind == OK {
		p.update(at, size, write)
	}
	return f
}

func (p *Port) update(at place, size uint64, write func(host uint64)) {
	if at.pa == 0 {
		write(at.host)
		return
	}
	held := p.Mem.BeginWrite(at.pa, size)
	write(at.host)
	p.Mem.EndWrite(held, at.pa, size)
}

// LoadAtomic loads 4 or 8 bytes at va, which Update may be changing.
func (p *Port) LoadAtomic(va, size uint64) (v uint64, f Fault) {
	at, f := p.atomic(va, size, shardedtlb.Load)
	if f.Kind != OK {
		return 0, f
	}
	return LoadHost(at.host, size), Fault{}
}

// LoadReserved loads 4 or 8 bytes at va and reserves them.
func (p *Port) LoadReserved(va, size uint64) (v uint64, f Fault) {
	at, f := p.atomic(va, size, shardedtlb.Load)
	if f.Kind != OK {
		return 0, f
	}
	v = LoadHost(at.host, size)
	p.S.ResHost, p.S.ResVal = uintptr(at.host), v
	return v, Fault{}
}

// StoreConditional stores the low size bytes of v at va if they are reserved and still have the value that was loaded. It ends
// the reservation, if it does not fault.
func (p *Port) StoreConditional(va, size, v uint64) (done bool, f Fault) {
	at, f := p.atomic(va, size, shardedtlb.Store)
	if f.Kind != OK {
		return false, f
	}
	if uintptr(at.host) == p.S.ResHost {
		p.update(at, size, func(host uint64) {
			if size == 4 {
				done = Word32(host).CompareAndSwap(uint32(p.S.ResVal), uint32(v))
			} else {
				done = Word64(host).CompareAndSwap(p.S.ResVal, v)
			}
		})
	}
	p.EndReservation()
	return done, Fault{}
}

// EndReservation lets a StoreConditional fail.
func (p *Port) EndReservation() { p.S.ResHost = 0 }

// ReservedChanged reports whether the size bytes that are reserved have another value by now than LR has loaded.
func (p *Port) ReservedChanged(size uint64) bool {
	return p.S.ResHost != 0 && LoadHost(uint64(p.S.ResHost), size) != p.S.ResVal
}
