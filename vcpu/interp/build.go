package interp

import (
	"bytes"
	"encoding/binary"
	"sync"

	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// buildCrossing builds the block of a page-crossing instruction and files it in
// its second page too, at an offset that no block of that page can have. Locks of
// two pages have no order: if the second is taken the block is born dead and will
// be built again at the next visit.
func (k *Cache) buildCrossing(pa, pa2 uint64) (b *Block, unprotected bool) {
	q := k.pageOf(pa2)
	filed := q.mu.TryLock()
	if filed {
		defer q.mu.Unlock()
		if filed = !q.gone; filed {
			q.lines.Or(1)
			unprotected = k.protect(q)
			filed = k.mem.Executable(pa2)
		}
	}
	raw := uint32(k.half(pa)) | uint32(k.half(pa2))<<16
	d := builder{lr: -1, strict: k.strict, heap: k.heap}
	if k.engine != nil {
		d.uops = append(d.uops, Uop{Op: OpCount})
	}
	if d.add(isa.Decode(raw)) {
		d.end()
	}
	b = d.block(pa, binary.LittleEndian.AppendUint32(nil, raw))
	b.pa2 = pa2
	if filed {
		k.file(q, crossKey, b)
	} else {
		b.dead.Store(true)
	}
	return b, unprotected
}

// half reads the halfword of RAM at pa.
func (k *Cache) half(pa uint64) uint16 {
	s, err := k.mem.Slice(pa, 2)
	if err != nil {
		return 0
	}
	return binary.LittleEndian.Uint16(s)
}

// builders keeps builders for their room for code and micro-operations, which lives shorter
// than what is built in it.
var builders = sync.Pool{New: func() any { return new(builder) }}

// build decodes the block at pa; nil if there is no whole instruction before the
// page's end any more. The caller holds the page's lock and has marked the page.
func (k *Cache) build(pa uint64) *Block {
	b := builders.Get().(*builder)
	defer builders.Put(b)
	*b = builder{uops: b.uops[:0], code: b.code[:0], lr: -1, strict: k.strict, heap: k.heap}
	if k.engine != nil {
		b.uops = append(b.uops, Uop{Op: OpCount})
	}
	code, err := k.mem.Slice(pa, physmem.PageSize-pa%physmem.PageSize)
	if err != nil {
		panic("BUG: block outside RAM: " + err.Error())
	}
	// Decode from a copy: harts may change the bytes meanwhile, and the block must
	// be what its record of them says.
	b.code = append(b.code, code[:min(len(code), maxReach)]...)
	more := true
	for more {
		in, ok := b.instruction(b.off)
		if !ok {
			b.end()
			break
		}
		if more = b.add(in); more && b.n >= k.insns {
			b.end()
			break
		}
	}
	if b.off == 0 {
		return nil
	}
	return b.block(pa, bytes.Clone(b.code[:max(b.off, b.seen)]))
}
