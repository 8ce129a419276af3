package blk

import "sync/atomic"

// bitmap says which blocks of a large disk are marked. It allocates as it is
// filled, and grows only. Setting and asking are safe for concurrent use.
type bitmap []atomic.Pointer[bitmapPage] // set once by whoever marks a block of the page first

// bitmapPage covers pageBits blocks. Its words are changed by read-modify-write
// and read by anyone.
type bitmapPage [512]atomic.Uint64

const pageBits = 512 * 64

func newBitmap(blocks int64) bitmap { return make(bitmap, (blocks+pageBits-1)/pageBits) }

func (b bitmap) has(block int64) bool {
	p := b[block/pageBits].Load()
	return p != nil && p[block%pageBits/64].Load()>>(block%64)&1 != 0
}

// mark marks n blocks from block on.
func (b bitmap) mark(block, n int64) {
	for ; n > 0; block, n = block+1, n-1 {
		slot := &b[block/pageBits]
		if slot.Load() == nil {
			slot.CompareAndSwap(nil, new(bitmapPage))
		}
		slot.Load()[block%pageBits/64].Or(1 << (block % 64))
	}
}
