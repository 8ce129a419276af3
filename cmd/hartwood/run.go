package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/hartwood-vm/hartwood/runtime"
	"github.com/hartwood-vm/hartwood/runtime/boot/demo"
	"github.com/hartwood-vm/hartwood/shardedtlb/setting"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// demoHarts is the number of harts of the embedded guest, unless one is given.
const demoHarts = 4

// run is one execution of the run command.
type run struct {
	*app
	config     runtime.Config
	configPath string
	name       string // of the guest in messages; empty: that of its file
	json       bool
	helpAll    bool
	demo       bool // the embedded guest runs, and nobody has asked for all figures
	groups     []shownGroup
	dumpDTB    string
	watch      watch
	// ended is called with the machine when it has run; nil: nothing is.
	ended func(*runtime.Machine) error
}

func (a *app) runCommand() *cobra.Command {
	r := &run{app: a, config: runtime.Default()}
	cmd := &cobra.Command{
		Use:     "run [PROGRAM]",
		Short:   "Run a guest: a bare-metal program, a firmware or a Linux kernel",
		Long:    runLong,
		Example: runExamples,
		Args:    oneProgram,
		RunE:    r.execute,
	}
	own := newFlagSet("own")
	addOwn(own, setting.Switch(&r.json, false, "json", "print the summary as one JSON object (implies --stats)"))
	addOwn(own, setting.File(&r.dumpDTB, "dump-dtb", "write the device tree that the guest would find to `FILE`, and run nothing", ""))
	r.watch.bind(own)
	r.bind(cmd, own)
	return cmd
}

// bind gives the command its own options and those that describe a machine.
func (r *run) bind(cmd *cobra.Command, own *pflag.FlagSet) {
	addOwn(own, setting.Short("c", setting.File(&r.configPath, "config", "YAML `FILE` with the same names as these options; an option given here wins", "")))
	own.BoolP("help", "h", false, "explain the command and its everyday options")
	addOwn(own, setting.Switch(&r.helpAll, false, "help-all", "explain every option"))
	flags := cmd.Flags()
	flags.SortFlags = false
	r.groups = bindConfig(flags, &r.config)
	flags.AddFlagSet(own)
	r.groups = append(r.groups, shownGroup{"Command", true, own})
	cmd.SetUsageFunc(func(cmd *cobra.Command) error {
		return writeUsage(cmd.OutOrStdout(), cmd, r.groups, r.helpAll)
	})
	completeConfig(cmd, &r.config)
}

func oneProgram(_ *cobra.Command, args []string) error {
	if len(args) > 1 {
		return fmt.Errorf("%d programs are given (%q and %q); a machine runs one", len(args), args[0], args[1])
	}
	return nil
}

// execute runs the machine that the command line describes.
func (r *run) execute(cmd *cobra.Command, args []string) error {
	if r.helpAll {
		return cmd.Help()
	}
	if err := r.prepare(cmd, args); err != nil {
		return err
	}
	if r.dumpDTB != "" {
		return r.writeTree(cmd.Context())
	}
	return r.machine(cmd.Context())
}

// writeTree makes the machine and writes its device tree to a file.
func (r *run) writeTree(ctx context.Context) error {
	machine, err := runtime.NewContext(ctx, r.config)
	if err != nil {
		return err
	}
	tree := machine.DeviceTree()
	if err := machine.Close(); err != nil {
		return &brokenError{err}
	}
	if len(tree) == 0 {
		return errors.New("--dump-dtb: memory has no room for a device tree beside the program; choose a larger --memory")
	}
	if err := os.WriteFile(r.dumpDTB, tree, 0o644); err != nil {
		return fmt.Errorf("--dump-dtb: %w; name a file that can be written", err)
	}
	return nil
}

// prepare gathers the configuration from the command line and the file.
func (r *run) prepare(cmd *cobra.Command, args []string) error {
	if len(args) == 1 {
		if args[0] == "" {
			return errors.New("the program's name is empty; name a file, or nothing for the embedded guest")
		}
		r.config.Program = args[0]
	}
	given, err := r.gather(cmd)
	if err != nil {
		return err
	}
	switch {
	case r.config.HasGuest():
	case r.dumpDTB != "":
		r.config.ProgramData = demo.ELF
	default:
		r.useDemo(given("harts"))
	}
	return r.check()
}

// gather reads the configuration file, and returns which options that or the command line gives.
func (r *run) gather(cmd *cobra.Command) (given func(name string) bool, err error) {
	file := configFile{path: r.configPath, flags: cmd.Flags(), program: &r.config.Program, seen: map[string]bool{}}
	if r.configPath != "" {
		if err := file.apply(cmd.Context()); err != nil {
			return nil, err
		}
	}
	if err := r.watch.check(); err != nil {
		return nil, err
	}
	r.config.Stats = r.config.Stats || r.json
	return func(name string) bool { return cmd.Flags().Changed(name) || file.seen[name] }, nil
}

// check looks whether there can be such a machine here.
func (r *run) check() error {
	if err := r.config.Validate(); err != nil {
		return err
	}
	return checkLimits(&r.config)
}

// useDemo runs the guest that is part of this program, on several harts and with a short summary at the end.
func (r *run) useDemo(hartsGiven bool) {
	r.config.ProgramData = demo.ELF
	r.demo = !r.config.Stats
	r.config.Stats = true
	if !hartsGiven {
		r.config.Harts = demoHarts
	}
}

// machine makes the machine, connects it to the terminal and runs it to its end.
func (r *run) machine(ctx context.Context) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	session := r.newSession(ctx, stop)
	defer session.close()
	screen := session.screen
	r.config.Stdin, r.config.Stdout, r.config.Warn = screen.in, r.watch.before(screen.out), session.warn

	loaded := r.tellLoading(r.guestName())
	machine, err := runtime.NewContext(ctx, r.config)
	loaded()
	if err != nil {
		return err
	}
	session.machine.Store(machine)
	if err := r.watch.begin(r.app, machine, r.guestName()); err != nil {
		return errors.Join(err, machine.Close())
	}

	said := map[string]bool{}
	r.tellNotes(machine, said)
	if err := screen.begin(); err != nil {
		return &brokenError{errors.Join(err, machine.Close())}
	}
	quiet := r.tellSilence(screen)
	result, err := machine.Run(ctx)
	quiet()
	if restoreErr := screen.end(); restoreErr != nil {
		r.say("restore the terminal: %v; 'reset' does so", restoreErr)
	}
	r.tellNotes(machine, said)
	if r.ended != nil {
		if endErr := r.ended(machine); endErr != nil && err == nil {
			return &brokenError{endErr}
		}
	}
	err = r.finish(ctx, result, err)
	if watchErr := r.watch.end(r.stderr, r.guestName(), result.Stats); watchErr != nil && err == nil {
		return &brokenError{watchErr}
	}
	return err
}

// finish reports how the run went and decides the exit code.
func (r *run) finish(ctx context.Context, result runtime.Result, err error) error {
	cause := context.Cause(ctx)
	stopped := err != nil && cause != nil && (errors.Is(err, ctx.Err()) || errors.Is(err, cause))
	if err != nil && !stopped {
		return &brokenError{err}
	}
	end := ended(result, nil)
	if stopped {
		end = ended(result, cause)
	}
	result.ExitCode = end.code
	switch {
	case r.config.Stats:
		if err := r.report(result, end.how); err != nil {
			return &brokenError{err}
		}
	case result.Reason == runtime.Rebooted:
		r.say("%s", end.how)
	case result.ExitCode != 0:
		r.tellMissing(result)
	}
	if stopped && !errors.Is(cause, errLeave) {
		return cause
	}
	r.exitCode = end.code
	return nil
}

// ending is how a run ended: in words, and as the process's exit code.
type ending struct {
	how  string
	code int
}

// ended words the end of a run. cause is what stopped it; nil: the guest has ended it.
func ended(result runtime.Result, cause error) ending {
	switch {
	case errors.Is(cause, errLeave):
		return ending{cause.Error(), 0}
	case cause != nil:
		return ending{cause.Error(), exitCodeOf(cause)}
	case result.Reason == runtime.Rebooted:
		return ending{"ended when the guest asked for a reset (--no-reboot)", guestExit(result.ExitCode)}
	}
	return ending{result.Reason.String(), guestExit(result.ExitCode)}
}

// guestName names the guest in messages.
func (r *run) guestName() string {
	for _, name := range []string{r.name, r.config.Program, r.config.Kernel, r.config.Bios} {
		if name != "" {
			return name
		}
	}
	return "the embedded guest"
}
