package main

import (
	"encoding"
	"strconv"
	"strings"

	"github.com/hartwood-vm/hartwood/runtime"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// bindConfig gives every field of the configuration that a command line can set its flag. A flag's name is the
// field's yaml name; what stands between back quotes is how help names the value.
func bindConfig(flags *pflag.FlagSet, c *runtime.Config) {
	flags.IntVarP(&c.Harts, "harts", "n", c.Harts, "`NUMBER` of guest CPUs, 1 to 4095")
	flags.VarP(&textValue{&c.Memory, "size"}, "memory", "m", "`SIZE` of RAM, such as 512M or 2G; committed as it is touched")

	flags.StringVarP(&c.Kernel, "kernel", "k", c.Kernel, "Linux Image (EFI stub or not) or vmlinux `FILE`")
	flags.StringVar(&c.Initrd, "initrd", c.Initrd, "initial RAM disk `FILE` for the kernel")
	flags.StringVar(&c.Append, "append", c.Append, "kernel command `LINE` (default: one that names the console)")
	flags.StringVar(&c.Bios, "bios", c.Bios, "M-mode firmware `FILE`, an OpenSBI fw_jump or fw_dynamic (default: built in)")
	flags.StringVar(&c.DTB, "dtb", c.DTB, "device tree `FILE` to use in place of the generated one")
	flags.Var((*address)(&c.LoadAddress), "load-address", "`ADDRESS` of a raw binary, where harts start")

	flags.Var(&driveList{drives: &c.Drives}, "drive", "raw disk image `FILE`, options behind commas as above; may be repeated")
	flags.Var(&textValue{&c.Console, "name"}, "console", "`DEVICE` that the terminal is connected to: uart or virtio")

	flags.Var(&textValue{&c.MMUStrategy, "name"}, "mmu-strategy", "translation cache `STRATEGY`: multilevel, concurrent or hybrid")
	flags.BoolVar(&c.StrictAlign, "strict-align", c.StrictAlign, "make misaligned accesses exceptions")
	flags.BoolVar(&c.HugePages, "huge-pages", c.HugePages, "ask the host for huge pages behind RAM")
	flags.BoolVar(&c.Prefetch, "prefetch", c.Prefetch, "fetch translations ahead of use")
	flags.IntVar(&c.PrefetchHistory, "prefetch-history", c.PrefetchHistory, "`NUMBER` of misses in which a pattern is looked for, 3 to 4096")
	flags.IntVar(&c.PrefetchDistance, "prefetch-distance", c.PrefetchDistance, "`NUMBER` of pages fetched ahead, 1 to 64")
	flags.Var(&textValue{&c.JIT, "mode"}, "jit", "`MODE` of execution: off (interpret), quick or on")
	flags.IntVar(&c.JITThresholdMin, "jit-threshold-min", c.JITThresholdMin, "smallest `NUMBER` of executions that makes a block hot")
	flags.IntVar(&c.JITThresholdMax, "jit-threshold-max", c.JITThresholdMax, "largest `NUMBER` of executions that a block is interpreted")
	flags.IntVar(&c.JITWorkers, "jit-workers", c.JITWorkers, "`NUMBER` of workers that compile (default: one for two host CPUs)")
	flags.IntVar(&c.JITWindow, "jit-window", c.JITWindow, "`NUMBER` of samples that the threshold follows")
	flags.Float64Var(&c.JITWeightCompile, "jit-weight-compile", c.JITWeightCompile, "`WEIGHT` of compile time for the threshold")
	flags.Float64Var(&c.JITWeightBenefit, "jit-weight-benefit", c.JITWeightBenefit, "`WEIGHT` of the gain for the threshold")
	flags.DurationVar(&c.JITBudget, "jit-budget", c.JITBudget, "`TIME` that one compilation may take, 0 for any")
	flags.IntVar(&c.CodeCacheEntries, "code-cache-entries", c.CodeCacheEntries, "`NUMBER` of blocks whose native code is kept")
	flags.Var(&textValue{&c.CodeCacheBytes, "size"}, "code-cache-bytes", "`SIZE` of the memory for native code, 256K to 1G")
	flags.Var(&textValue{&c.CodeCachePolicy, "name"}, "code-cache-policy", "`POLICY` of eviction: lru_lfu, lru or lfu")
	flags.DurationVar(&c.CodeCacheCleanup, "code-cache-cleanup", c.CodeCacheCleanup, "`TIME` between clean-ups of native code")
	flags.Float64Var(&c.CodeCacheDecay, "code-cache-decay", c.CodeCacheDecay, "`FACTOR` by which a clean-up lets hotness decay")
	flags.IntVar(&c.CodeCacheWarmup, "code-cache-warmup", c.CodeCacheWarmup, "`NUMBER` of latest blocks that are spared as long as possible")
	flags.BoolVar(&c.PerfMap, "perf-map", c.PerfMap, "write /tmp/perf-PID.map, which Linux perf reads")
	flags.Var(&textValue{&c.ManagedHeap, "size"}, "managed-heap", "`SIZE` of the largest heap that is collected for the guest, 0 for none")
	flags.Var(&textValue{&c.ManagedHeapReserve, "size"}, "managed-heap-reserve", "`SIZE` of RAM kept from the kernel for a heap of user processes")
	flags.IntVar(&c.GCWorkers, "gc-workers", c.GCWorkers, "`NUMBER` of workers that mark (default: one for each host CPU)")
	flags.IntVar(&c.GCShards, "gc-shards", c.GCShards, "`NUMBER` of buffers of the write barrier, 0 for one for each host CPU")
	flags.BoolVar(&c.GCConcurrent, "gc-concurrent", c.GCConcurrent, "let harts run while objects are marked")
	flags.DurationVar(&c.GCMarkQuota, "gc-mark-quota", c.GCMarkQuota, "`TIME` that a marker works before it gives way")
	flags.DurationVar(&c.GCSweepQuota, "gc-sweep-quota", c.GCSweepQuota, "`TIME` that the sweeper works before it gives way")
	flags.BoolVar(&c.GCAdaptive, "gc-adaptive", c.GCAdaptive, "let the mark quota follow the room that collections leave")
	flags.Float64Var(&c.GCTrigger, "gc-trigger", c.GCTrigger, "`OCCUPANCY` of the managed heap that starts a collection, 0 to 1")
	flags.Float64Var(&c.GCTarget, "gc-target", c.GCTarget, "`OCCUPANCY` below which no collection starts by itself")
	flags.IntVar(&c.GCStep, "gc-step", c.GCStep, "`NUMBER` of objects marked between two looks at the clock")
	flags.BoolVar(&c.GCVerify, "gc-verify", c.GCVerify, "look for reachable objects that are not marked, harts stopped")
	flags.IntVar(&c.PoolSize, "pool-size", c.PoolSize, "`NUMBER` of workers that harts take turns on (default: two a host CPU)")
	flags.BoolVar(&c.NoReboot, "no-reboot", c.NoReboot, "end when the guest asks for a reset")
	flags.BoolVar(&c.Stats, "stats", c.Stats, "print a summary of the run on standard error")
}

// completeConfig tells shells what can follow a flag.
func completeConfig(cmd *cobra.Command) {
	words := map[string][]string{
		"mmu-strategy":      {string(runtime.MultiLevel), string(runtime.Concurrent), string(runtime.Hybrid)},
		"jit":               {string(runtime.JITOff), string(runtime.JITQuick), string(runtime.JITOn)},
		"code-cache-policy": {string(runtime.LRULFU), string(runtime.LRU), string(runtime.LFU)},
		"code-cache-bytes":  {"16M", "128M", "512M"},
		"console":           {string(runtime.ConsoleUART), string(runtime.ConsoleVirtio)},
		"memory":            {"512M", "1G", "2G", "4G"},
		"harts":             {"1", "2", "4", "8"},
		"append":            nil,
		"load-address":      nil,
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

func (a *address) Type() string   { return "address" }
func (a *address) String() string { return "0x" + strconv.FormatUint(uint64(*a), 16) }

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
