package main

import (
	"fmt"
	"io"

	"github.com/hartwood-vm/hartwood/runtime"
	"github.com/hartwood-vm/hartwood/shardedtlb/setting"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// shownGroup is options that help shows together: --help those of everyday groups, --help-all all.
type shownGroup struct {
	title    string
	everyday bool
	flags    *pflag.FlagSet
}

// bindConfig gives every setting of the configuration that a command line can set its flag, which has its name.
func bindConfig(flags *pflag.FlagSet, c *runtime.Config) []shownGroup {
	var shown []shownGroup
	for _, g := range c.Settings() {
		group := shownGroup{g.Title, g.Everyday, newFlagSet(g.Title)}
		for _, s := range g.Settings {
			if !s.About().Argument {
				addFlag(group.flags, s)
			}
		}
		flags.AddFlagSet(group.flags)
		shown = append(shown, group)
	}
	return shown
}

// addFlag makes a flag of a setting.
func addFlag(flags *pflag.FlagSet, s setting.Setting) {
	about := s.About()
	flags.VarPF(s, about.Name, about.Short, setting.Usage(s)).NoOptDefVal = about.Bare
}

// addOwn makes a flag of a setting of the command's own, and gives that its default.
func addOwn(flags *pflag.FlagSet, s setting.Setting) {
	s.Reset()
	addFlag(flags, s)
}

// completeConfig tells shells what can follow a flag.
func completeConfig(cmd *cobra.Command, c *runtime.Config) {
	for _, g := range c.Settings() {
		for _, s := range g.Settings {
			if about := s.About(); !about.Argument && !about.Files {
				mustRegister(cmd, about.Name, cobra.FixedCompletions(about.Words, cobra.ShellCompDirectiveNoFileComp))
			}
		}
	}
	mustRegister(cmd, "config", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return []string{"yaml", "yml"}, cobra.ShellCompDirectiveFilterFileExt
	})
}

func mustRegister(cmd *cobra.Command, name string, complete cobra.CompletionFunc) {
	if err := cmd.RegisterFlagCompletionFunc(name, complete); err != nil {
		panic("BUG: completion for --" + name + ": " + err.Error())
	}
}

// newFlagSet returns a set that keeps the order in which its flags are added.
func newFlagSet(name string) *pflag.FlagSet {
	flags := pflag.NewFlagSet(name, pflag.ContinueOnError)
	flags.SortFlags = false
	return flags
}

// writeUsage prints how a command is called and what its options are.
func writeUsage(w io.Writer, cmd *cobra.Command, shown []shownGroup, all bool) error {
	text := fmt.Sprintf("Usage:\n  %s\n\nExamples:\n%s\n", cmd.UseLine(), cmd.Example)
	for _, s := range shown {
		if s.everyday || all {
			text += fmt.Sprintf("\n%s:\n%s", s.title, s.flags.FlagUsages())
		}
	}
	if !all {
		text += fmt.Sprintf("\nThere are more, which most runs do well without: %s --help-all\n", cmd.CommandPath())
	}
	return show(w, text)
}
