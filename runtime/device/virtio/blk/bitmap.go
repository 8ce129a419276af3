package blk

import "sync/atomic"

// bitmap says which blocks of a large disk are marked. It allocates as it is
// filled. Setting, clearing and asking are safe for concurrent use.
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

// clear takes the marks of n blocks from block on back and returns how many there were.
func (b bitmap) clear(block, n int64) (cleared int64) {
	for ; n > 0; block, n = block+1, n-1 {
		if p := b[block/pageBits].Load(); p != nil {
			bit := uint64(1) << (block % 64)
			if p[block%pageBits/64].And(^bit)&bit != 0 {
				cleared++
			}
		}
	}
	return cleared
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
