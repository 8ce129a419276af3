package suite

import (
	goruntime "runtime"
	"time"
)

// yardstickData is larger than a first-level cache and smaller than a second-level one.
var yardstickData [32 << 10]uint64

// Yardstick returns the processor time of a fixed amount of work, in nanoseconds: integer arithmetic, branches that
// cannot be predicted, loads from two cache levels. Taken beside a sample it tells how fast this processor is just now,
// which other guests of a shared host have a say in. It takes some milliseconds.
func Yardstick() float64 {
	const steps = 400_000
	x, sum := uint64(88172645463325252), uint64(0)
	before := ProcessorTime()
	began := time.Now()
	for range steps {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		at := &yardstickData[x%uint64(len(yardstickData))]
		if x&3 == 0 {
			*at += x
		} else {
			sum += *at
		}
	}
	took := ProcessorTime() - before
	goruntime.KeepAlive(sum)
	if took <= 0 { // a clock too coarse for so little
		took = time.Since(began)
	}
	return float64(took.Nanoseconds())
}
