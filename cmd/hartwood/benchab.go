package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/hartwood-vm/hartwood/bench/results"
	"github.com/hartwood-vm/hartwood/bench/suite"
	"github.com/hartwood-vm/hartwood/runtime"
	"github.com/spf13/cobra"
)

const benchABLong = `Run one guest with two configurations, in turns, and compare: A is what was, B what it is compared with. Files are
those of "hartwood run --config"; the guest is theirs, or the program behind --, or the embedded one. It must end by
itself, with exit code 0. Its console is not shown. The exit code is 3 where B is worse.`

const benchABExamples = `  # does a larger code cache pay for this program?
  hartwood bench ab small.yaml large.yaml -- program.elf`

// contender is one of two configurations.
type contender struct {
	name   string
	config runtime.Config
	got    *results.Results
}

func (a *app) benchABCommand() *cobra.Command {
	b := &bench{app: a}
	cmd := &cobra.Command{
		Use:     "ab A.yaml B.yaml [-- PROGRAM]",
		Short:   "Compare two configurations with one guest, in turns",
		Long:    benchABLong,
		Example: benchABExamples,
		Args:    cobra.RangeArgs(2, 3),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := b.readRules(); err != nil {
				return err
			}
			if b.o.rounds <= 0 {
				b.o.rounds = 8
			}
			if b.o.rounds > maxRounds {
				return fmt.Errorf("--rounds: %d are impossible; choose up to %d", b.o.rounds, maxRounds)
			}
			return b.ab(cmd.Context(), args[:2], args[2:])
		},
	}
	flags := newFlagSet("own")
	bindRounds(flags, &b.o.rounds, "`NUMBER` of runs with each configuration; 0: 8")
	b.bindRules(flags)
	cmd.Flags().AddFlagSet(flags)
	return cmd
}

// ab runs the guest with both configurations in turns, and judges the second by the first.
func (b *bench) ab(ctx context.Context, files, program []string) error {
	var both []*contender
	for _, file := range files {
		if ext := filepath.Ext(file); ext != ".yaml" && ext != ".yml" {
			return fmt.Errorf("%s: a configuration is a file .yaml, as 'hartwood run --config' takes it", file)
		}
		c, err := b.contender(ctx, file, program)
		if err != nil {
			return err
		}
		both = append(both, c)
	}
	plan := &suite.Plan{Rounds: b.o.rounds, Add: func(_ string, f suite.Figure, yard float64) {
		c := both[0]
		if f.Side == both[1].name {
			c = both[1]
		}
		f.Side = ""
		c.got.Add("guest", f, yard)
	}}
	// Two scenarios, so that each has its own yardstick.
	for i, c := range both {
		c.name = "AB"[i : i+1]
		plan.Suites = append(plan.Suites, suite.Suite{Scenarios: []suite.Scenario{{Name: "guest/" + c.name, Open: func(suite.Options) (suite.Probe, error) {
			return suite.Probe{Sample: func(ctx context.Context) ([]suite.Figure, error) {
				figures, _, err := suite.Guest(ctx, c.config)
				for i := range figures {
					figures[i].Side = c.name
				}
				return figures, err
			}}, nil
		}}}})
	}
	if err := b.runWhole(ctx, plan); err != nil {
		return err
	}
	for _, c := range both {
		if err := show(b.stdout, fmt.Sprintf("%s: %s\n", c.name, c.got.Label)); err != nil {
			return &brokenError{err}
		}
	}
	return b.judge(both[0].got, both[1].got)
}

// contender reads a configuration file, or none, as the run command does.
func (b *bench) contender(ctx context.Context, file string, program []string) (*contender, error) {
	silent := &app{stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard}
	r := &run{app: silent, config: runtime.Default()}
	cmd := &cobra.Command{Use: "ab"}
	r.bind(cmd, newFlagSet("own"))
	cmd.SetContext(ctx)
	r.configPath = file
	if err := r.prepare(cmd, program); err != nil {
		return nil, err
	}
	r.config.Stdin, r.config.Stdout = silent.stdin, io.Discard
	return &contender{config: r.config, got: results.New(versionLine(), file, false)}, nil
}

// runWhole runs a plan of which nothing may be left out, and shows how far it is.
func (b *bench) runWhole(ctx context.Context, plan *suite.Plan) error {
	bar := b.newBar()
	plan.Tell = bar.tell
	_, left, err := plan.Run(ctx)
	bar.close()
	if cause := context.Cause(ctx); err != nil && cause != nil {
		return cause
	}
	for _, l := range left {
		err = errors.Join(err, fmt.Errorf("%s: %s", l.Scenario, l.Why))
	}
	if err != nil {
		return &brokenError{err}
	}
	return nil
}
