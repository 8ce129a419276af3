package mem

import "github.com/hartwood-vm/hartwood/shardedtlb"

// Fetch returns the physical address of the two bytes of code at pc.
func (p *Port) Fetch(pc uint64) (pa uint64, f Fault) {
	t := &p.S.TLB
	if e := &t.Fetch[pc/pageSize%shardedtlb.FetchEntries]; e.Tag == pc&^pageMask|t.FetchID {
		pa = uint64(e.Addend) | pc&pageMask
	} else {
		var s shardedtlb.Span
		if s, f = p.Access(pc, 2, shardedtlb.Fetch); f.Kind != OK {
			return 0, f
		}
		pa = s.PA
	}
	if !p.Mem.Executable(pa) {
		return 0, Fault{Denied, pc}
	}
	return pa, Fault{}
}

// Encoding fetches the encoding of the instruction at pc. The fault of an instruction that crosses a page has the address of
// the page at fault.
func (p *Port) Encoding(pc uint64) (raw uint32, f Fault) {
	lo, f := p.Fetch(pc)
	if f.Kind != OK {
		return 0, f
	}
	raw = p.half(lo)
	if raw&3 != 3 {
		return raw, Fault{}
	}
	hi := lo + 2
	if pc%pageSize == pageSize-2 || p.MMU.SplitsPage(lo) {
		if hi, f = p.Fetch(pc + 2); f.Kind != OK {
			return 0, f
		}
	}
	return raw | p.half(hi)<<16, Fault{}
}

// half reads two bytes of RAM or ROM at pa, which is even.
func (p *Port) half(pa uint64) uint32 {
	host, ok := p.Mem.HostCode(pa, 2)
	if !ok {
		panic("BUG: code is fetched from where neither RAM nor ROM is")
	}
	return uint32(LoadHost(uint64(host), 2))
}
