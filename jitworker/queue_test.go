package jitworker

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// Hotter units never have a lower bucket, and those of one bucket differ by an eighth at most.
func TestRank(t *testing.T) {
	last, lowest := 0, uint64(0)
	for heat := uint64(0); heat < 1<<maxHeatBits; heat++ {
		r := bucketOf(heat)
		if r < last || r > last+1 {
			t.Fatalf("bucket %d of heat %d follows bucket %d", r, heat, last)
		}
		if r > last {
			last, lowest = r, heat
		}
		if heat-lowest > lowest/8 {
			t.Fatalf("heat %d and %d have the same bucket", lowest, heat)
		}
	}
	for _, heat := range []uint64{1 << maxHeatBits, 1 << 40, 1<<64 - 1} {
		if r := bucketOf(heat); r != last+1 || r != numBuckets-1 {
			t.Errorf("bucket %d of heat %d, want %d of %d", r, heat, last+1, numBuckets)
		}
	}
}

// fakeUnit is a unit of which only the heat counts.
type fakeUnit struct {
	Unit
	heat *uint64
}

func (u fakeUnit) Heat() uint64 { return *u.heat }

// TestRanks takes from random requests, whose heat grows while they wait, and compares with
// a plain list.
func TestRanks(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var k buckets
	var model []request // in the order of their coming to their bucket
	take := func(i int, got request) {
		t.Helper()
		if got != model[i] {
			t.Fatalf("took %+v, want %+v", got, model[i])
		}
		model = slices.Delete(model, i, i+1)
	}
	for at := range 30000 {
		switch n := rng.IntN(20); {
		case len(model) > 0 && n < 8:
			best := 0
			for i, r := range model {
				if bucketOf(r.heat) > bucketOf(model[best].heat) {
					best = i
				}
			}
			take(best, k.hottest())
		case len(model) > 0 && n == 8:
			var stay, move []request
			for _, r := range model {
				before := bucketOf(r.heat)
				if r.heat = r.unit.Heat(); bucketOf(r.heat) == before {
					stay = append(stay, r)
				} else {
					move = append(move, r)
				}
			}
			model = append(stay, move...)
			oldest := 0
			for i, r := range model {
				if r.at < model[oldest].at {
					oldest = i
				}
			}
			got := k.refresh()
			take(oldest, got)
			// Of those that move to one bucket the order is nobody's concern: what is there counts.
			model = model[:0]
			for i := range k.fifos {
				model = append(model, k.fifos[i].waiting()...)
			}
		case len(model) > 0 && n < 12:
			*model[rng.IntN(len(model))].unit.(fakeUnit).heat += uint64(rng.IntN(100))
		default:
			heat := uint64(rng.IntN(200))
			r := request{unit: fakeUnit{heat: &heat}, heat: heat, at: int64(at)}
			k.push(r)
			model = append(model, r)
		}
		if k.n != len(model) || len(k.all()) != k.n {
			t.Fatalf("%d wait, %d are counted, want %d", len(k.all()), k.n, len(model))
		}
	}
}

func newQueue(places int) *queue {
	q := new(queue)
	q.init(places)
	return q
}

func enqueue(t *testing.T, q *queue, b *block, at int64) {
	t.Helper()
	if !q.reserve() {
		t.Fatal("no place")
	}
	q.send(request{unit: b, key: b.key, heat: b.Heat(), at: at})
}

func TestQueueBound(t *testing.T) {
	q := newQueue(3)
	for i := range 3 {
		enqueue(t, q, newBlock(uint64(i), 1, 1), int64(i))
	}
	if q.reserve() {
		t.Error("a fourth request found a place of three")
	}
	if !q.fill(new(batch)) {
		t.Fatal("nothing to take")
	}
	// Two requests lie in the buckets now, and still count.
	if !q.reserve() {
		t.Error("the place of the request that was taken is gone")
	}
	if q.reserve() {
		t.Error("requests in the buckets do not count")
	}
	if got := q.longest.Load(); got != 3 {
		t.Errorf("longest queue %d, want 3", got)
	}
}

// TestRefresh lets a unit grow hot while it waits, and an old cold one be served in spite
// of ever hotter newcomers.
func TestRefresh(t *testing.T) {
	q := newQueue(4 * refreshTakes)
	old, grows := newBlock(1000, 1, 0), newBlock(1001, 1, 1)
	enqueue(t, q, old, 0)
	enqueue(t, q, grows, 1)
	for i := range refreshTakes + 2 {
		enqueue(t, q, newBlock(uint64(i), 1, 100), int64(2+i))
	}
	grows.heat.Store(1000)
	for take := 1; take <= refreshTakes+1; take++ {
		var h batch
		if !q.fill(&h) {
			t.Fatal("nothing to take")
		}
		r := h.pop()
		switch {
		case take < refreshTakes && r.key != uint64(take-1):
			t.Errorf("take %d got unit %d, want the oldest of heat 100", take, r.key)
		case take == refreshTakes && r.key != old.key:
			t.Errorf("take %d got unit %d, want the oldest of all", take, r.key)
		case take == refreshTakes+1 && r.key != grows.key:
			t.Errorf("take %d got unit %d, want the one that became hottest", take, r.key)
		}
	}
}

// TestTakeNudges leaves requests in the buckets, where a worker that blocks cannot see them.
func TestTakeNudges(t *testing.T) {
	q := newQueue(4)
	for i := range 3 {
		enqueue(t, q, newBlock(uint64(i), 1, 1), int64(i))
	}
	for range 3 {
		if !q.take(new(batch)) {
			t.Fatal("nothing to take")
		}
	}
	if len(q.nudge) != 1 {
		t.Error("no other worker was woken")
	}
	done := make(chan bool)
	go func() {
		done <- q.take(new(batch)) // consumes the stale nudge and blocks
	}()
	until(func() bool { return len(q.nudge) == 0 && q.resting.Load() == 1 })
	close(q.quit)
	if <-done {
		t.Error("take returned a request after quit")
	}
}

// TestHands takes from a long queue: several at once, the hottest first, a share of what waits, and none twice.
func TestHands(t *testing.T) {
	const n = 400
	q := newQueue(n)
	for i := range n {
		enqueue(t, q, newBlock(uint64(i), 1, uint64(i)), int64(i))
	}
	seen := make(map[uint64]bool)
	for left := n; left > 0; {
		var h batch
		if !q.fill(&h) {
			t.Fatalf("nothing to take, but %d wait", left)
		}
		if want := min(max(1, left/batchShare), maxBatch); len(h) != want {
			t.Fatalf("took %d of %d, want %d", len(h), left, want)
		}
		if left == n && bucketOf(h[len(h)-1].heat) != bucketOf(n-1) {
			t.Errorf("the first is unit %d, not one of the hottest", h[len(h)-1].key)
		}
		left -= len(h)
		if got := q.reserved.Load(); got != int64(left) {
			t.Fatalf("%d places taken, want %d", got, left)
		}
		for len(h) > 0 {
			if r := h.pop(); seen[r.key] {
				t.Fatalf("unit %d twice", r.key)
			} else {
				seen[r.key] = true
			}
		}
	}
}
