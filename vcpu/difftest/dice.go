package difftest

import (
	"encoding/binary"
	"hash/fnv"
	"math/rand/v2"
)

// dice makes the generator's choices: from bytes as long as there are any, so
// that a fuzzing engine can steer, then from a seeded generator.
type dice struct {
	data []byte
	rng  *rand.Rand
}

func seededDice(seed, stream uint64) *dice { return &dice{rng: rand.New(rand.NewPCG(seed, stream))} }

func byteDice(data []byte) *dice {
	h := fnv.New64a()
	h.Write(data)
	return &dice{data: data, rng: rand.New(rand.NewPCG(h.Sum64(), 0))}
}

// n draws from 0..k-1; k is at most 1<<16.
func (d *dice) n(k int) int {
	switch {
	case len(d.data) == 0:
		return d.rng.IntN(k)
	case k <= 256:
		v := int(d.data[0])
		d.data = d.data[1:]
		return v % k
	}
	v := int(d.data[0])
	if len(d.data) > 1 {
		v |= int(d.data[1]) << 8
	}
	d.data = d.data[min(2, len(d.data)):]
	return v % k
}

// u64 draws 64 bits.
func (d *dice) u64() uint64 {
	if len(d.data) < 8 {
		d.data = nil
		return d.rng.Uint64()
	}
	v := binary.LittleEndian.Uint64(d.data)
	d.data = d.data[8:]
	return v
}

// u32 draws 32 bits.
func (d *dice) u32() uint32 {
	if len(d.data) < 4 {
		d.data = nil
		return d.rng.Uint32()
	}
	v := binary.LittleEndian.Uint32(d.data)
	d.data = d.data[4:]
	return v
}

// chance is true in percent of a hundred cases.
func (d *dice) chance(percent int) bool { return d.n(100) < percent }

// between draws from lo..hi.
func (d *dice) between(lo, hi int) int { return lo + d.n(hi-lo+1) }

func pick[T any](d *dice, list []T) T { return list[d.n(len(list))] }
