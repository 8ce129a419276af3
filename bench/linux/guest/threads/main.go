package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"time"
)

// check is one piece of work over n workers that compares its result with the right one.
type check struct {
	name string
	run  func(workers int) error
}

var checks = []check{
	{"mutex", mutexCounter},
	{"atomic", atomicCounter},
	{"pipeline", pipeline},
	{"sieve", sieve},
	{"threads", lockedThreads},
	{"ring", ring},
	{"allocate", allocate},
	{"collect", collect},
	{"float", floats},
}

func main() {
	harts, err := wanted(os.Args)
	if err != nil {
		fmt.Fprintln(os.Stderr, "HARTWOOD-FAIL", err)
		os.Exit(2)
	}
	workers := 2 * harts
	for _, c := range checks {
		start := time.Now()
		if err := c.run(workers); err != nil {
			fmt.Printf("HARTWOOD-FAIL %s: %v\n", c.name, err)
			os.Exit(1)
		}
		fmt.Printf("HARTWOOD-CHECK %s ok, %d workers, %v\n", c.name, workers, time.Since(start).Round(time.Millisecond))
	}
}

// wanted returns the number of harts that the command line names, if the kernel has as many.
func wanted(args []string) (int, error) {
	if len(args) != 2 {
		return 0, fmt.Errorf("usage: threads HARTS")
	}
	harts, err := strconv.Atoi(args[1])
	if err != nil || harts < 1 {
		return 0, fmt.Errorf("%q is no number of harts", args[1])
	}
	if procs := runtime.GOMAXPROCS(0); procs != harts {
		return 0, fmt.Errorf("GOMAXPROCS is %d on %d harts", procs, harts)
	}
	return harts, nil
}
