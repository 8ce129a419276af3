package main

import (
	"encoding"
	"strconv"
	"strings"

	"github.com/hartwood-vm/hartwood/runtime"
	"github.com/spf13/cobra"
)

// completeConfig tells shells what can follow a flag.
func completeConfig(cmd *cobra.Command) {
	words := map[string][]string{
		"mmu":               {string(runtime.Sv39), string(runtime.Sv48), string(runtime.Sv57)},
		"perf-map":          {string(runtime.PerfMapOn), string(runtime.PerfMapKeep), string(runtime.PerfMapOff)},
		"mmu-strategy":      {string(runtime.MultiLevel), string(runtime.Concurrent), string(runtime.Hybrid)},
		"jit":               {string(runtime.JITOff), string(runtime.JITQuick), string(runtime.JITOn)},
		"code-cache-policy": {string(runtime.LRULFU), string(runtime.LRU), string(runtime.LFU)},
		"code-cache-bytes":  {"16M", "128M", "512M"},
		"console":           {string(runtime.ConsoleUART), string(runtime.ConsoleVirtio)},
		"disk-full":         {string(runtime.PauseIfFull), string(runtime.EndIfFull), string(runtime.ReportIfFull)},
		"memory":            {"512M", "1G", "2G", "4G"},
		"harts":             {"1", "2", "4", "8"},
		"append":            nil,
		"load-address":      nil,
		"nmi-vector":        nil,
	}
	for name, choices := range words {
		mustRegister(cmd, name, cobra.FixedCompletions(choices, cobra.ShellCompDirectiveNoFileComp))
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

// text is a setting that reads and writes its own text form.
type text interface {
	encoding.TextMarshaler
	encoding.TextUnmarshaler
}

// textValue makes a flag of such a setting.
type textValue struct {
	text
	kind string
}

func (v *textValue) Set(s string) error { return v.UnmarshalText([]byte(s)) }
func (v *textValue) Type() string       { return v.kind }

func (v *textValue) String() string {
	if v.text == nil { // the flag package asks a zero value what its default looks like
		return ""
	}
	s, err := v.MarshalText()
	if err != nil {
		return err.Error()
	}
	return string(s)
}

// address is a flag for a physical address, which people read and write in hexadecimal.
type address uint64

func (a *address) Type() string { return "address" }

func (a *address) String() string {
	if *a == 0 {
		return "" // the usual place
	}
	return "0x" + strconv.FormatUint(uint64(*a), 16)
}

func (a *address) Set(s string) error {
	n, err := strconv.ParseUint(s, 0, 64)
	if err == nil {
		*a = address(n)
	}
	return err
}

// driveList is a flag that adds a drive each time it is given.
type driveList struct{ drives *[]runtime.Drive }

func (l *driveList) Type() string { return "drive" }

func (l *driveList) Set(s string) error {
	var d runtime.Drive
	if err := d.UnmarshalText([]byte(s)); err != nil {
		return err
	}
	*l.drives = append(*l.drives, d)
	return nil
}

func (l *driveList) String() string {
	if l.drives == nil {
		return ""
	}
	var all []string
	for _, d := range *l.drives {
		all = append(all, d.String())
	}
	return strings.Join(all, " ")
}
