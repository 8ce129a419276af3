package codecache

import (
	"bytes"
	"errors"
	"testing"
)

// TestReuseWaitsForRound is trap 31: memory is reused only after a round that began
// after Retire.
func TestReuseWaitsForRound(t *testing.T) {
	h := start(t, small())
	h.holdRounds()
	a := h.Arena()
	first := h.place(a, block(1, 64))
	h.Retire(first)
	done := h.awaitRound()
	second := h.place(a, block(2, 64))
	h.Retire(second) // too late for the round under way
	h.Retire(second)
	third := h.place(a, block(3, 64))
	if third.Entry() == first.Entry() || third.Entry() == second.Entry() {
		t.Fatal("reused before the round was over")
	}
	if h.Find(first.Entry()) != first || !bytes.Equal(first.exec(), block(1, 64)) || first.Live() {
		t.Error("retired code not intact")
	}
	first.Patch32(0, 5)
	if first.load32(0) != 5 {
		t.Error("retired code not patchable")
	}

	done()
	until(func() bool { return h.Stats().Reused == 1 })
	if !bytes.Equal(first.exec(), block(int3, 64)) || h.Find(first.Entry()) != nil {
		t.Error("memory given back is not int3")
	}
	if first.Copy() != nil || !bytes.Equal(second.Copy(), block(2, 64)) {
		t.Error("copies: of memory given back, or not of what is retired")
	}
	if !bytes.Equal(second.exec(), block(2, 64)) || h.Stats().Waiting != 64 {
		t.Error("the round served code retired after it began")
	}
	reused := h.place(a, block(4, 64))
	if reused.Entry() != first.Entry() {
		t.Errorf("first fit gives %#x, not %#x", reused.Entry(), first.Entry())
	}
	first.Patch32(0, 9)
	if !bytes.Equal(reused.exec(), block(4, 64)) || first.load32(0) != 0 {
		t.Error("a late patch reached the code that has the memory now")
	}
	mustPanic(t, "done twice", done)
	h.awaitRound()()
	until(func() bool { return h.Stats().Reused == 2 })
}

func TestRoundsServeBatches(t *testing.T) {
	h := start(t, small())
	h.holdRounds()
	a := h.Arena()
	var codes []*Code
	for range 40 {
		codes = append(codes, h.place(a, block(1, 64)))
	}
	h.Retire(codes[0])
	done := h.awaitRound()
	for _, x := range codes[1:] {
		h.Retire(x)
	}
	h.advance(true) // must not begin a second round
	done()
	h.awaitRound()()
	until(func() bool { return h.Stats().Reused == 40 })
	if s := h.Stats(); s.Rounds != 2 || s.Retired != 40 || s.Entries != 0 || s.Bytes != 0 || s.Waiting != 0 || h.most > 1 {
		t.Errorf("%d rounds at once, %+v", h.most, s)
	}
}

// TestFullWhileRoundsWait fills the cache while no round ends: Place fails, the
// cache is not emptied meanwhile, and all is well afterwards.
func TestFullWhileRoundsWait(t *testing.T) {
	cfg := small()
	cfg.Entries = 10_000
	h := start(t, cfg)
	h.holdRounds()
	a := h.Arena()
	for {
		if err := h.try(a, block(1, 4000)); errors.Is(err, ErrFull) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	for range 1000 {
		if err := h.try(a, block(1, 4000)); !errors.Is(err, ErrFull) {
			t.Fatal(err)
		}
	}
	if s := h.Stats(); s.Bytes < s.Capacity/2 || s.Full != 1001 {
		t.Errorf("%+v", s)
	}
	h.mu.Lock()
	h.hold = false
	h.mu.Unlock()
	h.awaitRound()()
	until(func() bool {
		err := h.try(a, block(1, 4000))
		return err == nil
	})
}

// TestEverythingComesBack fills, retires all and fills again: coalescing leaves no
// fragments.
func TestEverythingComesBack(t *testing.T) {
	cfg := small()
	cfg.Entries = 10_000
	h := start(t, cfg)
	a := h.Arena()
	for range 3 {
		var codes []*Code
		for i := range 300 {
			codes = append(codes, h.place(a, block(1, 50+i)))
		}
		for i := range codes {
			h.Retire(codes[(i*7)%300])
		}
		until(func() bool { return h.Stats().Waiting == 0 })
		x := h.place(a, block(1, 2*chunkSize))
		h.Retire(x)
	}
}

// A round begins when enough waits for it, and for less when memory is short or at a clean-up.
func TestRoundsWaitForEnough(t *testing.T) {
	cfg := small()
	cfg.Entries = 10_000
	h := start(t, cfg)
	h.reclaim.least = 16 * granule
	a := h.Arena()
	codes := h.fillWith(a, 40)
	for _, x := range codes[:15] {
		h.Retire(x)
	}
	h.advance(false)
	if s := h.Stats(); s.Rounds != 0 || s.Waiting != 15*granule {
		t.Fatalf("a round for too little: %+v", s)
	}
	h.Retire(codes[15])
	until(func() bool { return h.Stats().Waiting == 0 })
	h.Retire(codes[16])
	h.advance(true)
	until(func() bool { return h.Stats().Waiting == 0 })
	if s := h.Stats(); s.Rounds != 2 || s.Reused != 17 {
		t.Errorf("%+v", s)
	}
	for h.try(a, block(1, 4000)) == nil { // to the brim
	}
	h.Retire(codes[17])
	until(func() bool { return h.try(a, block(1, 64)) == nil })
}
