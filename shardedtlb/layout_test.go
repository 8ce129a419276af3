package shardedtlb

import (
	"testing"
	"unsafe"
)

// Native code and cache lines depend on these.
func TestLayout(t *testing.T) {
	for _, c := range []struct {
		what      string
		got, want uintptr
	}{
		{"size of Entry", unsafe.Sizeof(Entry{}), 16},
		{"offset of Addend", unsafe.Offsetof(Entry{}.Addend), 8},
		{"offset of FetchID", unsafe.Offsetof(FirstLevel{}.FetchID), 8},
		{"offset of Load", unsafe.Offsetof(FirstLevel{}.Load), 32},
		{"offset of Store", unsafe.Offsetof(FirstLevel{}.Store), 32 + FirstLevelEntries*16},
		{"offset of Fetch", unsafe.Offsetof(FirstLevel{}.Fetch), 32 + 2*FirstLevelEntries*16},
		{"size of FirstLevel", unsafe.Sizeof(FirstLevel{}), 32 + (2*FirstLevelEntries+FetchEntries+2*FarEntries)*16},
		{"size of set", unsafe.Sizeof(set{}), 64},
		{"size of shard", unsafe.Sizeof(shard{}), 128},
		{"offset of shard counters", unsafe.Offsetof(shard{}.counters), 64},
		{"offset after clock", unsafe.Offsetof(table{}.shards), 64},
	} {
		if c.got != c.want {
			t.Errorf("%s is %d, want %d", c.what, c.got, c.want)
		}
	}
	if n := unsafe.Sizeof(MMU{}); n > 8<<10 {
		t.Errorf("an idle hart's MMU takes %d bytes", n)
	}
}

func TestSetsAreCacheLines(t *testing.T) {
	for n := 2; n <= 4096; n *= 2 {
		sets := makeSets(n)
		if len(sets) != n || uintptr(unsafe.Pointer(&sets[0]))%64 != 0 {
			t.Fatalf("%d sets at %p", len(sets), &sets[0])
		}
		sets[n-1][1].stamp.Store(1)
	}
}

// An idle hart allocates neither a second level nor a prefetcher.
func TestIdleHartIsSmall(t *testing.T) {
	g := newGuest(t, 1<<20)
	for _, strategy := range []Strategy{MultiLevel, Concurrent, Hybrid} {
		s := g.shared(func(c *Config) { c.Strategy, c.Prefetch = strategy, true })
		h := g.hart(s)
		h.kernel(0)
		h.want(t, ramBase, Store, ramBase, NoFault)
		h.FenceAll()
		if h.private != nil || h.ahead != nil || h.tab != nil {
			t.Errorf("%v: allocated without translating", strategy)
		}
	}
}
