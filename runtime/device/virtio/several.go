package virtio

import (
	"fmt"
	"math"
)

// used is a chain that goes back to the driver.
type used struct {
	head    uint16
	written uint32
}

// Filled is a request and the bytes of its writable part that have been filled.
type Filled struct {
	*Request
	Written uint64
}

// CompleteAll gives requests of q back to the driver in one step: it sees all of them used, in this order, or none.
// After a reset it does nothing.
func (q *Queue) CompleteAll(requests []Filled) {
	q.life.RLock()
	defer q.life.RUnlock()
	done := make([]used, len(requests))
	for i, r := range requests {
		if r.finished || r.q != q {
			panic("BUG: virtio request completed twice, or on another's queue")
		}
		r.finished = true
		done[i] = used{r.head, uint32(min(r.Written, math.MaxUint32))}
	}
	if !q.dead {
		q.complete(done...)
	}
}

// Return undoes the latest n calls of Pop that gave a request: the next Pop gives the first of these again, or whatever
// the driver has put in its place. Nothing of them may have been completed, and nobody else may pop. Pop having
// returned false in between, the driver notifies the device of requests beyond these.
func (q *Queue) Return(n int) {
	q.life.RLock()
	defer q.life.RUnlock()
	if q.dead || n == 0 {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if n > q.out {
		panic(fmt.Sprintf("BUG: %d virtio requests returned, of %d", n, q.out))
	}
	q.lastAvail -= uint16(n)
	q.budget += n
	for range n {
		q.finished()
	}
}
