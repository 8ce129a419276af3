package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/hartwood-vm/hartwood/runtime"
	"github.com/hartwood-vm/hartwood/runtime/examples/guests"
)

func main() {
	if err := run(os.Stdout, os.Args[1:], time.Minute); err != nil {
		fmt.Fprintln(os.Stderr, "embed:", err)
		os.Exit(1)
	}
}

// run runs the program, for at most the time given, and tells how it went.
func run(out io.Writer, args []string, limit time.Duration) error {
	config := runtime.Default()
	if len(args) > 0 {
		config.Program = args[0]
	} else {
		config.ProgramData = guests.Hello
	}
	var console strings.Builder // any io.Writer; Stdin is any io.Reader
	config.Stdout = &console

	machine, err := runtime.New(config)
	if err != nil {
		return err // names the option and what to write instead
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	result, err := machine.Run(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		fmt.Fprintf(out, "the guest was stopped after %v\n", limit)
	} else if err != nil {
		return err
	}
	fmt.Fprintf(out, "the guest wrote %q\n", console.String())
	fmt.Fprintf(out, "it %s with exit code %d after %d instructions\n", result.Reason, result.ExitCode, result.Stats.Instructions)
	return nil
}
