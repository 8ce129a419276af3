package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
)

func main() {
	chosen, err := choose(os.Args[1:])
	if err != nil {
		fmt.Fprintf(os.Stderr, "check: %v\n%s", err, usage())
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if !newRun(os.Stdout, filepath.Join(".cache", "check.json")).all(ctx, chosen) {
		os.Exit(1)
	}
}

// choose returns the steps that a command line names.
func choose(names []string) ([]step, error) {
	if len(names) == 0 {
		return nil, fmt.Errorf("no step is named")
	}
	var chosen []step
	for _, name := range names {
		s, ok := stepNamed(name)
		if !ok {
			return nil, fmt.Errorf("there is no step %q", name)
		}
		chosen = append(chosen, s)
	}
	return chosen, nil
}

func usage() string {
	var b strings.Builder
	b.WriteString("Usage, in the repository's first folder: check STEP...\n")
	for _, s := range steps {
		fmt.Fprintf(&b, "  %-10s%s\n", s.name, s.does)
	}
	return b.String()
}
