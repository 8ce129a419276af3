package codecache

import (
	"slices"
	"testing"
)

// fillWith places n codes of one line each.
func (h *harness) fillWith(a *Arena, n int) (codes []*Code) {
	h.t.Helper()
	for range n {
		codes = append(codes, h.place(a, block(1, 64)))
	}
	return codes
}

// next chooses n victims without telling the owner.
func (h *harness) next(n int64, must bool) []*Code {
	h.choosing.Lock()
	defer h.choosing.Unlock()
	return slices.Concat(h.choose(toFree{entries: n}, h.candidates(false), must)...)
}

func TestPolicies(t *testing.T) {
	history := []struct{ hits, age uint64 }{
		{30, 1000}, // hot, long ago
		{200, 0},
		{20, 10},
		{4, 300},
		{0, 200},
	}
	for policy, want := range map[Policy][]int{
		LRU:     {0, 3, 4},
		LFU:     {4, 3, 2},
		LRU_LFU: {0, 4, 3},
	} {
		cfg := small()
		cfg.Policy = policy
		cfg.Entries = 200
		h := start(t, cfg)
		a := h.Arena()
		codes := h.fillWith(a, len(history))
		h.clock.Store(1000)
		for i, x := range codes {
			x.hits.Store(history[i].hits)
			x.used.Store(1000 - history[i].age)
		}
		h.place(a, block(1, 64)) // the arena's latest is no candidate
		var got []int
		for _, x := range h.next(3, true) {
			got = append(got, slices.Index(codes, x))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%v evicts %v, want %v", policy, got, want)
		}
	}
}

func TestEntriesBounded(t *testing.T) {
	h := start(t, small())
	a := h.Arena()
	hot := h.place(a, block(1, 64))
	for range 5000 {
		hot.Touch(100)
		h.place(a, block(1, 64))
		if n := h.Stats().Entries; n > 64 {
			t.Fatalf("%d entries", n)
		}
	}
	if !hot.Live() {
		t.Error("the hottest code was evicted")
	}
	until(func() bool { return h.load.chosenEntries.Load() == 0 }) // the janitor rests
	s := h.Stats()
	if s.Evicted < 5001-64 || s.Evicted != s.Retired || s.Placed != 5001 {
		t.Errorf("%+v", s)
	}
}

func TestBytesBounded(t *testing.T) {
	cfg := small()
	cfg.Entries = 100_000
	h := start(t, cfg)
	a := h.Arena()
	for i := range 3000 {
		until(func() bool { // rounds end at once; the janitor may still be giving back
			err := h.try(a, block(1, 100+i%900))
			return err == nil
		})
		if s := h.Stats(); s.Bytes > s.Capacity {
			t.Fatalf("%+v", s)
		}
	}
	if h.Stats().Evicted == 0 {
		t.Error("nothing evicted")
	}
}

func TestWarmUpAndPins(t *testing.T) {
	cfg := small()
	cfg.WarmUp = 10
	h := start(t, cfg)
	a := h.Arena()
	codes := h.fillWith(a, 30)
	codes[0].Pin()
	codes[1].Pin()
	for _, x := range codes[:20] {
		x.Touch(1000)
	}
	if got := h.next(100, false); !slices.Equal(got, codes[2:20]) {
		t.Errorf("%d victims that are not fresh, want 18", len(got))
	}
	if got := h.next(100, true); !slices.Equal(got, codes[20:29]) {
		t.Errorf("%d fresh victims, want 9: all but the arena's latest", len(got))
	}
	if got := h.next(100, true); len(got) != 0 {
		t.Errorf("%d chosen twice", len(got))
	}
	for _, x := range codes {
		h.Retire(x)
	}
	until(func() bool { return h.Stats().Waiting == 0 })
	if h.load.chosenEntries.Load() != 0 || h.load.chosenBytes.Load() != 0 || codes[0].chunk().pins.Load() != 0 {
		t.Error("counts not back at zero")
	}
}

func TestCleanUp(t *testing.T) {
	cfg := small()
	cfg.Decay = 0.5
	h := start(t, cfg)
	a := h.Arena()
	codes := h.fillWith(a, 40)
	for _, x := range codes {
		x.Touch(1)
	}
	h.cleanUp()
	if len(h.evicted) != 0 {
		t.Fatal("evicted below the mark")
	}
	h.fillWith(a, 16)
	codes[3].Touch(8)
	h.cleanUp() // 56 codes, of which 55 are cold; the mark is 48
	if len(h.evicted) != 8 || !codes[3].Live() {
		t.Errorf("%d evicted", len(h.evicted))
	}
	if heat := codes[3].entry.heat; heat != 4.25 { // (1·½ + 8)·½
		t.Errorf("heat %v", heat)
	}
	for range 2 {
		h.cleanUp()
	}
	if s := h.Stats(); s.Entries != 48 || s.CleanUps != 4 {
		t.Errorf("%+v", s)
	}
}

// TestFragments: bytes enough are free, but no three neighbouring chunks. The
// emptiest are cleared, and the rest stays.
func TestFragments(t *testing.T) {
	cfg := small()
	cfg.Bytes = 32 * chunkSize
	cfg.Entries = 10_000
	h := start(t, cfg)
	a := h.Arena()
	var stay, leave []*Code
	for i := range 30 { // up to the high mark
		x := h.place(a, block(1, chunkSize-4096))
		y := h.place(a, block(2, 4096))
		switch i {
		case 5, 6, 7:
			leave = append(leave, x)
			y.Touch(1 << 40) // by policy all others would go first
		case 12:
			leave = append(leave, x)
		default:
			stay = append(stay, x, y)
		}
	}
	for _, x := range leave {
		h.Retire(x)
	}
	until(func() bool { return h.Stats().Waiting == 0 })
	x := h.place(a, block(4, 3*chunkSize))
	if x.off != 5*chunkSize {
		t.Errorf("placed at %#x", x.off)
	}
	for _, x := range stay {
		if !x.Live() {
			t.Error("evicted although there was no need")
		}
	}
}
