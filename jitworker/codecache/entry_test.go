package codecache

import (
	"slices"
	"testing"
)

// TestEntriesAreKeys: codes of one key count once, are chosen together, by their common heat, and
// are handed to the owner in one piece.
func TestEntriesAreKeys(t *testing.T) {
	h := start(t, small())
	a := h.Arena()
	var pages [10][]*Code
	for range 8 {
		for key := range pages {
			pages[key] = append(pages[key], h.placeIn(a, block(1, 64), uint64(key)))
		}
	}
	h.placeIn(a, block(1, 64), 99) // the arena's latest
	if s := h.Stats(); s.Entries != 11 || s.Codes != 81 {
		t.Fatalf("%+v", s)
	}
	for key, codes := range pages {
		if key != 4 {
			codes[0].Touch(100) // one hot code keeps its page
		} else {
			for _, x := range codes {
				x.Touch(10)
			}
		}
	}
	got := h.next(1, true)
	if len(got) != 8 || got[0].entry.key != 4 {
		t.Fatalf("%d codes of key %d", len(got), got[0].entry.key)
	}
	if n := h.load.chosenEntries.Load(); n != 1 {
		t.Errorf("%d entries are chosen", n)
	}
	if again := h.next(1, true); len(again) != 8 || again[0].entry.key == 4 {
		t.Error("an entry that leaves was chosen once more")
	}
	for _, x := range got {
		h.Retire(x)
	}
	if s := h.Stats(); s.Entries != 10 || s.Codes != 73 || h.load.chosenEntries.Load() != 1 {
		t.Errorf("%+v, %d chosen", s, h.load.chosenEntries.Load())
	}
}

// TestEntryLivesOn: a code placed under a key that eviction has chosen stays, and the entry
// counts as one again.
func TestEntryLivesOn(t *testing.T) {
	h := start(t, small())
	a := h.Arena()
	old := h.placeIn(a, block(1, 64), 1)
	h.placeIn(a, block(1, 64), 2)
	if got := h.next(1, true); !slices.Equal(got, []*Code{old}) {
		t.Fatal("the older entry was not chosen")
	}
	fresh := h.placeIn(a, block(1, 64), 1)
	if h.load.chosenEntries.Load() != 0 {
		t.Error("an entry with a new code counts as chosen")
	}
	h.Retire(old)
	if s := h.Stats(); s.Entries != 2 || !fresh.Live() {
		t.Errorf("%+v", s)
	}
	h.Retire(fresh)
	if s := h.Stats(); s.Entries != 1 || s.Codes != 1 {
		t.Errorf("an empty entry is kept: %+v", s)
	}
}

// TestPinnedEntryStays: one pinned code keeps all of its key.
func TestPinnedEntryStays(t *testing.T) {
	h := start(t, small())
	a := h.Arena()
	h.placeIn(a, block(1, 64), 1).Pin()
	h.placeIn(a, block(1, 64), 1)
	h.placeIn(a, block(1, 64), 2)
	h.placeIn(a, block(1, 64), 3)
	if got := h.next(10, true); len(got) != 1 || got[0].entry.key != 2 {
		t.Errorf("%d victims", len(got))
	}
}

// TestPlaceThatFailsLeavesNoEntry: what found no memory counts for nothing.
func TestPlaceThatFailsLeavesNoEntry(t *testing.T) {
	h := start(t, small())
	h.holdRounds()
	a := h.Arena()
	for h.try(a, block(1, 4000)) == nil {
	}
	s := h.Stats()
	for range 10 {
		if h.try(a, block(1, 4000)) == nil {
			t.Fatal("there was room after all")
		}
	}
	if now := h.Stats(); now.Entries > s.Entries || now.Codes > s.Codes {
		t.Errorf("%+v, before %+v", now, s)
	}
}
