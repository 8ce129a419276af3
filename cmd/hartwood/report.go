package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/hartwood-vm/hartwood/runtime"
)

// report prints the summary of a run on standard error, so that the guest's own output stays clean.
func (r *run) report(result runtime.Result) error {
	if r.json {
		encoder := json.NewEncoder(r.stderr)
		encoder.SetIndent("", "  ")
		return encoder.Encode(result)
	}
	_, err := fmt.Fprint(r.stderr, summary(r.config, result))
	return err
}

// summary words a run's result for people.
func summary(config runtime.Config, result runtime.Result) string {
	var b strings.Builder
	fmt.Fprintf(&b, "hartwood: %d harts, %s, %s instructions (%s/s), exit code %d: %s\n",
		config.Harts, result.Wall.Round(time.Millisecond), count(float64(result.Instructions)),
		count(perSecond(result.Instructions, result.Wall)), result.ExitCode, result.Reason)
	return b.String()
}

func perSecond(n uint64, wall time.Duration) float64 {
	if wall <= 0 {
		return 0
	}
	return float64(n) / wall.Seconds()
}

// count writes a large number with three digits and a unit.
func count(n float64) string {
	for _, unit := range []struct {
		letter string
		size   float64
	}{{"T", 1e12}, {"G", 1e9}, {"M", 1e6}, {"k", 1e3}} {
		if n >= unit.size {
			return fmt.Sprintf("%.3g %s", n/unit.size, unit.letter)
		}
	}
	return fmt.Sprintf("%.0f", n)
}
