package suite

import (
	"context"

	"github.com/hartwood-vm/hartwood/bench/guests"
)

// engineScenarios measure how fast each engine executes each kind of program, one engine right after the other. The
// ratio is one of processor time, in which other programs of the host do not count but compilers in the background do.
func engineScenarios() (all []Scenario) {
	for _, program := range []struct {
		kind, guest, param string
		full, quick        uint64
	}{
		{"hot-loop", "intloop", "loops", 40_000_000, 2_000_000},
		{"cold-start", "cold", "pages", 4000, 1000},
		{"mixed", "mixed", "rounds", 200, 10},
		{"floating-point", "fpdense", "rounds", 400, 20},
		{"calls", "calls", "rounds", 500, 25},
	} {
		all = append(all, Scenario{Name: "JITVsInterp/program=" + program.kind, Open: func(o Options) (Probe, error) {
			p := guests.Params{program.param: o.size(program.full, program.quick)}
			return probe(func(ctx context.Context) (all []Figure, err error) {
				var perInsn []float64
				for _, e := range Engines() {
					s, err := executeGuest(ctx, e, program.guest, p, nil)
					if err != nil {
						return nil, err
					}
					figures, err := speed(s)
					if err != nil {
						return nil, err
					}
					perInsn = append(perInsn, float64(s.cpu)/float64(s.Instructions))
					if e == native {
						figures = append(figures, Figure{Unit: "x-interp", Value: perInsn[0] / perInsn[1]})
					}
					all = append(all, side("engine="+e.Name, figures)...)
				}
				return all, nil
			})
		}})
	}
	return all
}

// speed is what a run says of the speed of its guest instructions, and of why.
func speed(s counted) ([]Figure, error) {
	n := float64(s.Instructions)
	figures := []Figure{
		{Unit: "MIPS", Value: n / s.Wall.Seconds() / 1e6},
		{Unit: "ns/insn", Value: float64(s.Wall.Nanoseconds()) / n},
		{Unit: "cpu-ns/insn", Value: float64(s.cpu.Nanoseconds()) / n},
	}
	if _, compiled := s.Find("jit.native_share"); !compiled {
		return figures, nil
	}
	of, err := s.numbers("jit.native_share", "jit.entries")
	if err != nil {
		return nil, err
	}
	return append(figures, Figure{Unit: "%native", Value: 100 * of[0]}, Figure{Unit: "exits/Minsn", Value: of[1] / n * 1e6}), nil
}
