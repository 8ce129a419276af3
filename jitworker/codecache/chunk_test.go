package codecache

import (
	"math/rand/v2"
	"testing"
)

// TestChunkModel carves and frees at random and compares with a map of granules.
func TestChunkModel(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var ch chunk
	ch.open()
	var used [chunkGranules]bool
	type piece struct{ off, size uint32 }
	var live []piece
	for range 20_000 {
		if size := uint32(1+rng.IntN(40)) * granule; rng.IntN(2) == 0 {
			off, ok := ch.carve(size)
			if !ok {
				if want := longest(used[:]); want*granule >= int(size) {
					t.Fatalf("%d bytes refused, %d granules free", size, want)
				}
				continue
			}
			mark(t, used[off/granule:(off+size)/granule], false)
			live = append(live, piece{off, size})
		} else if len(live) > 0 {
			i := rng.IntN(len(live))
			p := live[i]
			live[i] = live[len(live)-1]
			live = live[:len(live)-1]
			mark(t, used[p.off/granule:(p.off+p.size)/granule], true)
			if ch.giveBack(p.off, p.size) != (len(live) == 0) {
				t.Fatalf("emptiness wrong with %d pieces", len(live))
			}
		}
		if int(ch.room.Load()) != longest(used[:])*granule {
			t.Fatalf("room %d, longest hole %d granules", ch.room.Load(), longest(used[:]))
		}
	}
}

func mark(t *testing.T, granules []bool, was bool) {
	t.Helper()
	for i := range granules {
		if granules[i] != was {
			t.Fatal("pieces overlap")
		}
		granules[i] = !was
	}
}

func longest(used []bool) (best int) {
	run := 0
	for _, u := range used {
		run++
		if u {
			run = 0
		}
		best = max(best, run)
	}
	return best
}

func TestChunkFreedTwice(t *testing.T) {
	var ch chunk
	ch.open()
	off, _ := ch.carve(128)
	ch.carve(128)
	ch.giveBack(off, 128)
	mustPanic(t, "same piece", func() { ch.giveBack(off, 128) })
	mustPanic(t, "part of a hole", func() { ch.giveBack(1024, 64) })
}
