package main

import (
	"context"
	"flag"
	"os"

	"github.com/hartwood-vm/hartwood/bench/contest"
	"github.com/hartwood-vm/hartwood/bench/programs"
)

func main() {
	o := programs.Default()
	o.Flags(flag.CommandLine)
	flag.Parse()
	contest.Main("programs", func(ctx context.Context) error { return programs.Measure(ctx, o, os.Stdout, os.Stderr) })
}
