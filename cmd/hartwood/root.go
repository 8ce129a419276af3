package main

import (
	"errors"
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func (a *app) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "hartwood",
		Short: "A concurrent RISC-V virtual machine",
		Long: `Hartwood is a RISC-V (RV64GC) virtual machine in which every hart is an actor: it runs bare-metal programs,
firmware and Linux on any number of harts from 1 to 4095.

Try "hartwood run", which needs no guest: it brings one along.`,
		Version:       versionLine(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          noArguments,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.SetVersionTemplate("{{.Version}}\n")
	root.SetFlagErrorFunc(explainFlagError)
	root.AddCommand(a.runCommand(), a.blocksCommand(), a.bootCommand(), a.execCommand(), a.benchCommand(), a.imageCommand(), a.storeCommand(), a.versionCommand(), a.manCommand())
	return root
}

// noArguments refuses stray words after a command, and names the command that was probably meant.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, sub := range cmd.Commands() {
		names = append(names, sub.Name())
	}
	return fmt.Errorf("unknown command %q%s; see 'hartwood --help'", args[0], didYouMean(args[0], names))
}

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version of this program",
		Args:  cobra.NoArgs,
		RunE:  func(*cobra.Command, []string) error { return show(a.stdout, versionLine()+"\n") },
	}
}

// version is set by the linker when a release is built.
var version = ""

func versionLine() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "hartwood " + version
	}
	name := version
	if name == "" {
		name = info.Main.Version
	}
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	return fmt.Sprintf("hartwood %s (%s %s/%s)", name, info.GoVersion, settings["GOOS"], settings["GOARCH"])
}

// explainFlagError turns what the flag parser says into one line with a way out.
func explainFlagError(cmd *cobra.Command, err error) error {
	help := fmt.Sprintf("see '%s --help'", cmd.CommandPath())
	var unknown *pflag.NotExistError
	var invalid *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown):
		name := unknown.GetSpecifiedName()
		if unknown.GetSpecifiedShortnames() != "" {
			return fmt.Errorf("unknown option -%s; %s", name, help)
		}
		return fmt.Errorf("unknown option --%s%s; %s", name, didYouMean("--"+name, flagNames(cmd.Flags(), "--")), help)
	case errors.As(err, &invalid):
		return fmt.Errorf("--%s: %w", invalid.GetFlag().Name, invalid.Unwrap())
	}
	return fmt.Errorf("%w; %s", err, help)
}

func flagNames(flags *pflag.FlagSet, prefix string) []string {
	var names []string
	flags.VisitAll(func(f *pflag.Flag) { names = append(names, prefix+f.Name) })
	return names
}

func didYouMean(word string, known []string) string {
	if best := nearest(strings.ToLower(word), known); best != "" {
		return fmt.Sprintf(" (did you mean %s?)", best)
	}
	return ""
}
