package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"

	"github.com/hartwood-vm/hartwood/runtime"
	"golang.org/x/sys/unix"
)

// Room that a machine takes beside its RAM and code cache, in bytes: Go's heap and threads, and what belongs to a hart.
const (
	roomForGo   = 256 << 20
	roomForHart = 1 << 20
)

// checkLimits refuses a machine that the limits of this process leave no room for. Go ends a program that it can get no
// memory for with a trace, whenever that happens.
func checkLimits(c *runtime.Config) error {
	need := uint64(c.Memory) + roomForGo + uint64(c.Harts)*roomForHart + c.TLB.Bytes(c.Harts)
	code := uint64(0)
	if c.JIT.Mode != runtime.JITOff {
		code = 2 * uint64(c.CodeCache.Bytes) // mapped twice, for writing and for execution
	}
	if err := checkLimit(unix.RLIMIT_DATA, "ulimit -d", 5, need); err != nil {
		return err
	}
	return checkLimit(unix.RLIMIT_AS, "ulimit -v", 0, need+code)
}

// checkLimit compares a limit with what is used of it already, a column of /proc/self/statm, and what comes on top.
func checkLimit(resource int, name string, column int, need uint64) error {
	var limit unix.Rlimit
	if err := unix.Getrlimit(resource, &limit); err != nil || limit.Cur == unix.RLIM_INFINITY {
		return nil
	}
	used := statm(column)
	if limit.Cur >= used && limit.Cur-used >= need {
		return nil
	}
	return fmt.Errorf("the limit of this process (%s) is %d KiB and the machine needs about %d; raise it with '%s unlimited', or choose less --memory, fewer --harts or --jit off",
		name, limit.Cur>>10, (used+need)>>10, name)
}

// statm returns a column of what the kernel says of this process's memory, in bytes; 0 if it says nothing.
func statm(column int) uint64 {
	line, err := os.ReadFile("/proc/self/statm")
	fields := bytes.Fields(line)
	if err != nil || column >= len(fields) {
		return 0
	}
	pages, _ := strconv.ParseUint(string(fields[column]), 10, 64)
	return pages * uint64(os.Getpagesize())
}
