package mem

import (
	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
)

// Read copies RAM at va, seen in a view, to b: with the effects of loads there. False if any byte cannot be read.
func (p *Port) Read(v shardedtlb.View, va uint64, b []byte) bool {
	return pieces(va, b, func(va uint64, b []byte) bool {
		s, f := p.MMU.AccessIn(v, va, uint64(len(b)), shardedtlb.Load)
		return f == shardedtlb.NoFault && p.Mem.ReadAt(b, s.PA) == nil
	})
}

// Write copies b to RAM at va, seen in a view, with the effects of stores there. False if any byte cannot be written, and
// then a part may have been.
func (p *Port) Write(v shardedtlb.View, va uint64, b []byte) bool {
	return pieces(va, b, func(va uint64, b []byte) bool {
		n := uint64(len(b))
		s, f := p.MMU.AccessIn(v, va, n, shardedtlb.Store)
		if f != shardedtlb.NoFault || s.Host == 0 {
			return false
		}
		to, err := p.Mem.Slice(s.PA, n)
		if err != nil {
			return false
		}
		held := p.Mem.BeginWrite(s.PA, n)
		copy(to, b)
		p.Mem.EndWrite(held, s.PA, n)
		return true
	})
}

// Peek copies RAM at va, seen in a view by accesses of one kind, to b, and leaves no trace. False if any byte is out of the
// view's reach.
func (p *Port) Peek(v shardedtlb.View, va uint64, b []byte, acc shardedtlb.Access) bool {
	return pieces(va, b, func(va uint64, b []byte) bool {
		s, f := p.MMU.Probe(v, va, uint64(len(b)), acc)
		return f == shardedtlb.NoFault && p.Mem.ReadAt(b, s.PA) == nil
	})
}

// pieces calls f with the parts of b at va that lie in one page each, as long as it returns true.
func pieces(va uint64, b []byte, f func(va uint64, b []byte) bool) bool {
	for len(b) > 0 {
		n := rest(va, uint64(len(b)))
		if !f(va, b[:n]) {
			return false
		}
		va, b = va+n, b[n:]
	}
	return true
}

// Visit is called with the words of one page: none if there is no RAM that can be read. entry is the page-table entry that
// decided. It must not keep them; false: it wants no more.
type Visit func(words []uint64, entry uint64, f shardedtlb.Fault) (more bool)

// Words calls visit with the words from low to high, both multiples of 8, a page at a time, as the view would load them, and
// leaves no trace. It returns what visit has returned last.
func (p *Port) Words(v shardedtlb.View, low, high uint64, visit Visit) bool {
	return words(p.Mem, low, high, visit, func(va uint64) (shardedtlb.Found, shardedtlb.Fault) {
		return p.MMU.Probe(v, va, 8, shardedtlb.Load)
	})
}

// Words is Port.Words by page tables alone, for who is no hart: whatever their leaves permit.
func Words(m *physmem.Memory, r shardedtlb.Regime, low, high uint64, visit Visit) bool {
	return words(m, low, high, visit, func(va uint64) (shardedtlb.Found, shardedtlb.Fault) {
		return shardedtlb.ProbeTables(m, r, va, 8)
	})
}

func words(m *physmem.Memory, low, high uint64, visit Visit, probe func(va uint64) (shardedtlb.Found, shardedtlb.Fault)) bool {
	var buf [pageSize / 8]uint64
	for low < high {
		n := rest(low, high-low)
		found, f := probe(low)
		w := buf[:0]
		if f == shardedtlb.NoFault && m.IsRAM(found.PA, n) {
			w = buf[:n/8]
			for i := range w { // harts may write them meanwhile
				w[i] = Word64(uint64(found.Host) + 8*uint64(i)).Load()
			}
		}
		if !visit(w, found.Entry, f) {
			return false
		}
		low += n
	}
	return true
}
