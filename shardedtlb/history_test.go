package shardedtlb

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestStrideOf(t *testing.T) {
	for _, c := range []struct {
		walked []uint64
		page   uint64
		want   int64
	}{
		{[]uint64{}, 100, 0},
		{[]uint64{98, 99}, 100, 1},
		{[]uint64{101, 102}, 100, -1},
		{[]uint64{99}, 100, 0},
		{[]uint64{200 - 63, 200 - 126}, 200, 63},
		{[]uint64{200 + 63, 200 + 126}, 200, -63},
		{[]uint64{1000 - 64, 1000 - 128}, 1000, 0},
		{[]uint64{7, 93, 55, 86, 4}, 100, 7},
		{[]uint64{0, 1}, 2, 1},
		{[]uint64{1, 2}, 0, -1},
	} {
		h := newHistory(100)
		for _, page := range c.walked {
			h.add(page)
		}
		if got := h.strideOf(c.page); got != c.want {
			t.Errorf("page %d after %v: %d, want %d", c.page, c.walked, got, c.want)
		}
	}
}

// The steps found are those of a search through all pairs, wherever the page lies in its block.
func TestStrideOfAgainstModel(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		h := newHistory(100)
		page := 1<<20 + rng.Uint64N(64)
		var walked []uint64
		for range rng.IntN(12) {
			walked = append(walked, page-150+rng.Uint64N(300))
			h.add(walked[len(walked)-1])
		}
		want := int64(0)
		for s := int64(1); s <= maxStride && want == 0; s++ {
			for _, s := range []int64{s, -s} {
				if slices.Contains(walked, page-uint64(s)) && slices.Contains(walked, page-uint64(2*s)) {
					want = s
					break
				}
			}
		}
		if got := h.strideOf(page); got != want {
			t.Fatalf("page %d after %v: %d, want %d", page, walked, got, want)
		}
	}
}

// A page is known for at least half a window of walks after its own, and at most for a whole one.
func TestHistoryForgets(t *testing.T) {
	for _, window := range []int{3, 4, 99, 100, 4096} {
		for begin := range window {
			h := newHistory(window)
			far := uint64(64)
			for h.line(far>>6) == h.line(0) {
				far += 64
			}
			for range begin {
				h.add(far)
			}
			h.add(5)
			n := 0
			for ; h.pages(0) != 0; n++ {
				h.add(far)
			}
			if n < window/2 || n > window {
				t.Fatalf("window %d: known for %d walks", window, n)
			}
		}
	}
}
