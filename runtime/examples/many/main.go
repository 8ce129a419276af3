package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/hartwood-vm/hartwood/runtime"
	"github.com/hartwood-vm/hartwood/runtime/examples/guests"
	"golang.org/x/sync/errgroup"
)

const machines = 8

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "many:", err)
		os.Exit(1)
	}
}

// run runs the machines, each on four harts, and prints their results in order.
func run(ctx context.Context, out io.Writer) error {
	var says [machines]string
	group, ctx := errgroup.WithContext(ctx) // the first machine that breaks stops the others
	for i := range machines {
		group.Go(func() error {
			config := runtime.Default()
			config.ProgramData = guests.Harts
			config.Harts = 4
			config.Memory = 16 * runtime.MiB
			var console strings.Builder
			config.Stdout = &console
			machine, err := runtime.New(config)
			if err != nil {
				return err
			}
			result, err := machine.Run(ctx)
			says[i] = fmt.Sprintf("machine %d wrote %q and ended with exit code %d", i, console.String(), result.ExitCode)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(out, strings.Join(says[:], "\n"))
	return err
}
