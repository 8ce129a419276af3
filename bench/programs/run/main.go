package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"

	"github.com/hartwood-vm/hartwood/bench/programs"
)

func main() {
	o := programs.Default()
	flag.IntVar(&o.Rounds, "rounds", o.Rounds, "how often each contestant runs; the table shows medians")
	flag.StringVar(&o.Only, "only", o.Only, "programs to run, behind commas")
	flag.StringVar(&o.Linux, "linux", o.Linux, "folder with Debian's kernel, where the image is kept")
	flag.StringVar(&o.Hartwood, "hartwood", "", "command to measure (default: built from the source)")
	flag.StringVar(&o.Arguments, "arguments", o.Arguments, "more arguments for the hartwood command")
	flag.IntVar(&o.Harts, "harts", o.Harts, "harts of the guests")
	flag.StringVar(&o.QEMU, "qemu", o.QEMU, "QEMU to compare with")
	flag.BoolVar(&o.NoQEMU, "no-qemu", false, "leave QEMU out")
	flag.BoolVar(&o.Warm, "warm", o.Warm, "measure Hartwood with the code of an earlier run as well")
	flag.BoolVar(&o.JSON, "json", false, "write JSON in place of a table")
	flag.DurationVar(&o.Limit, "limit", o.Limit, "longest time of one contestant in one round")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := programs.Measure(ctx, o, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintf(os.Stderr, "programs: %v\n", err)
		stop()
		os.Exit(1)
	}
}
