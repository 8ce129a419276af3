package shardedtlb

import (
	"encoding/binary"
	"sync/atomic"

	"github.com/cespare/xxhash/v2"
)

// table is a second level: sets of two entries in shards. Any hart looks up and
// inserts at any time, without a lock; the package documentation tells the
// protocol. A private second level is a table with one shard.
type table struct {
	// clock counts the fences of every hart that uses the table. Written by fences,
	// read by walkers before they walk. It has its cache line for itself.
	clock atomic.Uint64
	_     [56]byte

	shards    []shard
	shardMask uint64
	setMask   uint64
}

// shard is one part of a table; its header fills two cache lines, so that the
// counters of neighbours never share one.
type shard struct {
	sets []set
	_    [40]byte

	counters shardCounters
}

// shardCounters are written by any hart, in batches (hits, misses) or on the
// slow path (inserts, lost), and read by the monitor.
type shardCounters struct {
	hits, misses, inserts, lost atomic.Uint64
	_                           [32]byte
}

// set is one cache line.
type set [2]entry2

// entry2 is a second-level entry. All fields are written by the hart that has
// claimed the entry (stamp == stampBusy) and read by every hart.
type entry2 struct {
	regime atomic.Uint64 // the whole Regime
	key    atomic.Uint64 // see makeKey
	data   atomic.Uint64 // leaf.pte

	// stamp is the epoch before the walk <<16 | a version that changes
	// with every insert. Epochs start at 1, so that neither stampEmpty nor
	// stampBusy ever reaches a minimum epoch.
	stamp atomic.Uint64
}

const (
	stampEmpty  = 0
	stampBusy   = 1
	versionBits = 16
	versionMask = 1<<versionBits - 1
	firstEpoch  = 1
)

func newTable(shards, sets int) *table {
	t := &table{
		shards:    make([]shard, shards),
		shardMask: uint64(shards - 1),
		setMask:   uint64(sets - 1),
	}
	for i := range t.shards {
		t.shards[i].sets = makeSets(sets)
	}
	t.clock.Store(firstEpoch)
	return t
}

// Fields of a key word; a key is never 0.
const (
	keyVPNBits    = 45 // va bits 56..12, enough for Sv57
	keySizeShift  = keyVPNBits
	keyEnvShift   = keySizeShift + 3
	keyClassShift = keyEnvShift + 2
)

// makeKey packs everything but the regime that tells one translation from another:
// the page number at the leaf's own size, that size, the environment bits, and
// the class of the PMP that the walk's accesses were judged by.
func makeKey(va uint64, size, env uint8, class uint16) uint64 {
	vpn := va >> sizeShift[size] << (sizeShift[size] - pageShift) & (1<<keyVPNBits - 1)
	return vpn | uint64(size+1)<<keySizeShift | uint64(env)<<keyEnvShift | uint64(class)<<keyClassShift
}

// locate hashes the whole key and returns the shard and the set.
func (t *table) locate(r Regime, key uint64) (shard int, s *set) {
	var b [16]byte
	binary.LittleEndian.PutUint64(b[:8], uint64(r))
	binary.LittleEndian.PutUint64(b[8:], key)
	h := xxhash.Sum64(b[:])
	shard = int(h >> 40 & t.shardMask)
	return shard, &t.shards[shard].sets[h&t.setMask]
}

// find returns the entry for r and key and the epoch of its walk. The
// fields belong together: the stamp was the same before and after reading them.
func (s *set) find(r Regime, key uint64) (pte, epoch uint64, ok bool) {
	for i := range s {
		e := &s[i]
		st := e.stamp.Load()
		if e.key.Load() != key || e.regime.Load() != uint64(r) {
			continue
		}
		pte = e.data.Load()
		if e.stamp.Load() == st && st > stampBusy {
			return pte, st >> versionBits, true
		}
	}
	return 0, 0, false
}

// insert records a translation whose walk began at epoch. It gives up
// when another hart is writing the entry, or has recorded a later walk: that one
// serves everybody at least as well.
func (t *table) insert(r Regime, key, pte, epoch uint64) {
	n, s := t.locate(r, key)
	c := &t.shards[n].counters
	e, st := s.victim(r, key)
	if e.key.Load() == key && e.regime.Load() == uint64(r) {
		if walked := st >> versionBits; walked > epoch || walked == epoch && e.data.Load() == pte {
			return
		}
	}
	if st == stampBusy || !e.stamp.CompareAndSwap(st, stampBusy) {
		c.lost.Add(1)
		return
	}
	e.regime.Store(uint64(r))
	e.key.Store(key)
	e.data.Store(pte)
	e.stamp.Store(epoch<<versionBits | (st+1)&versionMask)
	c.inserts.Add(1)
}

// victim picks the entry to write: the one that holds the key already, else an
// empty one, else the one walked longer ago. What it reads may be torn; it is a
// choice, not a hit.
func (s *set) victim(r Regime, key uint64) (e *entry2, stamp uint64) {
	a, b := &s[0], &s[1]
	sa, sb := a.stamp.Load(), b.stamp.Load()
	switch {
	case a.key.Load() == key && a.regime.Load() == uint64(r):
		return a, sa
	case b.key.Load() == key && b.regime.Load() == uint64(r):
		return b, sb
	case sa == stampBusy:
		return b, sb
	case sb == stampBusy:
		return a, sa
	case sa>>versionBits < sb>>versionBits:
		return a, sa
	case sa>>versionBits > sb>>versionBits:
		return b, sb
	case (sa^sb)&1 == 0:
		return a, sa
	}
	return b, sb
}
