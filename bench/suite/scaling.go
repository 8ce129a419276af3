package suite

import (
	"context"
	"fmt"
	"slices"

	"github.com/hartwood-vm/hartwood/bench/guests"
	"github.com/hartwood-vm/hartwood/runtime"
)

// apart are kinds of work that harts do on data of their own.
var apart = []struct {
	name        string
	bytes, step uint64
}{
	{"integer", 0, 8},
	{"first-level-cache", 16 << 10, 8},
	{"pages", 4 << 20, 4096 + 64},
}

func scalingScenarios() (all []Scenario) {
	for _, e := range slices.Backward(Engines()) {
		for _, harts := range []int{1, 2, 4, 16, 64, 256, 1024, 4095} {
			all = append(all, scaling(e, harts))
		}
	}
	for _, harts := range []int{2, 64, 1024} {
		all = append(all, ipis(harts))
	}
	for _, work := range apart {
		all = append(all, sharing(work.name, work.bytes, work.step))
	}
	return all
}

// withHarts sets the number of harts.
func withHarts(n int) func(*runtime.Config) { return func(c *runtime.Config) { c.Harts = n } }

// scaling runs the same work, with the same number of IPIs round the ring (a few fewer where the harts do not divide
// it), on some number of harts. Each sample is paired with one on 2 harts, taken right before it, so that a host whose
// speed drifts does not spoil the ratio. Processor time, of all processors together, tells overhead from waiting.
func scaling(e Engine, harts int) Scenario {
	name := fmt.Sprintf("Scaling/engine=%s/harts=%d", e.Name, harts)
	interpreted := e == interp
	between := !slices.Contains([]int{1, 2, 64, 1024, 4095}, harts)
	return Scenario{Name: name, Long: between || interpreted && harts > 64, Open: func(o Options) (Probe, error) {
		p := guests.Params{"rounds": 40960, "loops": 5000}
		if interpreted {
			p["loops"] = 500
		}
		if o.Quick {
			p["rounds"], p["loops"] = 8192, min(p["loops"], 1000)
		}
		return probe(func(ctx context.Context) ([]Figure, error) {
			two, err := executeGuest(ctx, e, "ring", p, withHarts(2))
			if err != nil {
				return nil, err
			}
			s, err := executeGuest(ctx, e, "ring", p, withHarts(harts))
			if err != nil {
				return nil, err
			}
			rate := func(s counted) float64 { return float64(s.Instructions) / s.Wall.Seconds() }
			return []Figure{
				{Unit: "MIPS", Value: rate(s) / 1e6},
				{Unit: "%-of-2-harts", Value: 100 * rate(s) / rate(two)},
				{Unit: "cpu-ns/insn", Value: float64(s.cpu.Nanoseconds()) / float64(s.Instructions)},
			}, nil
		})
	}}
}

// ipis does next to no work between the IPIs of the ring: what one costs, the receiver asleep or not, on each engine.
func ipis(harts int) Scenario {
	return Scenario{Name: fmt.Sprintf("IPI/harts=%d", harts), Open: func(o Options) (Probe, error) {
		rounds := o.size(102400, 10240)
		return probe(func(ctx context.Context) (all []Figure, err error) {
			for _, e := range Engines() {
				s, err := executeGuest(ctx, e, "ring", guests.Params{"rounds": rounds, "loops": 1}, withHarts(harts))
				if err != nil {
					return nil, err
				}
				all = append(all, side("engine="+e.Name, []Figure{
					{Unit: "ns/IPI", Value: float64(s.Wall.Nanoseconds()) / float64(rounds)},
					{Unit: "cpu-ns/IPI", Value: float64(s.cpu.Nanoseconds()) / float64(rounds)},
				})...)
			}
			return all, nil
		})
	}}
}

// sharing compares two harts that have nothing to do with each other with one, in turns: how much more work is done in
// the same time, 2 at best, and what an instruction costs in processor time, 1 at best, which tells what harts do to
// each other from what other programs do to them.
func sharing(name string, bytes, step uint64) Scenario {
	return Scenario{Name: "Apart/work=" + name, Open: func(o Options) (Probe, error) {
		p := guests.Params{"loops": o.size(60_000_000, 6_000_000), "bytes": bytes, "step": step}
		return probe(func(ctx context.Context) ([]Figure, error) {
			var rates, costs []float64
			for _, harts := range []int{1, 2} {
				s, err := executeGuest(ctx, native, "apart", p, withHarts(harts))
				if err != nil {
					return nil, err
				}
				rates = append(rates, float64(s.Instructions)/s.Wall.Seconds())
				costs = append(costs, s.cpu.Seconds()/float64(s.Instructions))
			}
			return []Figure{
				{Unit: "speed-up", Value: rates[1] / rates[0]},
				{Unit: "cpu/insn-ratio", Value: costs[1] / costs[0]},
				{Unit: "MIPS", Value: rates[1] / 1e6},
			}, nil
		})
	}}
}
