package jitworker

import (
	"math/bits"
	"slices"
)

const (
	// Heat up to exactHeat has a bucket for each value, further up there are exactHeat/2
	// buckets to every power of two, and from 2^maxHeatBits on one for all.
	exactHeat   = 16
	maxHeatBits = 20
	numBuckets  = exactHeat + (maxHeatBits-4)*exactHeat/2 + 1
)

// buckets are requests by heat: in one are those that are about equally hot, in the order
// in which they have come to it. Taking the hottest touches a few words, and those next to it the next time: of a
// heap it would touch a path, which two workers would take from each other's processor
// again and again.
type buckets struct {
	fifos    [numBuckets]fifo
	occupied [(numBuckets + 63) / 64]uint64 // a bit for each one that is not empty
	n        int
	moved    []request // of refresh
}

// fifo is a first-in-first-out queue: what waits is list[head:].
type fifo struct {
	list []request
	head int
}

// bucketOf is the number of the bucket for a unit's heat.
func bucketOf(heat uint64) int {
	if heat < exactHeat {
		return int(heat)
	}
	shift := bits.Len64(heat) - 4 // leaves the leading bit and three more
	if shift > maxHeatBits-4 {
		return numBuckets - 1
	}
	return exactHeat/2*shift + int(heat>>shift)
}

// push adds a request.
func (k *buckets) push(r request) {
	i := bucketOf(r.heat)
	k.fifos[i].push(r)
	k.occupied[i/64] |= 1 << (i % 64)
	k.n++
}

// hottest takes out the oldest request of the hottest bucket; there is one.
func (k *buckets) hottest() request {
	for w := len(k.occupied) - 1; ; w-- {
		if word := k.occupied[w]; word != 0 {
			return k.remove(w*64+bits.Len64(word)-1, 0)
		}
	}
}

// remove takes out number at of those that wait in bucket i.
func (k *buckets) remove(i, at int) request {
	l := &k.fifos[i]
	r := l.remove(at)
	if len(l.list) == 0 {
		k.occupied[i/64] &^= 1 << (i % 64)
	}
	k.n--
	return r
}

// refresh reads every unit's heat again and takes out the oldest request; there is one.
func (k *buckets) refresh() request {
	for i := range k.fifos {
		l := &k.fifos[i]
		for at := l.head; at < len(l.list); {
			r := &l.list[at]
			r.heat = r.unit.Heat()
			if bucketOf(r.heat) == i {
				at++
				continue
			}
			k.moved = append(k.moved, k.remove(i, at-l.head))
			at = max(at, l.head)
		}
	}
	for _, r := range k.moved {
		k.push(r)
	}
	clear(k.moved) // lets go of the units
	k.moved = k.moved[:0]

	bucket, place, oldest := -1, 0, int64(0)
	for i := range k.fifos {
		for at, r := range k.fifos[i].waiting() {
			if bucket < 0 || r.at < oldest {
				bucket, place, oldest = i, at, r.at
			}
		}
	}
	return k.remove(bucket, place)
}

// all returns the requests in no order.
func (k *buckets) all() (list []request) {
	for i := range k.fifos {
		list = append(list, k.fifos[i].waiting()...)
	}
	return list
}

func (l *fifo) waiting() []request { return l.list[l.head:] }

func (l *fifo) push(r request) {
	if l.head > len(l.list)/2 && len(l.list) == cap(l.list) {
		n := copy(l.list, l.waiting())
		clear(l.list[n:])
		l.list, l.head = l.list[:n], 0
	}
	l.list = append(l.list, r)
}

// remove takes out number at of those that wait.
func (l *fifo) remove(at int) request {
	at += l.head
	r := l.list[at]
	if at == l.head {
		l.list[at] = request{} // lets go of the unit
		l.head++
	} else {
		l.list = slices.Delete(l.list, at, at+1)
	}
	if l.head == len(l.list) {
		l.list, l.head = l.list[:0], 0
	}
	return r
}
