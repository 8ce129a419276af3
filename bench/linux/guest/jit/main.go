//go:build riscv64

package main

import (
	"fmt"
	"os"
	"time"
)

// check is one way of changing code. It returns how many times it called what it had written.
type check struct {
	name string
	run  func() (calls int, err error)
}

var checks = []check{
	{"functions", functions},
	{"protect", protect},
	{"patch", patch},
	{"compressed", compressed},
	{"itself", itself},
	{"beside", beside},
	{"remap", remap},
	{"alias", alias},
	{"slots", slots},
	{"shared", shared},
}

func main() {
	for _, c := range checks {
		start := time.Now()
		calls, err := c.run()
		if err != nil {
			fmt.Printf("HARTWOOD-FAIL jit %s after %d calls: %v\n", c.name, calls, err)
			os.Exit(1)
		}
		fmt.Printf("HARTWOOD-JIT %s ok, %d calls, %v\n", c.name, calls, time.Since(start).Round(time.Millisecond))
	}
	fmt.Println("HARTWOOD-CHECK jit ok")
}
