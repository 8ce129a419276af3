package mem

import "github.com/hartwood-vm/hartwood/shardedtlb"

// Load loads size bytes at va, 1, 2, 4 or 8, zero-extended; the near part of the first level has not answered.
func (p *Port) Load(va, size uint64) (v uint64, f Fault) {
	if addend, ok := p.MMU.Far(va, size, false); ok {
		return LoadHost(va+uint64(addend), size), Fault{}
	}
	if Crosses(va, size) {
		return p.loadCrossing(va, size)
	}
	s, bad := p.MMU.Access(va, size, shardedtlb.Load)
	switch {
	case bad != shardedtlb.NoFault:
		return 0, fault(bad, va)
	case s.Host != 0:
		return LoadHost(uint64(s.Host), size), Fault{}
	case s.PA%size != 0 && p.Mem.IsROM(s.PA, size):
		return p.loadROM(va, s.PA, size)
	case s.PA%size != 0:
		return 0, Fault{Misaligned, va}
	}
	v, ok := p.Mem.LoadDevice(s.PA, int(size))
	if !ok {
		return 0, Fault{Denied, va}
	}
	return v, Fault{}
}

// loadCrossing loads from two pages; only RAM and ROM can be accessed so.
func (p *Port) loadCrossing(va, size uint64) (v uint64, f Fault) {
	first := rest(va, size)
	lo, f := p.Access(va, first, shardedtlb.Load)
	if f.Kind != OK {
		return 0, f
	}
	hi, f := p.Access(va+first, size-first, shardedtlb.Load)
	if f.Kind != OK {
		return 0, f
	}
	low, f := p.loadBytes(va, lo, first)
	if f.Kind != OK {
		return 0, f
	}
	high, f := p.loadBytes(va+first, hi, size-first)
	return low | high<<(8*first), f
}

// loadBytes loads n bytes of RAM or ROM, one by one.
func (p *Port) loadBytes(va uint64, s shardedtlb.Span, n uint64) (v uint64, f Fault) {
	if s.Host == 0 {
		return p.loadROM(va, s.PA, n)
	}
	for i := range n {
		v |= LoadHost(uint64(s.Host)+i, 1) << (8 * i)
	}
	return v, Fault{}
}

// loadROM loads n bytes of ROM, one by one, from the device that has it.
func (p *Port) loadROM(va, pa, n uint64) (v uint64, f Fault) {
	if !p.Mem.IsROM(pa, n) {
		return 0, Fault{Denied, va}
	}
	for i := range n {
		b, ok := p.Mem.LoadDevice(pa+i, 1)
		if !ok {
			return 0, Fault{Denied, va}
		}
		v |= b << (8 * i)
	}
	return v, Fault{}
}

// Store stores the low size bytes of v at va, 1, 2, 4 or 8; the near part of the first level has not answered.
func (p *Port) Store(va, size, v uint64) Fault {
	if addend, ok := p.MMU.Far(va, size, true); ok {
		StoreHost(va+uint64(addend), size, v)
		return Fault{}
	}
	if Crosses(va, size) {
		return p.storeCrossing(va, size, v)
	}
	s, bad := p.MMU.Access(va, size, shardedtlb.Store)
	switch {
	case bad != shardedtlb.NoFault:
		return fault(bad, va)
	case s.Host != 0:
		held := p.Mem.BeginWrite(s.PA, size)
		StoreHost(uint64(s.Host), size, v)
		p.Mem.EndWrite(held, s.PA, size)
		return Fault{}
	case s.PA%size != 0:
		return Fault{Misaligned, va}
	case !p.Mem.StoreDevice(s.PA, int(size), v):
		return Fault{Denied, va}
	}
	return Fault{}
}

// storeCrossing stores to two pages, after both have been checked: page tables and PMP first, then what is there.
func (p *Port) storeCrossing(va, size, v uint64) Fault {
	first := rest(va, size)
	lo, f := p.Access(va, first, shardedtlb.Store)
	if f.Kind != OK {
		return f
	}
	hi, f := p.Access(va+first, size-first, shardedtlb.Store)
	switch {
	case f.Kind != OK:
		return f
	case lo.Host == 0:
		return Fault{Denied, va}
	case hi.Host == 0:
		return Fault{Denied, va + first}
	}
	p.storeBytes(lo, first, v)
	p.storeBytes(hi, size-first, v>>(8*first))
	return Fault{}
}

// storeBytes stores the low n bytes of v.
func (p *Port) storeBytes(s shardedtlb.Span, n, v uint64) {
	held := p.Mem.BeginWrite(s.PA, n)
	for i := range n {
		StoreHost(uint64(s.Host)+i, 1, v>>(8*i))
	}
	p.Mem.EndWrite(held, s.PA, n)
}
