package blocks

import (
	"encoding/binary"
	"sync"

	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/code"
)

// buildCrossing builds the block of a page-crossing instruction and files it in
// its second page too. Locks of two pages have no order: if the second is taken the
// block is born dead and will be built again at the next visit.
func (k *Cache) buildCrossing(key Key, pa2 uint64) (b *Block, unprotected bool) {
	q := k.pages.make(pa2)
	filed := q.mu.TryLock()
	if filed {
		defer q.mu.Unlock()
		if filed = !q.gone; filed {
			q.lines.Or(1)
			unprotected = k.protect(q)
			if filed = k.mem.Executable(pa2); !filed {
				k.giveUp(q)
			}
		}
	}
	raw := uint32(k.half(key.PA)) | uint32(k.half(pa2))<<16
	b = k.make(key, binary.LittleEndian.AppendUint32(nil, raw), 1)
	b.pa2 = pa2
	if filed {
		k.file(q, place{key.Mode, crossing}, b)
	} else {
		b.dead.Store(true)
	}
	return b, unprotected
}

// half reads the halfword at pa.
func (k *Cache) half(pa uint64) uint16 {
	s, err := k.mem.Code(pa, 2)
	if err != nil {
		return 0
	}
	return binary.LittleEndian.Uint16(s)
}

// builders keeps builders for their room for code and micro-operations, which lives shorter
// than what is built in it.
var builders = sync.Pool{New: func() any { return new(code.Builder) }}

// build decodes the block of key; nil if there is no whole instruction before the
// page's end any more. The caller holds the page's lock and has marked the page.
func (k *Cache) build(key Key) *Block {
	text, err := k.mem.Code(key.PA, physmem.PageSize-key.PA%physmem.PageSize)
	if err != nil {
		panic("BUG: block outside RAM and ROM: " + err.Error())
	}
	return k.make(key, text, k.insns)
}

// make makes the block of at most insns instructions at the start of text.
func (k *Cache) make(key Key, text []byte, insns int) *Block {
	b := builders.Get().(*code.Builder)
	defer builders.Put(b)
	body, ok := b.Build(text, key.Mode, k.engine != nil, insns)
	if !ok {
		return nil
	}
	return newBlock(key, body)
}
