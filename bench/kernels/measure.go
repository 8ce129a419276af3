package kernels

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/hartwood-vm/hartwood/bench/contest"
)

// Options are what to measure, and with what. Limit is of all kernels together.
type Options struct {
	contest.Options
	Repeat      int    // how often each kernel runs in a round
	Percent     int    // work of a kernel, in percent of the usual
	Interpreter bool   // measure Hartwood without a compiler as well
	Keep        string // folder for the built files, "" for a temporary one
}

// Default returns the usual options.
func Default() Options {
	o := Options{Options: contest.Default(), Repeat: 1, Percent: 100}
	o.Limit = 5 * time.Minute
	return o
}

// Flags adds a flag for each option.
func (o *Options) Flags(f *flag.FlagSet) {
	o.Options.Flags(f)
	f.IntVar(&o.Repeat, "repeat", o.Repeat, "how often each kernel runs in a round")
	f.IntVar(&o.Percent, "percent", o.Percent, "work of a kernel, in percent of the usual")
	f.BoolVar(&o.Interpreter, "interpreter", o.Interpreter, "measure Hartwood without a compiler as well")
	f.StringVar(&o.Keep, "keep", o.Keep, "folder for the built files (default: a temporary one)")
}

// Contest is the contestants with what was built for them.
type Contest struct {
	*contest.Contest
	close func() error
}

// Open builds what the contestants need. The first is the host.
func Open(ctx context.Context, o Options) (*Contest, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	dir, err := folder(o.Keep)
	if err != nil {
		return nil, err
	}
	c := &Contest{close: func() error { return nil }}
	if o.Keep == "" {
		c.close = func() error { return os.RemoveAll(dir) }
	}
	files, err := build(ctx, o, dir)
	if err != nil {
		return nil, errors.Join(err, c.Close())
	}
	c.Contest = contest.New(o.Limit, list(o, files)...)
	return c, nil
}

// Close removes what was built, unless it is to be kept.
func (c *Contest) Close() error { return c.close() }

// Measure builds everything, runs the rounds and writes the results.
func Measure(ctx context.Context, o Options, out, progress io.Writer) (err error) {
	c, err := Open(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	if err := c.Rounds(ctx, o.Rounds, progress); err != nil {
		return err
	}
	return c.Write(out, o.JSON)
}

// folder returns the folder to build in, which exists.
func folder(keep string) (string, error) {
	if keep == "" {
		return os.MkdirTemp("", "hartwood-kernels-")
	}
	return keep, os.MkdirAll(keep, 0o755)
}

// list returns the contestants; the first is the host, which the others are measured against.
func list(o Options, f files) []contest.Contestant {
	suite := []string{"suite", fmt.Sprint(o.Percent), fmt.Sprint(o.Repeat), o.Only}
	harts := fmt.Sprint(o.Harts)
	line := "console=ttyS0 quiet panic=-1 -- " + strings.Join(suite, " ")
	image := filepath.Join(o.Linux, "Image")
	ours := []string{f.hartwood, "run", "--harts", harts, "--memory", "1G", "--no-reboot",
		"--kernel", image, "--initrd", f.initrd, "--append", line}

	all := []contest.Contestant{
		{Name: contest.Native, Command: append([]string{f.native}, suite...)},
		{Name: contest.Hartwood, Command: append(ours[:len(ours):len(ours)], strings.Fields(o.Arguments)...)},
	}
	if o.Interpreter {
		all = append(all, contest.Contestant{Name: contest.Interpreter, Command: append(ours[:len(ours):len(ours)], "--jit", "off")})
	}
	if o.WithQEMU() {
		all = append(all, contest.Contestant{Name: contest.QEMU, Command: []string{o.QEMU, "-M", "virt", "-smp", harts, "-m", "1G", "-nographic", "-no-reboot",
			"-bios", filepath.Join(o.Linux, "fw_dynamic.bin"), "-kernel", image, "-initrd", f.initrd, "-append", line}})
	}
	return all
}
