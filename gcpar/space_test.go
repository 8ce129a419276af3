package gcpar

import (
	"math/rand/v2"
	"testing"

	"github.com/hartwood-vm/hartwood/vcpu/mutator"
)

func TestClasses(t *testing.T) {
	for c, size := range slotSizes {
		if size%mutator.Granule != 0 || size > mutator.MaxSmall {
			t.Errorf("class %d has slots of %d bytes", c, size)
		}
		if c > 0 && size > 64 && float64(size) > 1.51*float64(slotSizes[c-1]) {
			t.Errorf("slots grow from %d to %d bytes", slotSizes[c-1], size)
		}
		if lost := blockSize % size; lost > blockSize/20 {
			t.Errorf("slots of %d bytes waste %d bytes of a block", size, lost)
		}
	}
	for n := range mutator.MaxSmall/mutator.Granule + 1 {
		c := classOf(n)
		if int(slotSizes[c]) < n*mutator.Granule || c > 0 && int(slotSizes[c-1]) >= n*mutator.Granule {
			t.Errorf("%d granules are of class %d", n, c)
		}
	}
}

// testHeap is a heap of n blocks without memory.
func testHeap(n int) *heap {
	return newHeap(Space{Base: testBase, Size: uint64(n) * blockSize}, nil)
}

// TestBlocksInARow compares takeBlocks with a look at every block.
func TestBlocksInARow(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, size := range []int{2, 64, 100, 1000} {
		h := testHeap(size)
		taken := make([]bool, size)
		find := func(n int) int {
			row := 0
			for b := range taken {
				if row++; taken[b] {
					row = 0
				}
				if row == n {
					return b + 1 - n
				}
			}
			return -1
		}
		var held [][2]int
		for range 5000 {
			if len(held) > 0 && rng.IntN(2) == 0 {
				i := rng.IntN(len(held))
				r := held[i]
				held = append(held[:i], held[i+1:]...)
				h.giveBlocks(r[0], r[1])
				for b := r[0]; b < r[0]+r[1]; b++ {
					taken[b] = false
				}
				continue
			}
			n := 1 + rng.IntN(1+size/4)
			if rng.IntN(2) == 0 {
				n = 1
			}
			want := find(n)
			got, ok := h.takeBlocks(n)
			if ok != (want >= 0) || ok && got != want {
				t.Fatalf("%d of %d blocks: got %d, %v, want %d", n, size, got, ok, want)
			}
			if ok {
				held = append(held, [2]int{got, n})
				for b := got; b < got+n; b++ {
					taken[b] = true
				}
			}
		}
	}
}
