package bench

import (
	"testing"

	"github.com/hartwood-vm/hartwood/bench/guests"
)

// BenchmarkJITVsInterp measures how fast each engine executes each kind of program: M instructions/s of guest time,
// and nanoseconds for each instruction.
func BenchmarkJITVsInterp(b *testing.B) {
	for _, program := range []struct {
		kind, guest string
		p           guests.Params
	}{
		{"hot-loop", "intloop", guests.Params{"loops": 40_000_000}},
		{"mixed", "mixed", guests.Params{"rounds": 200}},
		{"floating-point", "fpdense", guests.Params{"rounds": 400}},
		{"cold-start", "cold", guests.Params{"pages": 4000}},
	} {
		b.Run("program="+program.kind, func(b *testing.B) {
			for _, e := range engines {
				b.Run("engine="+e.name, func(b *testing.B) {
					cfg := machineFor(b, program.guest, program.p)
					e.choose(&cfg)
					var insns uint64
					var seconds float64
					for b.Loop() {
						s := execute(b, cfg)
						insns += s.Instructions
						seconds += s.Wall.Seconds()
					}
					b.ReportMetric(float64(insns)/seconds/1e6, "MIPS")
					b.ReportMetric(seconds*1e9/float64(insns), "ns/insn")
					only(b)
				})
			}
		})
	}
}
