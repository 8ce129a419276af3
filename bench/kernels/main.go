package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"time"
)

// options are what the command line chooses.
type options struct {
	rounds      int
	repeat      int
	percent     int
	only        string
	cache       string
	hartwood    string
	arguments   string
	harts       int
	qemu        string
	noQEMU      bool
	interpreter bool
	json        bool
	keep        string
	limit       time.Duration
}

func main() {
	var o options
	flag.IntVar(&o.rounds, "rounds", 3, "how often each contestant runs; the table shows medians")
	flag.IntVar(&o.repeat, "repeat", 1, "how often each kernel runs in a round")
	flag.IntVar(&o.percent, "percent", 100, "work of a kernel, in percent of the usual")
	flag.StringVar(&o.only, "only", "all", "kernels to run, behind commas")
	flag.StringVar(&o.cache, "linux", cmp.Or(os.Getenv("HARTWOOD_LINUX"), ".cache/linux"), "folder with Debian's kernel")
	flag.StringVar(&o.hartwood, "hartwood", "", "command to measure (default: built from the source)")
	// QEMU asks for huge pages behind the guest's RAM by itself.
	flag.StringVar(&o.arguments, "arguments", "--huge-pages", "more arguments for the hartwood command")
	flag.IntVar(&o.harts, "harts", 2, "harts of the guests")
	flag.StringVar(&o.qemu, "qemu", cmp.Or(os.Getenv("QEMU_SYSTEM"), "qemu-system-riscv64"), "QEMU to compare with")
	flag.BoolVar(&o.noQEMU, "no-qemu", false, "leave QEMU out")
	flag.BoolVar(&o.interpreter, "interpreter", false, "measure Hartwood without a compiler as well")
	flag.BoolVar(&o.json, "json", false, "write JSON in place of a table")
	flag.StringVar(&o.keep, "keep", "", "folder for the built files (default: a temporary one)")
	flag.DurationVar(&o.limit, "limit", 5*time.Minute, "longest time of one contestant in one round")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := measure(ctx, o, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintf(os.Stderr, "kernels: %v\n", err)
		stop()
		os.Exit(1)
	}
}

// measure builds everything, runs the rounds and writes the results.
func measure(ctx context.Context, o options, out, progress io.Writer) error {
	dir, err := folder(o.keep)
	if err != nil {
		return err
	}
	if o.keep == "" {
		defer os.RemoveAll(dir)
	}
	files, err := build(ctx, o, dir)
	if err != nil {
		return err
	}
	var r results
	contestants := list(o, files)
	for round := range o.rounds {
		for _, c := range contestants {
			began := time.Now()
			samples, err := c.run(ctx, o.limit)
			if err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			if err := r.add(c.name, samples); err != nil {
				return err
			}
			fmt.Fprintf(progress, "round %d of %d: %s, %.0f s\n", round+1, o.rounds, c.name, time.Since(began).Seconds())
		}
	}
	if o.json {
		return r.writeJSON(out)
	}
	return r.writeTable(out)
}

// folder returns the folder to build in, which exists.
func folder(keep string) (string, error) {
	if keep == "" {
		return os.MkdirTemp("", "hartwood-kernels-")
	}
	return keep, os.MkdirAll(keep, 0o755)
}

// list returns the contestants; the first is the host, which the others are measured against.
func list(o options, f files) []contestant {
	suite := []string{"suite", fmt.Sprint(o.percent), fmt.Sprint(o.repeat), o.only}
	harts := fmt.Sprint(o.harts)
	line := "console=ttyS0 quiet panic=-1 -- " + strings.Join(suite, " ")
	image := filepath.Join(o.cache, "Image")
	ours := []string{f.hartwood, "run", "--harts", harts, "--memory", "1G", "--no-reboot",
		"--kernel", image, "--initrd", f.initrd, "--append", line}

	all := []contestant{
		{native, append([]string{f.native}, suite...)},
		{hartwood, append(ours[:len(ours):len(ours)], strings.Fields(o.arguments)...)},
	}
	if o.interpreter {
		all = append(all, contestant{interpreter, append(ours[:len(ours):len(ours)], "--jit", "off")})
	}
	if _, err := exec.LookPath(o.qemu); err == nil && !o.noQEMU {
		all = append(all, contestant{qemu, []string{o.qemu, "-M", "virt", "-smp", harts, "-m", "1G", "-nographic", "-no-reboot",
			"-bios", filepath.Join(o.cache, "fw_dynamic.bin"), "-kernel", image, "-initrd", f.initrd, "-append", line}})
	}
	return all
}
