package contest

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

// Names of contestants.
const (
	Native      = "native"
	Hartwood    = "hartwood"
	Interpreter = "interpreter"
	Warm        = "warm" // Hartwood with the native code of an earlier run
	QEMU        = "qemu"
)

// errOutput reports a contestant that did not write what it should.
var errOutput = errors.New("unexpected output")

// Contestant is something that runs the programs.
type Contestant struct {
	Name    string
	Command []string
}

// Sample is one run of one program.
type Sample struct {
	Program  string
	Seconds  float64
	Checksum string
}

// Run runs the contestant once, for at most limit.
func (c Contestant) Run(ctx context.Context, limit time.Duration) ([]Sample, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("not done after %v", limit))
	defer cancel()
	cmd := exec.CommandContext(ctx, c.Command[0], c.Command[1:]...)
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
func parse(text string) ([]Sample, error) {
	var samples []Sample
	done := false
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		switch {
		case len(f) == 0:
		case f[0] == "RESULT" && len(f) == 4:
			seconds, err := strconv.ParseFloat(f[2], 64)
			if err != nil || seconds <= 0 {
				return nil, fmt.Errorf("%w: %q has no time", errOutput, line)
			}
			samples = append(samples, Sample{f[1], seconds, f[3]})
		case strings.HasPrefix(f[0], "RESULT-FAIL"), f[0] == "RESULT":
			return nil, fmt.Errorf("%w: %q", errOutput, line)
		case f[0] == "RESULTS-DONE":
			done = true
		}
	}
	if !done || len(samples) == 0 {
		return nil, fmt.Errorf("%w: it ended before the last program", errOutput)
	}
	return samples, nil
}

// trouble returns what a contestant that has failed said from its last result on, not too much of it.
func trouble(text string) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	from := 0
	for i, line := range lines {
		if strings.HasPrefix(line, "RESULT ") {
			from = i
		}
	}
	return strings.Join(lines[from:min(len(lines), from+40)], "\n")
}
