package bench

import (
	"testing"
	"time"

	"github.com/hartwood-vm/hartwood/bench/guests"
)

// BenchmarkJITVsInterp measures how fast each engine executes each kind of program: M instructions/s of guest time,
// and nanoseconds for each instruction. Processor time, which other programs of the host do not count in but compilers
// in the background do, is reported beside the time that has passed.
func BenchmarkJITVsInterp(b *testing.B) {
	for _, program := range []struct {
		kind, guest string
		p           guests.Params
	}{
		{"hot-loop", "intloop", guests.Params{"loops": 40_000_000}},
		{"mixed", "mixed", guests.Params{"rounds": 200}},
		{"calls", "calls", guests.Params{"rounds": 500}},
		{"floating-point", "fpdense", guests.Params{"rounds": 400}},
		{"cold-start", "cold", guests.Params{"pages": 4000}},
	} {
		b.Run("program="+program.kind, func(b *testing.B) {
			onEachEngine(b, func(b *testing.B, e engine) {
				cfg := machineFor(b, e, program.guest, program.p)
				var insns uint64
				var wall, cpu time.Duration
				for b.Loop() {
					before := processorTime(b)
					s := execute(b, cfg)
					cpu += processorTime(b) - before
					insns += s.Instructions
					wall += s.Wall
				}
				n := float64(insns)
				b.ReportMetric(n/wall.Seconds()/1e6, "MIPS")
				b.ReportMetric(float64(wall.Nanoseconds())/n, "ns/insn")
				b.ReportMetric(float64(cpu.Nanoseconds())/n, "cpu-ns/insn")
				only(b)
			})
		})
	}
}
