package runtime

import (
	"encoding/json"
	"reflect"
	"slices"
	"testing"

	"github.com/hartwood-vm/hartwood/gcpar"
	"github.com/hartwood-vm/hartwood/jitworker"
	"github.com/hartwood-vm/hartwood/jitworker/codestore"
	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/shardedtlb/measure"
	"github.com/hartwood-vm/hartwood/shardedtlb/measure/measuretest"
)

// filled has an entry in every list.
func filled() *Stats {
	return &Stats{
		Harts: make([]HartStats, 2), Missing: []Missing{{"v", 1}}, tlbShards: make([]shardedtlb.ShardStats, 2),
		jit:  &jitStats{LeftOut: []leftOut{{"div", 3}}, Compiler: jitworker.Stats{LastFailures: make([]jitworker.Failure, 1)}, Store: new(codestore.Stats)},
		heap: &gcpar.Stats{}, memory: &memoryStats{}, profile: &profileStats{},
	}
}

// TestMeasures finds measurements that are not described, or whose names are not like the others.
func TestMeasures(t *testing.T) {
	s := filled()
	var faults []string
	faults = append(faults, measuretest.Fields(s, s.measures(), "Harts", "Missing")...)
	faults = append(faults, measuretest.Fields(&s.Harts[0], s.Harts[0].measures())...)
	faults = append(faults, measuretest.Fields(&s.blocks, s.blocks.measures())...)
	faults = append(faults, measuretest.Fields(&s.hits, s.hits.measures())...)
	faults = append(faults, measuretest.Fields(s.memory, s.memory.measures())...)
	faults = append(faults, measuretest.Fields(s.profile, s.profile.measures())...)
	faults = append(faults, measuretest.Fields(s.jit, s.jit.measures(), "Exits", "Regions", "Pace", "LeftOut", "Compiler", "Cache", "Store")...)
	faults = append(faults, measuretest.Fields(&s.jit.Regions, regionMeasures(&s.jit.Regions))...)
	faults = append(faults, measuretest.Fields(&s.jit.Pace, paceMeasures(&s.jit.Pace))...)
	faults = append(faults, measuretest.Fields(&s.jit.Exits, s.jit.Exits.measures())...)
	all := s.Group()
	for _, fault := range append(faults, measuretest.Group(&all)...) {
		t.Error(fault)
	}
	var names []string
	for _, g := range all.Groups {
		if len(names) == 0 || names[len(names)-1] != g.Name {
			names = append(names, g.Name)
		}
	}
	// A field of Stats is a measurement or a part.
	if n := reflect.TypeFor[Stats]().NumField(); n != len(all.Measures)+len(names) {
		t.Errorf("Stats has %d fields, but %d measurements and these parts: %v", n, len(all.Measures), names)
	}
	if want := []string{"harts", "tlb", "tlb_hits", "tlb_shards", "blocks", "jit", "managed_heap", "host_memory", "profile", "missing_extensions"}; !slices.Equal(names, want) {
		t.Errorf("parts %v, want %v", names, want)
	}
}

// TestStatsAsJSON reads back what a machine has measured.
func TestStatsAsJSON(t *testing.T) {
	s := filled()
	s.Wall, s.Instructions, s.Harts[1].Native, s.tlb.L2Fenced, s.jit.Cache.Waiting = 5, 6, 7, 8, 9
	text, err := json.Marshal(Result{ExitCode: 3, Stats: *s})
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Code  int `json:"exit_code"`
		Stats struct {
			Wall         int `json:"wall_ns"`
			Instructions int
			Harts        []struct {
				Hart   int
				Native int `json:"native_instructions"`
			}
			TLB struct {
				Fenced int `json:"l2_fenced"`
			}
			Shards []any `json:"tlb_shards"`
			JIT    struct {
				LeftOut []struct {
					Operation string
					Count     int
				} `json:"left_out"`
				Cache struct {
					Waiting int `json:"waiting_bytes"`
				}
			}
			Missing []struct{ Extension string } `json:"missing_extensions"`
		}
	}
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	g := got.Stats
	if got.Code != 3 || g.Wall != 5 || g.Instructions != 6 || len(g.Harts) != 2 || g.Harts[1].Hart != 1 || g.Harts[1].Native != 7 ||
		g.TLB.Fenced != 8 || len(g.Shards) != 2 || len(g.JIT.LeftOut) != 1 || g.JIT.LeftOut[0].Count != 3 || g.JIT.Cache.Waiting != 9 ||
		len(g.Missing) != 1 || g.Missing[0].Extension != "v" {
		t.Errorf("%s reads as %+v", text, got)
	}
	if m, ok := s.Find("jit.cache.waiting_bytes"); !ok || m.Number() != 9 || m.Unit != measure.Bytes {
		t.Errorf("found %+v (%v)", m, ok)
	}
}

// TestTuningHasEveryMeasurement compares the table in docs/TUNING.md with what a machine measures.
func TestTuningHasEveryMeasurement(t *testing.T) {
	all := filled().Group()
	tuningHas(t, "measurements", measure.Reference(&all))
}
