package main

import (
	"context"
	"flag"
	"os"

	"github.com/hartwood-vm/hartwood/bench/contest"
	"github.com/hartwood-vm/hartwood/bench/devices"
)

func main() {
	o := devices.Default()
	o.Flags(flag.CommandLine)
	flag.Parse()
	contest.Main("devices", func(ctx context.Context) error { return devices.Measure(ctx, o, os.Stdout, os.Stderr) })
}
