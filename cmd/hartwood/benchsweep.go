package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"text/tabwriter"

	"github.com/hartwood-vm/hartwood/bench/report"
	"github.com/hartwood-vm/hartwood/bench/results"
	"github.com/hartwood-vm/hartwood/bench/suite"
	"github.com/hartwood-vm/hartwood/runtime"
	"github.com/hartwood-vm/hartwood/runtime/hostfile"
	"github.com/hartwood-vm/hartwood/shardedtlb/setting"
	"github.com/spf13/cobra"
)

const benchSweepLong = `Run one guest with several values of one setting, in turns, and show what each does: processor time for an instruction,
and a measurement, by its name in "hartwood run --json". The guest is that of --config, or the program behind --, or the
embedded one. It must end by itself, with exit code 0. Its console is not shown. --plot draws the measurement, or else the
processor time, over the values.`

const benchSweepExamples = `  # how large must the second level of the TLB be for this program?
  hartwood bench sweep tlb-sets 16 64 256 1024 --measure tlb.walks --plot walks.svg -- program.elf`

// maxSweep is the largest number of values.
const maxSweep = 32

// sweep is an experiment with one setting.
type sweep struct {
	*bench
	config, measure, plot string
	setting               string
	values                []*contender // each named by its value
	measured              map[string]float64
}

func (a *app) benchSweepCommand() *cobra.Command {
	s := &sweep{bench: &bench{app: a}, measured: map[string]float64{}}
	cmd := &cobra.Command{
		Use:     "sweep SETTING VALUE... [-- PROGRAM]",
		Short:   "Run one guest with several values of a setting, in turns",
		Long:    benchSweepLong,
		Example: benchSweepExamples,
		Args:    cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			var program []string
			if n := cmd.ArgsLenAtDash(); n >= 0 {
				args, program = args[:n], args[n:]
			}
			if err := s.prepare(cmd.Context(), args, program); err != nil {
				return err
			}
			return s.run(cmd.Context())
		},
	}
	flags := newFlagSet("own")
	bindRounds(flags, &s.o.rounds, "`NUMBER` of runs with each value; 0: 4")
	addOwn(flags, setting.Short("c", setting.File(&s.config, "config", "YAML `FILE` with the other settings, as \"hartwood run --config\" takes it", "")))
	addOwn(flags, setting.Text(&s.measure, "measure", "`NAME` of a measurement, such as tlb.walks", "none"))
	addOwn(flags, setting.File(&s.plot, "plot", "`FILE` for a plot, an SVG picture", ""))
	cmd.Flags().AddFlagSet(flags)
	return cmd
}

// prepare checks everything that can be wrong before anything runs.
func (s *sweep) prepare(ctx context.Context, args, program []string) error {
	if s.o.rounds < 0 || s.o.rounds > maxRounds {
		return fmt.Errorf("--rounds: %d are impossible; choose up to %d, or 0 for the usual number", s.o.rounds, maxRounds)
	}
	if len(args) < 2 || len(args)-1 > maxSweep {
		return fmt.Errorf("give a setting and 1 to %d values of it", maxSweep)
	}
	if ext := filepath.Ext(s.plot); s.plot != "" && ext != ".svg" {
		return fmt.Errorf("--plot: %s does not end in .svg", s.plot)
	}
	s.setting = args[0]
	for _, value := range args[1:] {
		c, err := s.contender(ctx, s.config, program)
		if err != nil {
			return err
		}
		if err := change(&c.config, s.setting, value); err != nil {
			return err
		}
		c.name, c.config.Stats = value, true
		s.values = append(s.values, c)
	}
	return nil
}

// change gives a setting a value.
func change(c *runtime.Config, name, value string) error {
	var names []string
	for _, g := range c.Settings() {
		for _, s := range g.Settings {
			about := s.About()
			if about.Name == name {
				if err := s.Set(value); err != nil {
					return fmt.Errorf("--%s: %w", name, err)
				}
				return c.Validate()
			}
			names = append(names, about.Name)
		}
	}
	return fmt.Errorf("there is no setting %q%s", name, didYouMean(name, names))
}

// run runs the guest with all values in turns and shows what came of it.
func (s *sweep) run(ctx context.Context) error {
	byName := map[string]*contender{}
	plan := &suite.Plan{Rounds: cmp.Or(s.o.rounds, 4)}
	plan.Add = func(name string, f suite.Figure, yard float64) { byName[name].got.Add("guest", f, yard) }
	for _, c := range s.values {
		name := s.setting + "=" + c.name
		byName[name] = c
		plan.Suites = append(plan.Suites, suite.Suite{Scenarios: []suite.Scenario{{Name: name, Open: func(suite.Options) (suite.Probe, error) {
			return suite.Probe{Sample: func(ctx context.Context) ([]suite.Figure, error) { return s.sample(ctx, c) }}, nil
		}}}})
	}
	if err := s.runWhole(ctx, plan); err != nil {
		return err
	}
	err := showWritten(s.stdout, s.table)
	if err == nil && s.plot != "" {
		err = s.draw()
	}
	if err != nil {
		return &brokenError{err}
	}
	return nil
}

func (s *sweep) sample(ctx context.Context, c *contender) ([]suite.Figure, error) {
	figures, stats, err := suite.Guest(ctx, c.config)
	if err != nil || s.measure == "" {
		return figures, err
	}
	m, ok := stats.Find(s.measure)
	if !ok {
		return nil, fmt.Errorf("--measure: there is no measurement %s; 'hartwood run --json' shows them all", s.measure)
	}
	s.measured[c.name] = m.Number()
	return figures, nil
}

// sweepUnits are the figures that a table shows.
var sweepUnits = []string{"MIPS", "cpu-ns/insn", "%native"}

func (s *sweep) table(w io.Writer) error {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprint(out, s.setting)
	for _, unit := range sweepUnits {
		fmt.Fprintf(out, "\t%s\t", unit)
	}
	fmt.Fprintf(out, "\t%s\n", s.measure)
	for _, c := range s.values {
		fmt.Fprint(out, c.name)
		for _, unit := range sweepUnits {
			value, spread := "", ""
			if series := c.got.Find("guest", unit); series != nil {
				sum := series.Summary()
				value, spread = results.Number(sum.Center), results.Spread(sum)
			}
			fmt.Fprintf(out, "\t%s\t%s", value, spread)
		}
		if s.measure != "" {
			fmt.Fprintf(out, "\t%s", results.Number(s.measured[c.name]))
		}
		fmt.Fprintln(out)
	}
	return out.Flush()
}

// draw writes the plot.
func (s *sweep) draw() error {
	title := cmp.Or(s.measure, "cpu-ns/insn")
	var labels []string
	var values []float64
	for _, c := range s.values {
		v := s.measured[c.name]
		if s.measure == "" {
			v = c.got.Find("guest", "cpu-ns/insn").Summary().Center
		}
		labels, values = append(labels, c.name), append(values, v)
	}
	svg, err := report.Sweep(title+" by --"+s.setting, labels, values)
	if err != nil {
		return err
	}
	return hostfile.Replace(s.plot, func(w io.Writer) error {
		_, err := bytes.NewReader(svg).WriteTo(w)
		return err
	})
}
