package measure

import (
	"math/bits"
	"sync/atomic"
	"time"
)

// A histogram's buckets divide every power of two of nanoseconds into 16 equal parts, so
// a quantile is at most a sixteenth too high. Times from 2^40 ns, 18 minutes, share the
// last bucket.
const (
	partBits   = 4
	parts      = 1 << partBits
	histBits   = 40
	lastBucket = (histBits-partBits+1)*parts - 1
)

// Recorder counts durations. Its methods are safe for concurrent use; the zero value is empty. All fields are written by
// who observes, read by who sums up.
type Recorder struct {
	count, sum, max atomic.Uint64
	buckets         [lastBucket + 1]atomic.Uint64
}

// Distribution sums up a distribution of durations.
type Distribution struct {
	Count uint64        `json:"count"`
	Sum   time.Duration `json:"sum_ns"`
	P50   time.Duration `json:"p50_ns"`
	P99   time.Duration `json:"p99_ns"`
	Max   time.Duration `json:"max_ns"`
}

// Mean is the average, 0 without any sample.
func (d Distribution) Mean() time.Duration {
	if d.Count == 0 {
		return 0
	}
	return d.Sum / time.Duration(d.Count)
}

func bucketOf(ns uint64) int {
	if ns < parts {
		return int(ns)
	}
	shift := bits.Len64(ns) - partBits - 1
	return min((shift+1)*parts+int(ns>>shift&(parts-1)), lastBucket)
}

// bucketTop is the longest duration in a bucket.
func bucketTop(bucket int) uint64 {
	if bucket < parts {
		return uint64(bucket)
	}
	shift := bucket/parts - 1
	return (uint64(parts+bucket%parts)+1)<<shift - 1
}

// Observe counts d, as 0 if it is negative.
func (h *Recorder) Observe(d time.Duration) {
	ns := uint64(max(d, 0))
	h.buckets[bucketOf(ns)].Add(1)
	h.sum.Add(ns)
	h.count.Add(1)
	for {
		most := h.max.Load()
		if ns <= most || h.max.CompareAndSwap(most, ns) {
			return
		}
	}
}

// Add adds the samples of o. Nobody may use h meanwhile.
func (h *Recorder) Add(o *Recorder) {
	h.count.Add(o.count.Load())
	h.sum.Add(o.sum.Load())
	h.max.Store(max(h.max.Load(), o.max.Load()))
	for i := range h.buckets {
		h.buckets[i].Add(o.buckets[i].Load())
	}
}

// Read takes a snapshot. Samples that come meanwhile may be in some figures and not yet
// in others.
func (h *Recorder) Read() Distribution {
	var counts [lastBucket + 1]uint64
	total := uint64(0)
	for i := range counts {
		counts[i] = h.buckets[i].Load()
		total += counts[i]
	}
	most := h.max.Load()
	quantile := func(percent uint64) time.Duration {
		rank := (total*percent + 99) / 100
		seen := uint64(0)
		for i, n := range counts {
			if seen += n; seen >= rank && n > 0 {
				if i == lastBucket {
					break // it has no end: the maximum is all that is known
				}
				return time.Duration(min(bucketTop(i), most))
			}
		}
		return time.Duration(most)
	}
	return Distribution{
		Count: h.count.Load(), Sum: time.Duration(h.sum.Load()), Max: time.Duration(most),
		P50: quantile(50), P99: quantile(99),
	}
}
