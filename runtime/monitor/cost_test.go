package monitor

import (
	"math"
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/shardedtlb/measure"
)

// What an interpreted instruction costs is measured where both kinds were timed often enough, and else a round number.
func TestSpeedGoesByMeasuredTimes(t *testing.T) {
	timed := func(interpreted, native time.Duration, count uint64) span {
		return span{reading{}, reading{
			"instructions":             {kind: measure.Counts, number: 100},
			"jit.native_instructions":  {kind: measure.Counts, number: 90},
			"jit.thousand_interpreted": {kind: measure.Durations, times: measure.Distribution{Count: count, P50: interpreted}},
			"jit.thousand_native":      {kind: measure.Durations, times: measure.Distribution{Count: fewTimed, P50: native}},
		}}
	}
	for _, x := range []struct {
		s    span
		want float64
	}{
		{timed(8000, 400, fewTimed), 20},
		{timed(8000, 400, fewTimed-1), interpretedCost},
		{timed(8000, 0, fewTimed), interpretedCost},
		{timed(100, 400, fewTimed), 1}, // native code that waits for memory
	} {
		if got := x.s.slowness(); got != x.want {
			t.Errorf("an interpreted instruction takes %v native ones, want %v", got, x.want)
		}
		if got, want := x.s.speed(), 100/(90+10*x.want); math.Abs(got-want) > 1e-9 {
			t.Errorf("the speed is %v of all native, want %v", got, want)
		}
	}
}
