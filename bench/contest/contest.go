package contest

import (
	"context"
	"fmt"
	"io"
	"time"
)

// Contest is contestants that are ready to run.
type Contest struct {
	limit       time.Duration
	contestants []Contestant
	results     results
}

// New returns a contest; the first contestant is the base. A contestant may take limit in one round.
func New(limit time.Duration, contestants ...Contestant) *Contest {
	return &Contest{limit: limit, contestants: contestants}
}

// Time is how long a contestant took for a program.
type Time struct {
	Program, On string
	Seconds     float64
}

// Round runs every contestant once and calls ran after each. Results that are not the base's are an error.
func (c *Contest) Round(ctx context.Context, ran func(name string, took time.Duration)) (times []Time, err error) {
	for _, one := range c.contestants {
		began := time.Now()
		samples, err := one.Run(ctx, c.limit)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", one.Name, err)
		}
		if err := c.results.add(one.Name, samples); err != nil {
			return nil, err
		}
		for _, s := range samples {
			times = append(times, Time{s.Program, one.Name, s.Seconds})
		}
		ran(one.Name, time.Since(began))
	}
	return times, nil
}

// Rounds runs some rounds, and says on progress how far it is.
func (c *Contest) Rounds(ctx context.Context, n int, progress io.Writer) error {
	for round := range n {
		_, err := c.Round(ctx, func(name string, took time.Duration) {
			fmt.Fprintf(progress, "round %d of %d: %s, %.0f s\n", round+1, n, name, took.Seconds())
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Write writes the results of all rounds: a table for people, or JSON.
func (c *Contest) Write(out io.Writer, json bool) error {
	if json {
		return c.results.writeJSON(out)
	}
	return c.results.writeTable(out)
}
