package kernels

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// The contestants' names.
const (
	Native      = "native"
	Hartwood    = "hartwood"
	Interpreter = "interpreter"
	QEMU        = "qemu"
)

// errOutput reports a contestant that did not write what it should.
var errOutput = errors.New("unexpected output")

// contestant is something that runs the kernels.
type contestant struct {
	name    string
	command []string
}

// sample is one run of one kernel.
type sample struct {
	kernel   string
	seconds  float64
	checksum string
}

// run runs the contestant once, for at most limit.
func (c contestant) run(ctx context.Context, limit time.Duration) ([]sample, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("not done after %v", limit))
	defer cancel()
	cmd := exec.CommandContext(ctx, c.command[0], c.command[1:]...)
	cmd.WaitDelay = 5 * time.Second
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	if err != nil {
		return nil, fmt.Errorf("%w; its output:\n%s", err, trouble(out.String()))
	}
	samples, err := parse(out.String())
	if err != nil {
		return nil, fmt.Errorf("%w; its output:\n%s", err, trouble(out.String()))
	}
	return samples, nil
}

// parse reads the program's output, with whatever else a console has shown around it.
func parse(text string) ([]sample, error) {
	var samples []sample
	done := false
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		switch {
		case len(f) == 0:
		case f[0] == "KERNEL" && len(f) == 4:
			seconds, err := strconv.ParseFloat(f[2], 64)
			if err != nil || seconds <= 0 {
				return nil, fmt.Errorf("%w: %q has no time", errOutput, line)
			}
			samples = append(samples, sample{f[1], seconds, f[3]})
		case strings.HasPrefix(f[0], "KERNEL-FAIL"), f[0] == "KERNEL":
			return nil, fmt.Errorf("%w: %q", errOutput, line)
		case f[0] == "KERNELS-DONE":
			done = true
		}
	}
	if !done || len(samples) == 0 {
		return nil, fmt.Errorf("%w: it ended before the last kernel", errOutput)
	}
	return samples, nil
}

// trouble returns what a contestant that has failed said from its last kernel on, not too much of it.
func trouble(text string) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	from := 0
	for i, line := range lines {
		if strings.HasPrefix(line, "KERNEL ") {
			from = i
		}
	}
	return strings.Join(lines[from:min(len(lines), from+40)], "\n")
}
