package blocks

import (
	"maps"
	"math/rand/v2"
	"testing"

	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/code"
)

// blockOf is a block at pa of n bytes of instructions that do nothing.
func blockOf(t *testing.T, pa uint64, mode code.Mode, n uint64) *Block {
	t.Helper()
	var text []byte
	for ; n >= 4; n -= 4 {
		text = append(text, 0x13, 0, 0, 0)
	}
	if n == 2 {
		text = append(text, 1, 0)
	}
	body, ok := new(code.Builder).Build(text, mode, false, code.MaxInsns)
	if !ok {
		t.Fatal("no body")
	}
	return newBlock(Key{pa, mode}, body)
}

// A set holds what a map would, and knows which blocks a store may meet, for each mode.
func TestBlockSet(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 50 {
		var s blockSet
		model := map[place]*Block{}
		for range rng.IntN(400) {
			at := place{code.Mode(rng.IntN(int(code.Modes))), uint16(rng.IntN(crossing + 1))}
			off := uint64(at.at) * 2
			switch {
			case model[at] != nil:
				s.remove(at)
				delete(model, at)
			case at.at >= crossing-1:
				model[at] = blockOf(t, (crossing-1)*2, at.mode, 4)
				model[at].pa2 = physmem.PageSize
				s.put(at, model[at])
			default:
				model[at] = blockOf(t, off, at.mode, min(2+2*rng.Uint64N(code.MaxInsns*2), physmem.PageSize-off))
				s.put(at, model[at])
			}
		}
		if got := maps.Collect(s.all()); !maps.Equal(got, model) || s.n != len(model) {
			t.Fatalf("%d blocks of %d, %d counted", len(got), len(model), s.n)
		}
		for at := range uint16(crossing + 1) {
			for mode := range code.Modes {
				if where := (place{mode, at}); s.at(where) != model[where] {
					t.Fatalf("the block at %v is not the one put there", where)
				}
			}
		}
		for range 200 {
			first := rng.Uint64N(physmem.PageSize)
			last := min(first+rng.Uint64N(64), physmem.PageSize-1)
			near := maps.Collect(s.near(first, last))
			for at, b := range model {
				if (b.pa2 != 0 || b.key.PA <= last && first < b.key.PA+uint64(len(b.Source()))) && near[at] != b {
					t.Fatalf("bytes %d to %d: the block of %d bytes at %v is not near", first, last, len(b.Source()), at)
				}
			}
		}
		for at := range s.all() {
			s.remove(at)
		}
		if s.n != 0 || len(maps.Collect(s.all())) != 0 {
			t.Fatal("blocks are left")
		}
	}
}
