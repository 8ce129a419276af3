package kernels

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Options are what to measure, and with what.
type Options struct {
	Rounds      int           // how often each contestant runs; tables show medians
	Repeat      int           // how often each kernel runs in a round
	Percent     int           // work of a kernel, in percent of the usual
	Only        string        // kernels to run, behind commas, or "all"
	Linux       string        // folder with Debian's kernel
	Hartwood    string        // command to measure, "" for one built from the source
	Arguments   string        // more arguments for it
	Harts       int           // of the guests
	QEMU        string        // to compare with, where there is such a command
	NoQEMU      bool          // leave QEMU out
	Interpreter bool          // measure Hartwood without a compiler as well
	JSON        bool          // write JSON in place of a table
	Keep        string        // folder for the built files, "" for a temporary one
	Limit       time.Duration // longest time of one contestant in one round
}

// Default returns the usual options. QEMU asks for huge pages behind the guest's RAM by itself, so Hartwood is told to.
func Default() Options {
	return Options{
		Rounds: 3, Repeat: 1, Percent: 100, Only: "all", Arguments: "--huge-pages", Harts: 2,
		Linux: cmp.Or(os.Getenv("HARTWOOD_LINUX"), ".cache/linux"),
		QEMU:  cmp.Or(os.Getenv("QEMU_SYSTEM"), "qemu-system-riscv64"),
		Limit: 5 * time.Minute,
	}
}

// Contest is contestants that are ready to run.
type Contest struct {
	options     Options
	dir         string
	contestants []contestant
	results     results
}

// Open builds what the contestants need.
func Open(ctx context.Context, o Options) (*Contest, error) {
	dir, err := folder(o.Keep)
	if err != nil {
		return nil, err
	}
	c := &Contest{options: o, dir: dir}
	files, err := build(ctx, o, dir)
	if err != nil {
		return nil, errors.Join(err, c.Close())
	}
	c.contestants = list(o, files)
	return c, nil
}

// Close removes what was built, unless it is to be kept.
func (c *Contest) Close() error {
	if c.options.Keep != "" {
		return nil
	}
	return os.RemoveAll(c.dir)
}

// Time is how long a contestant took for a kernel.
type Time struct {
	Kernel, On string
	Seconds    float64
}

// Round runs every contestant once, the host first, and calls ran after each. Results that are not the host's are an
// error.
func (c *Contest) Round(ctx context.Context, ran func(name string, took time.Duration)) (times []Time, err error) {
	for _, one := range c.contestants {
		began := time.Now()
		samples, err := one.run(ctx, c.options.Limit)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", one.name, err)
		}
		if err := c.results.add(one.name, samples); err != nil {
			return nil, err
		}
		for _, s := range samples {
			times = append(times, Time{s.kernel, one.name, s.seconds})
		}
		ran(one.name, time.Since(began))
	}
	return times, nil
}

// Measure builds everything, runs the rounds and writes the results.
func Measure(ctx context.Context, o Options, out, progress io.Writer) (err error) {
	c, err := Open(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	for round := range o.Rounds {
		_, err := c.Round(ctx, func(name string, took time.Duration) {
			fmt.Fprintf(progress, "round %d of %d: %s, %.0f s\n", round+1, o.Rounds, name, took.Seconds())
		})
		if err != nil {
			return err
		}
	}
	if o.JSON {
		return c.results.writeJSON(out)
	}
	return c.results.writeTable(out)
}

// folder returns the folder to build in, which exists.
func folder(keep string) (string, error) {
	if keep == "" {
		return os.MkdirTemp("", "hartwood-kernels-")
	}
	return keep, os.MkdirAll(keep, 0o755)
}

// list returns the contestants; the first is the host, which the others are measured against.
func list(o Options, f files) []contestant {
	suite := []string{"suite", fmt.Sprint(o.Percent), fmt.Sprint(o.Repeat), o.Only}
	harts := fmt.Sprint(o.Harts)
	line := "console=ttyS0 quiet panic=-1 -- " + strings.Join(suite, " ")
	image := filepath.Join(o.Linux, "Image")
	ours := []string{f.hartwood, "run", "--harts", harts, "--memory", "1G", "--no-reboot",
		"--kernel", image, "--initrd", f.initrd, "--append", line}

	all := []contestant{
		{Native, append([]string{f.native}, suite...)},
		{Hartwood, append(ours[:len(ours):len(ours)], strings.Fields(o.Arguments)...)},
	}
	if o.Interpreter {
		all = append(all, contestant{Interpreter, append(ours[:len(ours):len(ours)], "--jit", "off")})
	}
	if _, err := exec.LookPath(o.QEMU); err == nil && !o.NoQEMU {
		all = append(all, contestant{QEMU, []string{o.QEMU, "-M", "virt", "-smp", harts, "-m", "1G", "-nographic", "-no-reboot",
			"-bios", filepath.Join(o.Linux, "fw_dynamic.bin"), "-kernel", image, "-initrd", f.initrd, "-append", line}})
	}
	return all
}
