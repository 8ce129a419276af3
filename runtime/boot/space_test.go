package boot

import (
	"math/rand/v2"
	"testing"
)

// TestSpaceKeepsApart fills memory in random ways and checks that nothing overlaps
// or leaves RAM.
func TestSpaceKeepsApart(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		s := space{base: base, size: 1 + rnd.Uint64N(mib)}
		for range 30 {
			size := 1 + rnd.Uint64N(mib/8)
			if rnd.IntN(2) == 0 {
				_ = s.take("fixed", base-mib/8+rnd.Uint64N(2*mib), size)
				continue
			}
			align := uint64(1) << rnd.IntN(14)
			ceiling := 1 + rnd.Uint64N(2*mib)
			if at, ok := s.high("high", size, align, ceiling); ok && (at%align != 0 || at-base+size > ceiling) {
				t.Fatalf("%#x+%#x: alignment %#x, ceiling %#x", at, size, align, ceiling)
			}
		}
		var sum uint64
		for i, r := range s.used {
			if !s.fits(r.Start, r.Size) || i > 0 && s.used[i-1].Start+s.used[i-1].Size > r.Start {
				t.Fatalf("range %d of %+v in %+v", i, s.used, s)
			}
			sum += r.Size
		}
		if s.free() != s.size-sum {
			t.Fatalf("%d bytes free, want %d", s.free(), s.size-sum)
		}
	}
}

func TestSpaceHighGoesDownwards(t *testing.T) {
	s := space{base: base, size: 0x10000}
	for _, want := range []uint64{base + 0xf000, base + 0xe000} {
		if at, ok := s.high("x", 0x800, 0x1000, ^uint64(0)); !ok || at != want {
			t.Errorf("%#x %v, want %#x", at, ok, want)
		}
	}
	if at, ok := s.high("gap", 0x800, 0x800, ^uint64(0)); !ok || at != base+0xf800 {
		t.Errorf("the gap was not used: %#x %v", at, ok)
	}
	if _, ok := s.high("x", 0xe001, 1, ^uint64(0)); ok {
		t.Error("found room that is not there")
	}
}
