package jitworker

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestHeapOrder takes from a random heap and compares with a sorted list.
func TestHeapOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var h heap
	var model []request
	for at := range 3000 {
		if len(model) > 0 && rng.IntN(3) == 0 {
			slices.SortFunc(model, func(a, b request) int {
				if a.heat != b.heat {
					return int(b.heat) - int(a.heat)
				}
				return int(a.at - b.at)
			})
			if got := h.remove(0); got != model[0] {
				t.Fatalf("took %+v, want %+v", got, model[0])
			}
			model = model[1:]
			continue
		}
		r := request{heat: uint64(rng.IntN(20)), at: int64(at)}
		h.push(r)
		model = append(model, r)
	}
}

func TestHeapRemovesAnywhere(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		var h heap
		for at := range 40 {
			h.push(request{heat: uint64(rng.IntN(50)), at: int64(at)})
		}
		for len(h) > 0 {
			h.remove(rng.IntN(len(h)))
			for i := 1; i < len(h); i++ {
				if h.before(i, (i-1)/2) {
					t.Fatalf("request %d of %d lies below a cooler one", i, len(h))
				}
			}
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
	if !q.deal(new(hand)) {
		t.Fatal("nothing to take")
	}
	// Two requests lie in the heap now, and still count.
	if !q.reserve() {
		t.Error("the place of the request that was taken is gone")
	}
	if q.reserve() {
		t.Error("requests in the heap do not count")
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
		var h hand
		if !q.deal(&h) {
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

// TestTakeNudges leaves requests in the heap, where a worker that blocks cannot see them.
func TestTakeNudges(t *testing.T) {
	q := newQueue(4)
	for i := range 3 {
		enqueue(t, q, newBlock(uint64(i), 1, 1), int64(i))
	}
	for range 3 {
		if !q.take(new(hand)) {
			t.Fatal("nothing to take")
		}
	}
	if len(q.nudge) != 1 {
		t.Error("no other worker was woken")
	}
	done := make(chan bool)
	go func() {
		done <- q.take(new(hand)) // consumes the stale nudge and blocks
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
		var h hand
		if !q.deal(&h) {
			t.Fatalf("nothing to take, but %d wait", left)
		}
		if want := min(max(1, left/handShare), maxHand); len(h) != want {
			t.Fatalf("took %d of %d, want %d", len(h), left, want)
		}
		if left == n && h[len(h)-1].key != n-1 {
			t.Errorf("the first is unit %d, not the hottest", h[len(h)-1].key)
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
