package measure

import (
	"encoding/json"
	"testing"
	"time"
)

// cache is a part with a measurement of each kind.
type cache struct {
	evicted uint64
	entries int
	share   float64
	limit   uint32
	quota   time.Duration
	wait    Distribution
	fault   string
}

func (c *cache) group() Group {
	return Group{Name: "cache", Help: "a part", Measures: []Measure{
		Counter(&c.evicted, "evicted", "codes"),
		Gauge(&c.entries, "entries", "pages"),
		Gauge(&c.share, "native_share", "share").In(Share),
		Gauge(&c.limit, "limit", "pages"),
		Gauge(&c.quota, "quota_ns", "time"),
		Times(&c.wait, "wait", "time"),
		Note(&c.fault, "fault", "what went wrong"),
	}}
}

func TestJSON(t *testing.T) {
	c := cache{evicted: 1 << 60, entries: -1, share: 0.5, limit: 7, quota: time.Millisecond, wait: Distribution{Count: 2, Sum: 9, P50: 3, P99: 6, Max: 6}}
	hart := func(n int) Group {
		return Group{Name: "harts", Labels: []Label{{"hart", n}}, Measures: []Measure{Gauge(&c.limit, "limit", "")}}
	}
	all := Group{Name: "all", Groups: []Group{hart(0), hart(1), c.group(), {Name: "empty"}}}
	text, err := json.Marshal(&all)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"harts":[{"hart":0,"limit":7},{"hart":1,"limit":7}],` +
		`"cache":{"evicted":1152921504606846976,"entries":-1,"native_share":0.5,"limit":7,"quota_ns":1000000,` +
		`"wait":{"count":2,"sum_ns":9,"p50_ns":3,"p99_ns":6,"max_ns":6}},"empty":{}}`
	if string(text) != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
	c.fault = "a \"fault\"\n"
	g := c.group()
	text, err = json.Marshal(&g)
	var back map[string]any
	if err != nil || json.Unmarshal(text, &back) != nil || back["fault"] != c.fault {
		t.Errorf("%s (%v) reads as %v", text, err, back)
	}
}

// TestValues reads what has changed since it was described.
func TestValues(t *testing.T) {
	var c cache
	all := Group{Groups: []Group{{Name: "cache", Groups: []Group{c.group()}}, c.group()}}
	c = cache{evicted: 5, entries: 6, share: 0.25, limit: 8, quota: 9, wait: Distribution{Count: 10}, fault: "x"}
	for path, want := range map[string]float64{
		"cache.evicted": 5, "cache.entries": 6, "cache.native_share": 0.25, "cache.limit": 8, "cache.quota_ns": 9, "cache.wait": 10, "cache.fault": 0,
	} {
		if m, ok := all.Find(path); !ok || m.Number() != want {
			t.Errorf("%s is %v (found: %v), want %v", path, m.Number(), ok, want)
		}
	}
	for _, path := range []string{"", "cache", "cache.cache", "evicted", "cache.evicted.more", "cash.evicted"} {
		if m, ok := all.Find(path); ok {
			t.Errorf("%q finds %s", path, m.Name)
		}
	}
	if m, _ := all.Find("cache.wait"); m.Times().Count != 10 {
		t.Errorf("the distribution is %+v", m.Times())
	}
	if m, _ := all.Find("cache.quota_ns"); m.Unit != Nanoseconds || m.Kind != Level || m.Times() != (Distribution{}) {
		t.Errorf("the quota is %+v", m)
	}
}

func TestNumber(t *testing.T) {
	for n, want := range map[uint64]string{
		0: "0", 999: "999", 1000: "1.00 k", 12345: "12.3 k", 999_600: "1.00 M", 456_000_000: "456 M", 7_200_000_000: "7.20 G",
	} {
		if got := Number(n); got != want {
			t.Errorf("Number(%d) is %q, want %q", n, got, want)
		}
	}
}

func TestWords(t *testing.T) {
	for got, want := range map[string]string{
		Hits(0, 0):                            "none",
		Hits(200, 1):                          "99.50 %",
		Hits(1, 5):                            "0.00 %",
		Percent(0.125):                        "12.50 %",
		Rate(3000, 2*time.Second):             "1.50 k",
		Rate(3000, 0):                         "0",
		Digits(123456 * time.Second).String(): "34h10m0s",
		Digits(1234567).String():              "1.23ms",
		Distribution{}.String():               "none",
		Distribution{Count: 1500, P50: 12345, P99: 99999, Max: 1e6}.String(): "1.50 k, median 12.3µs, p99 100µs, longest 1ms",
		Distribution{P50: 1, P99: 2}.Quantiles():                             "1ns (p99 2ns)",
		Table([]Line{Say("a", "%d", 1), Say("to safe point", "x")}):          "  a             1\n  to safe point x\n",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
