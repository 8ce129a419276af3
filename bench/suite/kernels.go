package suite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/hartwood-vm/hartwood/bench/contest"
	"github.com/hartwood-vm/hartwood/bench/guests"
	"github.com/hartwood-vm/hartwood/bench/kernels"
)

// kernelScenarios compare with what else is installed: bare-metal programs with QEMU, which needs nothing more, and C
// programs in Linux with QEMU and the host, which needs compilers and a kernel.
func kernelScenarios() (all []Scenario) {
	for _, program := range []struct {
		name, param string
		full, quick uint64
	}{
		{"mixed", "rounds", 400, 40},
		{"calls", "rounds", 1000, 100},
		{"fpdense", "rounds", 400, 40},
	} {
		all = append(all, Scenario{Name: "Kernels/program=" + program.name, Rounds: 4, Open: func(o Options) (Probe, error) {
			return openBeside(o, program.name, program.param, o.size(program.full, program.quick))
		}})
	}
	return append(all, Scenario{Name: "Kernels/linux", Rounds: 3, Long: true, Open: openLinux})
}

// openBeside runs a bare-metal program here and on QEMU. QEMU's start is measured with the same program that does next
// to nothing, and taken off.
func openBeside(o Options, name, param string, amount uint64) (Probe, error) {
	qemu, err := exec.LookPath(o.QEMU)
	if err != nil {
		return Probe{}, fmt.Errorf("%w: %v", ErrMissing, err)
	}
	dir, err := os.MkdirTemp("", "hartwood-bench-")
	if err != nil {
		return Probe{}, err
	}
	closeDir := func() error { return os.RemoveAll(dir) }
	paths := map[uint64]string{}
	for _, n := range []uint64{1, amount} {
		program, err := guests.ELF(name, guests.Params{param: n})
		paths[n] = filepath.Join(dir, fmt.Sprint(n))
		if err = errors.Join(err, os.WriteFile(paths[n], program, 0o600)); err != nil {
			return Probe{}, errors.Join(err, closeDir())
		}
	}
	return Probe{Close: closeDir, Sample: func(ctx context.Context) ([]Figure, error) {
		s, err := executeGuest(ctx, native, name, guests.Params{param: amount}, nil)
		if err != nil {
			return nil, err
		}
		start, err := timeQEMU(ctx, qemu, paths[1])
		if err != nil {
			return nil, err
		}
		took, err := timeQEMU(ctx, qemu, paths[amount])
		if err != nil {
			return nil, err
		}
		figures := side("on=hartwood", []Figure{{Unit: "s", Value: s.Wall.Seconds()}})
		if theirs := (took - start).Seconds(); theirs > 0 { // a start that something held up tells nothing
			figures = append(figures, Figure{"on=qemu", "s", theirs}, Figure{"on=hartwood", "x-qemu", theirs / s.Wall.Seconds()})
		}
		return figures, nil
	}}, nil
}

// timeQEMU returns how long QEMU takes from its start to its end.
func timeQEMU(ctx context.Context, qemu, program string) (time.Duration, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, 5*time.Minute, errors.New("not done after five minutes"))
	defer cancel()
	cmd := exec.CommandContext(ctx, qemu, "-M", "virt", "-m", "256M", "-nographic", "-monitor", "none", "-serial", "none",
		"-bios", "none", "-kernel", program)
	began := time.Now()
	out, err := cmd.CombinedOutput()
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	if err != nil {
		return 0, fmt.Errorf("%s: %w: %.500s", qemu, err, out)
	}
	return time.Since(began), nil
}

// openLinux builds the C programs for host and guest.
func openLinux(o Options) (Probe, error) {
	for _, tool := range []string{"gcc", "riscv64-linux-gnu-gcc"} {
		if _, err := exec.LookPath(tool); err != nil {
			return Probe{}, fmt.Errorf("%w: %v", ErrMissing, err)
		}
	}
	if _, err := linuxFile(o, "Image"); err != nil {
		return Probe{}, err
	}
	if o.Command == "" {
		return Probe{}, fmt.Errorf("%w: the command hartwood", ErrMissing)
	}
	options := kernels.Default()
	options.Linux, options.Hartwood, options.QEMU, options.Percent = o.Linux, o.Command, o.QEMU, 25
	c, err := kernels.Open(context.Background(), options)
	if err != nil {
		return Probe{}, err
	}
	return Probe{Close: c.Close, Sample: func(ctx context.Context) ([]Figure, error) {
		times, err := c.Round(ctx, func(string, time.Duration) {})
		if err != nil {
			return nil, err
		}
		return kernelFigures(times), nil
	}}, nil
}

// kernelFigures are the times of a round, and Hartwood's beside the others'.
func kernelFigures(times []contest.Time) (figures []Figure) {
	seconds := map[string]map[string]float64{}
	for _, t := range times {
		if seconds[t.Program] == nil {
			seconds[t.Program] = map[string]float64{}
		}
		seconds[t.Program][t.On] = t.Seconds
		figures = append(figures, Figure{"kernel=" + t.Program + "/on=" + t.On, "s", t.Seconds})
	}
	for _, t := range times {
		if t.On != contest.Hartwood {
			continue
		}
		name := "kernel=" + t.Program + "/on=" + t.On
		figures = append(figures, Figure{name, "x-native", t.Seconds / seconds[t.Program][contest.Native]})
		if qemu, ok := seconds[t.Program][contest.QEMU]; ok {
			figures = append(figures, Figure{name, "x-qemu", qemu / t.Seconds})
		}
	}
	return figures
}
