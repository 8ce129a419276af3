package shardedtlb

import (
	"fmt"
	"sync/atomic"
	"testing"
)

// benchHart maps n pages in a table of the given depth.
func benchHart(b *testing.B, levels, n int, change func(*Config)) (*guest, *Shared, *hart, *pageTable) {
	g := newGuest(b, 1<<28)
	s := g.shared(change)
	h := g.hart(s)
	pt := g.pageTable(levels)
	for i := range uint64(n) {
		pt.set(i<<12, ramBase+1<<24+i<<12, 0, rw)
	}
	h.kernel(pt.satp(1))
	return g, s, h, pt
}

var sink uint64

// First-level hit: what native code and the interpreter do inline.
func BenchmarkProbeHit(b *testing.B) {
	_, _, h, _ := benchHart(b, 3, 64, nil)
	for i := range uint64(64) {
		h.Access(i<<12, 8, Load)
	}
	var sum uint64
	for i := range b.N {
		add, hit := h.l1.probe(uint64(i&63)<<12, 8, Load)
		if !hit {
			b.Fatal("miss")
		}
		sum += uint64(add)
	}
	sink = sum
}

// First-level miss, second-level hit.
func BenchmarkSecondLevelHit(b *testing.B) {
	for _, strategy := range []Strategy{MultiLevel, Concurrent} {
		b.Run(strategy.String(), func(b *testing.B) {
			_, _, h, _ := benchHart(b, 3, 512, func(c *Config) { c.Strategy = strategy })
			for i := range uint64(512) {
				h.Access(i<<12, 8, Load)
			}
			for i := range b.N {
				s, _ := h.Access(uint64(i&511)<<12, 8, Load)
				sink = s.PA
			}
			report(b, h)
		})
	}
}

// Neither level knows the page.
func BenchmarkColdWalk(b *testing.B) {
	for levels := 3; levels <= 5; levels++ {
		b.Run(fmt.Sprintf("levels=%d", levels), func(b *testing.B) {
			_, _, h, _ := benchHart(b, levels, 4096, nil)
			for i := range b.N {
				if i&4095 == 0 {
					h.FenceAll()
				}
				s, _ := h.Access(uint64(i&4095)<<12, 8, Load)
				sink = s.PA
			}
			report(b, h)
		})
	}
}

// A sequential sweep over more pages than the first level holds.
func BenchmarkSweep(b *testing.B) {
	for _, prefetch := range []bool{false, true} {
		b.Run(fmt.Sprintf("prefetch=%v", prefetch), func(b *testing.B) {
			_, _, h, _ := benchHart(b, 3, 16384, func(c *Config) { c.Prefetch = prefetch })
			for i := range b.N {
				if i&16383 == 0 {
					h.FenceAll()
				}
				sink, _, _ = h.access(uint64(i&16383)<<12, Load)
			}
			report(b, h)
		})
	}
}

// Accesses of which nearly all, half, or few hit the first level.
func BenchmarkMixed(b *testing.B) {
	for _, pages := range []uint64{256, 512, 8192, 32768} {
		b.Run(fmt.Sprintf("pages=%d", pages), func(b *testing.B) {
			_, _, h, _ := benchHart(b, 3, int(pages), func(c *Config) { c.Prefetch = true })
			x := uint64(1)
			for range b.N {
				x ^= x << 13
				x ^= x >> 7
				x ^= x << 17
				sink, _, _ = h.access(x%pages<<12, Load)
			}
			report(b, h)
		})
	}
}

// Leaves of each size, first-level misses only.
func BenchmarkPageSizes(b *testing.B) {
	for level, name := range []string{"4K", "2M", "1G"} {
		b.Run(name, func(b *testing.B) {
			_, _, h, pt := benchHart(b, 3, 0, nil)
			size := uint64(1) << (12 + 9*level)
			for i := range uint64(512) >> (9 * level) {
				pt.set(0x40_0000_0000/2+i*size, ramBase+i*size, level, rw)
			}
			pt.set(0x40_0000_0000/2, ramBase, level, rw)
			for i := range b.N {
				s, _ := h.Access(0x40_0000_0000/2+uint64(i&511)<<12, 8, Load)
				sink = s.PA
			}
			report(b, h)
		})
	}
}

func BenchmarkSwitch(b *testing.B) {
	_, _, h, pt := benchHart(b, 3, 0, nil)
	other := pt.satp(2)
	b.Run("same", func(b *testing.B) {
		h.user(pt.satp(1))
		for range b.N {
			h.user(pt.satp(1))
		}
	})
	b.Run("privilege", func(b *testing.B) {
		for range b.N {
			h.user(pt.satp(1))
			h.kernel(pt.satp(1))
		}
	})
	b.Run("space", func(b *testing.B) {
		for range b.N {
			h.user(pt.satp(1))
			h.user(other)
		}
	})
}

func BenchmarkFence(b *testing.B) {
	for _, fence := range fences {
		b.Run(fence.name, func(b *testing.B) {
			_, _, h, _ := benchHart(b, 3, 1, nil)
			h.Access(0, 8, Load)
			for range b.N {
				fence.do(h, 0x1000, 1)
			}
		})
	}
}

// Many harts miss their first levels at once, and fence now and then.
func BenchmarkParallel(b *testing.B) {
	for _, every := range []int{0, 1000} {
		b.Run(fmt.Sprintf("fence-every=%d", every), func(b *testing.B) {
			g, s, _, pt := benchHart(b, 3, 4096, nil)
			var id atomic.Uint64
			b.RunParallel(func(pb *testing.PB) {
				h := g.hart(s)
				h.kernel(pt.satp(1))
				var sum uint64
				for i := id.Add(1) * 1000; pb.Next(); i++ {
					if every > 0 && i%uint64(every) == 0 {
						h.FenceVA(i & 4095 << 12)
					}
					s, _ := h.Access(i&4095<<12, 8, Load)
					sum += s.PA
				}
				atomic.AddUint64(&sink, sum)
			})
		})
	}
}

func report(b *testing.B, h *hart) {
	h.PublishStats()
	s := h.Stats()
	if n := s.L2Hits + s.L2Misses; n > 0 {
		b.ReportMetric(float64(s.L2Hits)/float64(n)*100, "L2-hit-%")
	}
	if s.WalkSamples > 0 {
		b.ReportMetric(float64(s.WalkNanos)/float64(s.WalkSamples), "ns/walk")
	}
	b.ReportMetric(float64(s.Misses())/float64(b.N)*100, "L1-miss-%")
}
