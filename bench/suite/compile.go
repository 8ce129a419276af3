package suite

import (
	"context"
	"errors"
	"time"

	"github.com/hartwood-vm/hartwood/jitworker/host/amd64"
	"github.com/hartwood-vm/hartwood/jitworker/quick"
	"github.com/hartwood-vm/hartwood/jitworker/tier"
	"github.com/hartwood-vm/hartwood/vcpu/code"
)

// compileScenarios measure the quick tier's compiler alone, on one goroutine. Small units are the blocks below 50
// instructions as they are. A block has 60 at most, so medium and large units are code runs, all blocks of which are
// compiled one after the other: of 440 to 499 instructions, the upper end of the class, and of 1,000 or a block more.
func compileScenarios() (all []Scenario) {
	for _, k := range corpora {
		for _, size := range []struct {
			name  string
			units func(stretches []run) []run
		}{
			{"small", func(s []run) []run { return singles(s, 50) }},
			{"medium", func(s []run) []run { return runs(s, 500-code.MaxInsns) }},
			{"large", func(s []run) []run { return runs(s, 1000) }},
		} {
			all = append(all, withCorpus("JITCompile/code="+k.name+"/size="+size.name, k.read, func(o Options, c *corpus) (Probe, error) {
				units := size.units(c.blocks())
				if len(units) == 0 {
					return Probe{}, errors.New("the code is too short for a unit of this size")
				}
				compiler := quick.New(amd64.New(amd64.Detect()).Quick(tier.Options{}), quick.Fast)
				return probe(func(context.Context) ([]Figure, error) {
					return compileUnits(compiler, units, time.Duration(o.size(100, 20))*time.Millisecond)
				})
			}))
		}
	}
	return all
}

// compileUnits compiles every unit, again and again until atLeast is over.
func compileUnits(compiler *quick.Tier, units []run, atLeast time.Duration) ([]Figure, error) {
	var unit code.Unit
	var total time.Duration
	var made, blocks, insns int
	var times []time.Duration
	before := ProcessorTime()
	for total < atLeast {
		for _, u := range units {
			begin := time.Now()
			for _, block := range u {
				unit.Parts = append(unit.Parts[:0], block.Part())
				out, err := compiler.Compile(&unit)
				if err != nil {
					return nil, err
				}
				made += len(out.Bytes)
			}
			took := time.Since(begin)
			total += took
			times = append(times, took)
			blocks += len(u)
			insns += u.insns()
		}
	}
	cpu := ProcessorTime() - before
	n := float64(len(times))
	return []Figure{
		{Unit: "median-ns", Value: float64(median(times).Nanoseconds())},
		{Unit: "p99-ns", Value: float64(times[len(times)*99/100].Nanoseconds())},
		{Unit: "insns/unit", Value: float64(insns) / n},
		{Unit: "bytes/ms", Value: float64(made) / float64(total.Nanoseconds()) * 1e6},
		{Unit: "blocks/s", Value: float64(blocks) / total.Seconds()},
		{Unit: "cpu-ns/insn", Value: float64(cpu.Nanoseconds()) / float64(insns)},
		{Unit: "B/insn", Value: float64(made) / float64(insns)},
	}, nil
}
