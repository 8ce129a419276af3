package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"

	"github.com/hartwood-vm/hartwood/bench/kernels"
)

func main() {
	o := kernels.Default()
	flag.IntVar(&o.Rounds, "rounds", o.Rounds, "how often each contestant runs; the table shows medians")
	flag.IntVar(&o.Repeat, "repeat", o.Repeat, "how often each kernel runs in a round")
	flag.IntVar(&o.Percent, "percent", o.Percent, "work of a kernel, in percent of the usual")
	flag.StringVar(&o.Only, "only", o.Only, "kernels to run, behind commas")
	flag.StringVar(&o.Linux, "linux", o.Linux, "folder with Debian's kernel")
	flag.StringVar(&o.Hartwood, "hartwood", "", "command to measure (default: built from the source)")
	flag.StringVar(&o.Arguments, "arguments", o.Arguments, "more arguments for the hartwood command")
	flag.IntVar(&o.Harts, "harts", o.Harts, "harts of the guests")
	flag.StringVar(&o.QEMU, "qemu", o.QEMU, "QEMU to compare with")
	flag.BoolVar(&o.NoQEMU, "no-qemu", false, "leave QEMU out")
	flag.BoolVar(&o.Interpreter, "interpreter", false, "measure Hartwood without a compiler as well")
	flag.BoolVar(&o.JSON, "json", false, "write JSON in place of a table")
	flag.StringVar(&o.Keep, "keep", "", "folder for the built files (default: a temporary one)")
	flag.DurationVar(&o.Limit, "limit", o.Limit, "longest time of one contestant in one round")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := kernels.Measure(ctx, o, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintf(os.Stderr, "kernels: %v\n", err)
		stop()
		os.Exit(1)
	}
}
