package monitor

import (
	"math"
	"testing"

	"github.com/hartwood-vm/hartwood/shardedtlb/measure"
)

// The speed is that of budgets by the clock where enough were timed, and else counted.
func TestSpeedGoesByTheClock(t *testing.T) {
	timed := func(all, native float64) span {
		r := reading{}
		for path, number := range map[string]float64{
			"instructions": 100, "jit.native_instructions": 90,
			"jit.pace.instructions": all, "jit.pace.all_ns": 0.5 * all, "jit.pace.native_instructions": native, "jit.pace.native_ns": 0.4 * native,
		} {
			r[path] = value{kind: measure.Counts, number: number}
		}
		return span{reading{}, r}
	}
	counted := 100.0 / (90 + 10*interpretedCost)
	for _, x := range []struct {
		s    span
		want float64
	}{
		{timed(2*fewTimed, fewTimed), 0.8},
		{timed(2*fewTimed, fewTimed-1), counted},
		{timed(0, 0), counted},
	} {
		if got := x.s.speed(); math.Abs(got-x.want) > 1e-9 {
			t.Errorf("the speed is %v of all native, want %v", got, x.want)
		}
	}
	if got := timed(0, 0).counted(); got != counted {
		t.Errorf("counted is %v, want %v", got, counted)
	}
}
