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

	"github.com/hartwood-vm/hartwood/bench/contest"
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
		Rounds: 3, Repeat: 1, Percent: 100, Only: "all", Harts: 2,
		Linux: cmp.Or(os.Getenv("HARTWOOD_LINUX"), ".cache/linux"),
		QEMU:  cmp.Or(os.Getenv("QEMU_SYSTEM"), "qemu-system-riscv64"),
		Limit: 5 * time.Minute,
	}
}

// Contest is the contestants with what was built for them.
type Contest struct {
	*contest.Contest
	close func() error
}

// Open builds what the contestants need. The first is the host.
func Open(ctx context.Context, o Options) (*Contest, error) {
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
	if _, err := exec.LookPath(o.QEMU); err == nil && !o.NoQEMU {
		all = append(all, contest.Contestant{Name: contest.QEMU, Command: []string{o.QEMU, "-M", "virt", "-smp", harts, "-m", "1G", "-nographic", "-no-reboot",
			"-bios", filepath.Join(o.Linux, "fw_dynamic.bin"), "-kernel", image, "-initrd", f.initrd, "-append", line}})
	}
	return all
}
