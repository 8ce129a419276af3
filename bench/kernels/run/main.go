package main

import (
	"context"
	"flag"
	"os"

	"github.com/hartwood-vm/hartwood/bench/contest"
	"github.com/hartwood-vm/hartwood/bench/kernels"
)

func main() {
	o := kernels.Default()
	o.Flags(flag.CommandLine)
	flag.Parse()
	contest.Main("kernels", func(ctx context.Context) error { return kernels.Measure(ctx, o, os.Stdout, os.Stderr) })
}
