package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/hartwood-vm/hartwood/bench/results"
	"github.com/hartwood-vm/hartwood/bench/suite"
	"github.com/hartwood-vm/hartwood/shardedtlb/setting"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

const benchLong = `Measure this program with its own guests, which are embedded: no checkout is needed. Rounds interleave: each
scenario gives one sample a round, so that all see the same machine. The table shows medians and their 95 % confidence
intervals; with --baseline, what has become worse or better, and the exit code is 3 where a figure is worse by more than
--threshold, and significantly so. Processor time is compared in units of a yardstick, a fixed amount of work that is
timed beside each sample, so that a processor that others slow down is no regression.

Baselines and the history lie in --dir. A baseline is refused on another machine than its own, unless --other-machine
says that this is meant.`

const benchExamples = `  # the usual things, in two minutes; without --quick everything, in thirty
  hartwood bench --quick

  # two suites; keep their figures, and compare with them later
  hartwood bench --save-baseline before jit_compile jit_vs_interp
  hartwood bench --baseline before jit_compile jit_vs_interp

  # one scenario, for benchstat
  hartwood bench --only JITVsInterp/program=mixed --format go >new.txt`

// exitWorse is the exit code where a figure is worse than the baseline's.
const exitWorse = 3

// maxRounds is the largest number of samples of a scenario.
const maxRounds = 1000

// benchOptions are the options of a run of benchmarks.
type benchOptions struct {
	quick        bool
	rounds       int
	within       time.Duration
	only         string
	linux        string
	json         bool
	format       string
	dir          string
	save         string
	baseline     string
	threshold    string
	gate         string
	otherMachine bool
	noHistory    bool
}

// bench is one execution of the bench command.
type bench struct {
	*app
	o     benchOptions
	only  *regexp.Regexp
	rules results.Rules
	base  *results.Results // nil: none is asked for
}

func (a *app) benchCommand() *cobra.Command {
	b := &bench{app: a}
	cmd := &cobra.Command{
		Use:     "bench [SUITE...]",
		Short:   "Measure this program, and compare with what was measured before",
		Long:    benchLong + "\n\nSUITES\n" + suiteList(),
		Example: benchExamples,
		Args:    cobra.ArbitraryArgs,
		RunE:    b.execute,
	}
	cmd.ValidArgs = suite.Names()
	flags := newFlagSet("own")
	b.bind(flags)
	addOwn(flags, setting.Text(&b.o.only, "only", "regular `EXPRESSION` that names of scenarios match", "all"))
	addOwn(flags, setting.Switch(&b.o.json, false, "json", "print the results as one JSON object, all samples in it"))
	addOwn(flags, setting.Text(&b.o.format, "format", "`NAME` of the format: table, json, or go for Go's benchmark format, which benchstat reads", "table"))
	addOwn(flags, setting.Text(&b.o.save, "save-baseline", "keep the results as the baseline `NAME`", ""))
	addOwn(flags, setting.Text(&b.o.baseline, "baseline", "compare with the baseline `NAME`, or with a file of results", ""))
	b.bindRules(flags)
	cmd.Flags().AddFlagSet(flags)
	cmd.AddCommand(a.benchListCommand(), a.benchCompareCommand(), a.benchReportCommand(), a.benchABCommand(), a.benchSweepCommand())
	return cmd
}

// bind are the options of everything that runs benchmarks.
func (b *bench) bind(flags *pflag.FlagSet) {
	addOwn(flags, setting.Switch(&b.o.quick, false, "quick", "short samples and fewer scenarios, in two minutes"))
	bindRounds(flags, &b.o.rounds, "`NUMBER` of samples of each scenario; 0: 8, with --quick 6")
	addOwn(flags, setting.Duration(&b.o.within, 0, "within", "`TIME` in which rounds end, but for the first; 0: 30m, with --quick 2m, with --rounds any"))
	addOwn(flags, setting.File(&b.o.linux, "linux", "`FOLDER` with a Linux kernel, for the scenarios that need one", "$HARTWOOD_LINUX"))
	addOwn(flags, setting.Switch(&b.o.noHistory, false, "no-history", "do not add the results to the history"))
	bindDir(flags, &b.o.dir)
}

func bindRounds(flags *pflag.FlagSet, rounds *int, help string) {
	addOwn(flags, setting.Int(rounds, 0, "rounds", help))
}

func bindDir(flags *pflag.FlagSet, dir *string) {
	addOwn(flags, setting.File(dir, "dir", "`FOLDER` of baselines and history", "$XDG_STATE_HOME/hartwood"))
}

// bindRules are the options of everything that compares.
func (b *bench) bindRules(flags *pflag.FlagSet) {
	addOwn(flags, setting.Text(&b.o.threshold, "threshold", "`SHARE` by which a figure may be worse", "5%"))
	addOwn(flags, setting.OneOf(&b.o.gate, "steady", "gate", "`FIGURES` that count: steady ones (counts, ratios of neighbours, processor time), or all, time that has passed among them, which a busy machine changes by itself", "steady", "all"))
	addOwn(flags, setting.Switch(&b.o.otherMachine, false, "other-machine", "compare although the results are another machine's, or of other lengths"))
}

func suiteList() string {
	var out strings.Builder
	for _, s := range suite.All() {
		fmt.Fprintf(&out, "  %-17s %s\n", s.Name, s.Title)
	}
	return strings.TrimSuffix(out.String(), "\n")
}

func (b *bench) execute(cmd *cobra.Command, args []string) error {
	plan, err := b.prepare(args)
	if err != nil {
		return err
	}
	if err := b.checkHistory(cmd.Context()); err != nil {
		return err
	}
	got, err := b.measure(cmd.Context(), plan, "")
	if err != nil {
		return err
	}
	return b.deliver(cmd.Context(), got)
}

// prepare checks everything that can be wrong before anything is measured.
func (b *bench) prepare(args []string) (*suite.Plan, error) {
	suites, err := suite.Named(args...)
	if err != nil {
		return nil, err
	}
	if b.o.rounds < 0 || b.o.rounds > maxRounds {
		return nil, fmt.Errorf("--rounds: %d are impossible; choose up to %d, or 0 for the usual number", b.o.rounds, maxRounds)
	}
	if b.o.json {
		if b.o.format != "" && b.o.format != "json" {
			return nil, fmt.Errorf("--format: %s and --json contradict each other; give one", b.o.format)
		}
		b.o.format = "json"
	}
	if b.o.format != "" && b.o.format != "table" && b.o.format != "json" && b.o.format != "go" {
		return nil, fmt.Errorf("--format: there is no %q; choose table, json or go", b.o.format)
	}
	if b.o.only != "" {
		if b.only, err = regexp.Compile(b.o.only); err != nil {
			return nil, fmt.Errorf("--only: %w", err)
		}
	}
	if b.o.save != "" {
		if err := checkBaselineName(b.o.save); err != nil {
			return nil, fmt.Errorf("--save-baseline: %w", err)
		}
	}
	if b.o.within < 0 {
		return nil, fmt.Errorf("--within: %v is impossible; choose a time such as 10m, or 0 for the usual one", b.o.within)
	}
	if err := b.readRules(); err != nil {
		return nil, err
	}
	plan := b.plan(suites)
	if b.o.baseline != "" {
		if b.base, err = b.loadResults(b.o.baseline); err != nil {
			return nil, fmt.Errorf("--baseline: %w", err)
		}
		return plan, b.match(b.base, results.New("", "", b.o.quick))
	}
	return plan, nil
}

// plan is what the options ask for.
func (b *bench) plan(suites []suite.Suite) *suite.Plan {
	usual, within := 8, 30*time.Minute
	if b.o.quick {
		usual, within = 6, 2*time.Minute
	}
	if b.o.within == 0 && b.o.rounds == 0 {
		b.o.within = within
	}
	b.o.rounds = cmp.Or(b.o.rounds, usual)
	o := suite.Options{Quick: b.o.quick, Linux: b.o.linux, QEMU: os.Getenv("QEMU_SYSTEM")}
	if o.Linux == "" {
		o.Linux = os.Getenv("HARTWOOD_LINUX")
	}
	if o.QEMU == "" {
		o.QEMU = "qemu-system-riscv64"
	}
	o.Command, _ = os.Executable() // without it the scenarios that need it are left out
	return &suite.Plan{Suites: suites, Only: b.only, Options: o, Rounds: b.o.rounds, Within: b.o.within}
}

// readRules reads what is worse.
func (b *bench) readRules() (err error) {
	b.rules = results.DefaultRules()
	b.rules.Clock = b.o.gate == "all"
	if b.o.threshold == "" {
		return nil
	}
	number, percent := strings.CutSuffix(strings.TrimSpace(b.o.threshold), "%")
	b.rules.Threshold, err = strconv.ParseFloat(strings.TrimSpace(number), 64)
	if percent {
		b.rules.Threshold /= 100
	}
	if err != nil || !(b.rules.Threshold > 0 && b.rules.Threshold <= 100) {
		return fmt.Errorf("--threshold: %q is no share; write 5%% or 0.05", b.o.threshold)
	}
	return nil
}

// measure runs a plan.
func (b *bench) measure(ctx context.Context, plan *suite.Plan, label string) (*results.Results, error) {
	got := results.New(versionLine(), label, b.o.quick)
	plan.Add = got.Add
	bar := b.newBar()
	plan.Tell = bar.tell
	rounds, left, err := plan.Run(ctx)
	bar.close()
	got.Left = left
	if err == nil && rounds < plan.Rounds {
		b.say("%d of %d rounds: another one would have ended after %v (--within)", rounds, plan.Rounds, plan.Within)
	}
	if errors.Is(err, suite.ErrNothing) {
		return nil, fmt.Errorf("%w; 'hartwood bench list' names them all", err)
	}
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			return nil, cause
		}
		return nil, &brokenError{err}
	}
	if len(got.Series) == 0 {
		return nil, &brokenError{fmt.Errorf("nothing could be measured: %s: %s", left[0].Scenario, left[0].Why)}
	}
	return got, nil
}

// deliver prints the results, keeps them and judges them.
func (b *bench) deliver(ctx context.Context, got *results.Results) error {
	if err := b.print(got); err != nil {
		return &brokenError{err}
	}
	for _, l := range got.Left {
		if l.Failed {
			return &brokenError{fmt.Errorf("%s failed: %s; the results are not kept", l.Scenario, l.Why)}
		}
	}
	if err := errors.Join(b.keep(got), b.remember(ctx, got)); err != nil {
		return &brokenError{err}
	}
	if b.base == nil {
		return nil
	}
	return b.judge(b.base, got)
}

// print prints the results in the format that is asked for.
func (b *bench) print(got *results.Results) error {
	switch b.o.format {
	case "json":
		return showJSON(b.stdout, got)
	case "go":
		return showWritten(b.stdout, got.WriteText)
	}
	if b.base != nil {
		return nil // the comparison has these figures too
	}
	return showWritten(b.stdout, got.Table)
}

// judge prints what has changed and sets the exit code. Where standard output has results for a program, the comparison
// goes to standard error.
func (b *bench) judge(old, new *results.Results) error {
	c := results.Compare(old, new, b.rules)
	out := b.stdout
	if b.o.format == "json" || b.o.format == "go" {
		out = b.stderr
	}
	if err := showWritten(out, c.Table); err != nil {
		return &brokenError{err}
	}
	if a, b := old.Speed(), new.Speed(); a > 0 && b > 0 {
		if err := show(out, fmt.Sprintf("This processor's speed, by the yardstick: %.2f times the earlier one's.\n", a/b)); err != nil {
			return &brokenError{err}
		}
	}
	if len(c.Deltas) == 0 {
		return &brokenError{errors.New("the two have no figure in common: nothing is compared")}
	}
	if worse, _ := c.Worse(); len(worse) > 0 {
		b.exitCode = exitWorse
	}
	return nil
}

// match refuses results of different machines or lengths, or tells of them where that is meant.
func (b *bench) match(old, new *results.Results) error {
	err := results.Match(old, new)
	if err == nil {
		return nil
	}
	if !b.o.otherMachine {
		return fmt.Errorf("%w; --other-machine compares all the same", err)
	}
	b.say("%v", err)
	return nil
}

// showWritten prints what a function writes.
func showWritten(w io.Writer, write func(io.Writer) error) error {
	var text bytes.Buffer
	if err := write(&text); err != nil {
		return err
	}
	return show(w, text.String())
}

func (a *app) benchListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List suites, scenarios and units",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			var out strings.Builder
			for _, s := range suite.All() {
				fmt.Fprintf(&out, "%s: %s\n", s.Name, s.Title)
				for _, scenario := range s.Scenarios {
					fmt.Fprintf(&out, "  %s\n", scenario.Name)
				}
			}
			fmt.Fprintf(&out, "units:\n")
			for _, u := range suite.Units() {
				fmt.Fprintf(&out, "  %-17s %-6s %-14s %s\n", u.Name, u.Trust, [...]string{"less is better", "", "more is better"}[u.Better+1], u.Help)
			}
			return show(a.stdout, out.String())
		},
	}
}

func (a *app) benchCompareCommand() *cobra.Command {
	b := &bench{app: a}
	cmd := &cobra.Command{
		Use:   "compare OLD NEW",
		Short: "Compare two baselines, or files of results in JSON or in Go's benchmark format",
		Args:  cobra.ExactArgs(2),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := b.readRules(); err != nil {
				return err
			}
			var both [2]*results.Results
			for i, name := range args {
				var err error
				if both[i], err = b.loadResults(name); err != nil {
					return err
				}
			}
			if err := b.match(both[0], both[1]); err != nil {
				return err
			}
			return b.judge(both[0], both[1])
		},
	}
	flags := newFlagSet("own")
	b.bindRules(flags)
	bindDir(flags, &b.o.dir)
	cmd.Flags().AddFlagSet(flags)
	return cmd
}
