package gcpar

import (
	"sync"
	"sync/atomic"
)

// chunkLen is the number of objects that change hands at once.
const chunkLen = 256

// queue holds marked objects that have not been traced, in chunks: what a barrier
// shard has gathered, or what a marker can spare.
type queue struct {
	mu     sync.Mutex
	chunks [][]uint32 // protected by mu
	_      [96]byte
}

// give copies grey objects to q. available counts the chunks of all queues.
func (q *queue) give(available *atomic.Int64, grey []uint32) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(grey) > 0 {
		last := len(q.chunks) - 1
		if last < 0 || len(q.chunks[last]) == chunkLen {
			q.chunks = append(q.chunks, make([]uint32, 0, chunkLen))
			last++
			available.Add(1)
		}
		k := q.chunks[last]
		n := copy(k[len(k):chunkLen], grey)
		q.chunks[last] = k[:len(k)+n]
		grey = grey[n:]
	}
}

// take removes the latest chunk.
func (q *queue) take(available *atomic.Int64) (chunk []uint32, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	last := len(q.chunks) - 1
	if last < 0 {
		return nil, false
	}
	chunk = q.chunks[last]
	q.chunks[last] = nil
	q.chunks = q.chunks[:last]
	available.Add(-1)
	return chunk, true
}
