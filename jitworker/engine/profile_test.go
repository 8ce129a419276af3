package engine

import (
	"testing"

	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/blocks"
)

// A guest can make as many blocks as it likes; so many are counted.
func TestProfileIsBounded(t *testing.T) {
	const base, size, more = 0x8000_0000, 4 * maxProfiled, 100
	mem, err := physmem.New(base, size, physmem.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := mem.Close(); err != nil {
			t.Error(err)
		}
	}()
	cache := blocks.NewCache(mem, func(func()) {})
	cache.LimitBlocks(1)
	p, err := newProfile()
	if err != nil {
		t.Fatal(err)
	}
	for i := range uint64(maxProfiled + more) {
		b := cache.Get(blocks.Key{PA: base + 2*i}, nil)
		if b == nil {
			t.Fatalf("no block %d", i)
		}
		u := b.Part()
		if at := p.counter(&u); at == 0 != (i >= maxProfiled) {
			t.Fatalf("the counter of block %d is at %#x", i, at)
		}
		if i > 0 && i < maxProfiled && p.counter(&u) == p.counts.address(0) {
			t.Fatalf("block %d shares a counter", i)
		}
	}
	if len(p.blocks) != maxProfiled || p.skipped != more {
		t.Errorf("%d blocks counted, %d skipped", len(p.blocks), p.skipped)
	}
}
