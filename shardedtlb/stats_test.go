package shardedtlb

import (
	"reflect"
	"testing"

	"github.com/hartwood-vm/hartwood/shardedtlb/measure/measuretest"
)

// TestStatsAreWords checks what words relies on, and countMiss, and that Add adds every counter.
func TestStatsAreWords(t *testing.T) {
	var a, b Stats
	v := reflect.ValueOf(&a).Elem()
	if v.NumField() != int(numCounters) {
		t.Fatalf("%d fields in %d words", v.NumField(), numCounters)
	}
	for i := range v.NumField() {
		if v.Field(i).Kind() != reflect.Uint64 || v.Field(i).Addr().Interface() != any(&a.words()[i]) {
			t.Fatalf("%s is not word %d", v.Type().Field(i).Name, i)
		}
		v.Field(i).SetUint(uint64(i + 1))
	}
	if &a.words()[Fetch] != &a.FetchMisses || &a.words()[Load] != &a.LoadMisses || &a.words()[Store] != &a.StoreMisses {
		t.Error("the misses are not in the order of accesses")
	}
	b.Add(a)
	b.Add(a)
	for i, n := range b.words() {
		if n != 2*uint64(i+1) {
			t.Errorf("counter %d: %d", i, n)
		}
	}
}

// TestMeasures finds counters that are not described.
func TestMeasures(t *testing.T) {
	var s Stats
	var shard ShardStats
	for _, fault := range append(measuretest.Fields(&s, s.Measures()), measuretest.Fields(&shard, shard.Measures())...) {
		t.Error(fault)
	}
}

func TestStatsCount(t *testing.T) {
	g := newGuest(t, 1<<20)
	s := g.shared(func(c *Config) { c.Shards = 4 })
	h := g.hart(s)
	h.SetEnv(true, false)
	pt := g.pageTable(3)
	pt.set(0x1000, g.page(), 0, pteV|pteR|pteW|pteX)
	h.kernel(pt.satp(0))
	h.Translate(0x1000, 8, Load)  // walk, sets A
	h.Translate(0x1000, 8, Load)  // second level
	h.Translate(0x1000, 4, Fetch) // second level
	h.Translate(0x1000, 8, Store) // walk, sets D
	h.Translate(0x2000, 8, Store) // page fault
	h.FenceAll()
	h.Translate(0x1000, 8, Load) // fenced, walk
	h.PublishStats()
	got := h.Stats()
	if got.WalkSamples == 0 {
		t.Error("no walk was timed")
	}
	got.WalkNanos, got.WalkSamples = 0, 0
	want := Stats{
		LoadMisses: 3, FetchMisses: 1, StoreMisses: 2, Fills: 5,
		L2Hits: 2, L2Misses: 4, L2Fenced: 1, Walks: 4, WalkLevels: 12,
		PageFaults: 1, ADUpdates: 2, Fences: 1,
	}
	if got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if got.Misses() != 6 {
		t.Errorf("%d misses", got.Misses())
	}
	var sum ShardStats
	for _, c := range s.Shards() {
		sum.Hits += c.Hits
		sum.Misses += c.Misses
		sum.Inserts += c.Inserts
	}
	if sum.Inserts != 3 || sum.Hits != 3 || sum.Misses != 2 {
		t.Errorf("shards: %+v", sum)
	}
}

// Readers see a busy hart's counters without its help.
func TestStatsPublishedOnTheWay(t *testing.T) {
	g := newGuest(t, 1<<20)
	h := g.hart(g.shared(nil))
	for range publishEvery {
		h.Translate(ramBase, 8, Load)
	}
	if h.Stats().LoadMisses != publishEvery {
		t.Error("nothing was published")
	}
}
