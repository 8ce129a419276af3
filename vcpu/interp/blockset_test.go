package interp

import (
	"maps"
	"math/rand/v2"
	"testing"

	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
)

// A set holds what a map would, and knows which blocks a store may meet.
func TestBlockSet(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 50 {
		var s blockSet
		model := map[uint16]*Block{}
		for range rng.IntN(400) {
			key := uint16(rng.IntN(crossKey + 1))
			switch {
			case model[key] != nil:
				s.remove(key)
				delete(model, key)
			case key >= crossKey-1:
				model[key] = &Block{pa: uint64(crossKey-1) * 2, pa2: physmem.PageSize, bytes: make([]byte, 4)}
				s.put(key, model[key])
			default:
				off := uint64(key) * 2
				model[key] = &Block{pa: off, bytes: make([]byte, min(2+2*rng.Uint64N(MaxInsns*2), physmem.PageSize-off))}
				s.put(key, model[key])
			}
		}
		if got := maps.Collect(s.all()); !maps.Equal(got, model) || s.n != len(model) {
			t.Fatalf("%d blocks of %d, %d counted", len(got), len(model), s.n)
		}
		for key := range uint16(crossKey + 1) {
			if s.at(key) != model[key] {
				t.Fatalf("the block at %d is not the one put there", key)
			}
		}
		for range 200 {
			first := rng.Uint64N(physmem.PageSize)
			last := min(first+rng.Uint64N(64), physmem.PageSize-1)
			near := maps.Collect(s.near(first, last))
			for key, b := range model {
				if (b.pa2 != 0 || b.pa <= last && first < b.pa+uint64(len(b.bytes))) && near[key] != b {
					t.Fatalf("bytes %d to %d: the block of %d bytes at %d is not near", first, last, len(b.bytes), b.pa)
				}
			}
		}
		for key := range s.all() {
			s.remove(key)
		}
		if s.n != 0 || len(maps.Collect(s.all())) != 0 {
			t.Fatal("blocks are left")
		}
	}
}
