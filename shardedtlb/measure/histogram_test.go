package measure

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// TestBuckets checks that buckets follow each other without a gap and are narrow enough.
func TestBuckets(t *testing.T) {
	for b := range lastBucket {
		top := bucketTop(b)
		if bucketOf(top) != b || bucketOf(top+1) != b+1 {
			t.Fatalf("bucket %d ends at %d, which is in bucket %d, the next in %d", b, top, bucketOf(top), bucketOf(top+1))
		}
		if b > 0 {
			if first := bucketTop(b-1) + 1; float64(top-first) > float64(first)/parts {
				t.Fatalf("bucket %d spans %d to %d", b, first, top)
			}
		}
	}
	if bucketOf(1<<histBits-1) != lastBucket || bucketOf(math.MaxUint64) != lastBucket {
		t.Error("long times are not in the last bucket")
	}
}

func TestQuantiles(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	for _, n := range []int{1, 2, 3, 100, 5000} {
		var h Recorder
		var all []time.Duration
		sum := time.Duration(0)
		for range n {
			d := time.Duration(math.Exp(rng.Float64() * 20))
			h.Observe(d)
			all = append(all, d)
			sum += d
		}
		slices.Sort(all)
		got := h.Read()
		if got.Count != uint64(n) || got.Sum != sum || got.Max != all[n-1] {
			t.Errorf("%d samples: %+v, want sum %d and maximum %d", n, got, sum, all[n-1])
		}
		check := func(name string, got time.Duration, rank int) {
			exact := all[rank-1]
			if got < exact || float64(got-exact) > float64(exact)/parts {
				t.Errorf("%d samples: %s is %d, want %d", n, name, got, exact)
			}
		}
		check("median", got.P50, (n+1)/2)
		check("99 %", got.P99, (99*n+99)/100)
	}
}

func TestExtremes(t *testing.T) {
	var h Recorder
	if got := h.Read(); got != (Distribution{}) || got.Mean() != 0 {
		t.Errorf("an empty histogram says %+v", got)
	}
	h.Observe(-5)
	if got := h.Read(); got != (Distribution{Count: 1}) {
		t.Errorf("a clock that went back gives %+v", got)
	}
	h.Observe(10 * time.Hour)
	if got := h.Read(); got.P99 != 10*time.Hour || got.Mean() != 5*time.Hour {
		t.Errorf("a very long time gives %+v", got)
	}
}
