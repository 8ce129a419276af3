package suite

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/hartwood-vm/hartwood/bench/guests"
	"github.com/hartwood-vm/hartwood/runtime"
	"github.com/hartwood-vm/hartwood/shardedtlb/measure"
)

// Engine is a way to execute guest instructions.
type Engine struct {
	Name string
	Mode runtime.JITMode
}

var (
	interp = Engine{"interp", runtime.JITOff}
	native = Engine{"native", runtime.JITQuick}
)

// Engines returns all engines, the interpreter first.
func Engines() []Engine { return []Engine{interp, native} }

// guestMachine returns the configuration that runs a guest program on an engine.
func guestMachine(e Engine, name string, p guests.Params) (runtime.Config, error) {
	cfg := runtime.Default()
	var err error
	cfg.ProgramData, err = guests.ELF(name, p)
	cfg.JIT.Mode = e.Mode
	return cfg, err
}

// counted is what a run has cost.
type counted struct {
	runtime.Stats
	cpu time.Duration // processor time of this process
}

// execute runs a machine to its end, which must be a good one. The time to build the machine is not part of the figures.
func execute(ctx context.Context, cfg runtime.Config) (counted, error) {
	m, err := runtime.New(cfg)
	if err != nil {
		return counted{}, err
	}
	before := ProcessorTime()
	res, err := m.Run(ctx)
	if err != nil {
		return counted{}, err
	}
	if res.ExitCode != 0 {
		return counted{}, fmt.Errorf("the guest has %v with code %d", res.Reason, res.ExitCode)
	}
	return counted{res.Stats, ProcessorTime() - before}, nil
}

// figure returns one of a run's measurements by its path.
func (c *counted) figure(path string) (measure.Measure, error) {
	m, ok := c.Find(path)
	if !ok {
		return m, fmt.Errorf("the machine has no measurement %s", path)
	}
	return m, nil
}

// numbers returns measurements by their paths.
func (c *counted) numbers(paths ...string) (all []float64, err error) {
	for _, path := range paths {
		m, err := c.figure(path)
		if err != nil {
			return nil, err
		}
		all = append(all, m.Number())
	}
	return all, nil
}

// executeGuest runs a guest program on an engine, after change has had its way with the configuration.
func executeGuest(ctx context.Context, e Engine, name string, p guests.Params, change func(*runtime.Config)) (counted, error) {
	cfg, err := guestMachine(e, name, p)
	if err != nil {
		return counted{}, err
	}
	if change != nil {
		change(&cfg)
	}
	return execute(ctx, cfg)
}

// ProcessorTime returns the processor time that this process has used so far, in user and system mode.
func ProcessorTime() time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		panic("BUG: getrusage: " + err.Error())
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// median returns the middle of the samples, which it sorts.
func median[T cmp.Ordered](samples []T) T {
	slices.Sort(samples)
	return samples[len(samples)/2]
}

// Guest runs a machine once, which must end well, and returns what it says of its speed, with all its measurements: for
// comparisons of configurations.
func Guest(ctx context.Context, cfg runtime.Config) ([]Figure, *runtime.Stats, error) {
	s, err := execute(ctx, cfg)
	if err != nil {
		return nil, nil, err
	}
	figures, err := speed(s)
	return append(figures, Figure{Unit: "s", Value: s.Wall.Seconds()}, Figure{Unit: "cpu-s", Value: s.cpu.Seconds()}), &s.Stats, err
}
