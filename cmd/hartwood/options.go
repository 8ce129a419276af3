package main

import (
	"fmt"
	"io"

	"github.com/hartwood-vm/hartwood/runtime"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// group is options that help shows together.
type group struct {
	title    string
	everyday bool // shown by --help; the others are behind --help-all
	bind     func(*pflag.FlagSet, *runtime.Config)
}

// groups are the options for the fields of a runtime.Config, in the order in which help shows them.
var groups = []group{
	{"Guest", true, bindGuest},
	{"Machine", true, bindMachine},
	{"Harts", false, bindHarts},
	{"Address translation", false, bindTranslation},
	{"Native code", false, bindNative},
	{"Cache of native code", false, bindCodeCache},
	{"Managed heap", false, bindHeap},
	{"Host", false, bindHost},
}

// shownGroup is a group whose options are bound.
type shownGroup struct {
	group
	flags *pflag.FlagSet
}

// bindConfig gives every field of the configuration that a command line can set its flag. A flag's name is the
// field's yaml name; what stands between back quotes is how help names the value.
func bindConfig(flags *pflag.FlagSet, c *runtime.Config) []shownGroup {
	var shown []shownGroup
	for _, g := range groups {
		s := shownGroup{g, newFlagSet(g.title)}
		g.bind(s.flags, c)
		flags.AddFlagSet(s.flags)
		shown = append(shown, s)
	}
	return shown
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

func bindGuest(flags *pflag.FlagSet, c *runtime.Config) {
	flags.StringVarP(&c.Kernel, "kernel", "k", c.Kernel, "kernel `FILE` for S-mode: a Linux Image or vmlinux, another ELF, or a raw binary")
	flags.StringVar(&c.Initrd, "initrd", c.Initrd, "initial RAM disk `FILE` for the kernel")
	flags.StringVar(&c.Append, "append", c.Append, "kernel command `LINE` (default: one that names the console)")
	flags.StringVar(&c.Bios, "bios", c.Bios, "M-mode firmware `FILE`, an OpenSBI fw_jump or fw_dynamic, or none (default: built in)")
	flags.StringVar(&c.DTB, "dtb", c.DTB, "device tree `FILE` to use in place of the generated one")
	flags.StringVar(&c.Symbols, "symbols", c.Symbols, "`FILE` with the names of the guest's functions: a vmlinux, or a System.map")
	flags.Var((*address)(&c.LoadAddress), "load-address", "`ADDRESS` of a raw binary (default: RAM, or RAM + 2 MiB with --kernel)")
	flags.BoolVar(&c.Semihosting, "semihosting", c.Semihosting, "answer semihosting calls of bare-metal programs")
	flags.StringVar(&c.HostFiles, "host-files", c.HostFiles, "`DIRECTORY` whose files bare-metal programs may read and write (default: none)")
}

func bindMachine(flags *pflag.FlagSet, c *runtime.Config) {
	flags.IntVarP(&c.Harts, "harts", "n", c.Harts, "`NUMBER` of guest CPUs, 1 to 4095")
	flags.VarP(&textValue{&c.Memory, "size"}, "memory", "m", "`SIZE` of RAM, such as 512M or 2G; committed as it is touched")
	flags.Var(&driveList{drives: &c.Drives}, "drive", "raw disk image `FILE`, options behind commas as above; may be repeated")
	flags.Var(&textValue{&c.Console, "name"}, "console", "`DEVICE` that the terminal is connected to: uart or virtio")
	flags.Var(&textValue{&c.DiskFull, "name"}, "disk-full", "`POLICY` when the host has no room for a drive: pause, end or report (to the guest)")
	flags.Var(&textValue{&c.OverlayLimit, "size"}, "overlay-limit", "`SIZE` that each overlay may grow to, 0 for any")
	flags.BoolVar(&c.RNG, "rng", c.RNG, "put an entropy device behind the other virtio devices")
	flags.BoolVar(&c.VirtIOLegacy, "virtio-legacy", c.VirtIOLegacy, "make virtio devices ones of version 1, for older drivers")
	flags.BoolVar(&c.NoReboot, "no-reboot", c.NoReboot, "end when the guest asks for a reset")
	flags.IntVar(&c.ResetCode, "reset-code", c.ResetCode, "exit `CODE` when --no-reboot ends the run, as after a kernel's panic")
	flags.BoolVar(&c.Stats, "stats", c.Stats, "print a summary of the run on standard error")
}

func bindHarts(flags *pflag.FlagSet, c *runtime.Config) {
	flags.BoolVar(&c.StrictAlign, "strict-align", c.StrictAlign, "make misaligned accesses exceptions")
	flags.Var((*address)(&c.NMIVector), "nmi-vector", "give harts Smrnmi, with `ADDRESS` of the guest's NMI handler (default: no NMIs)")
	flags.IntVar(&c.PMPGranularity, "pmp-granularity", c.PMPGranularity, "`BYTES` of the smallest region of physical memory protection: 4096 or 4")
}

func bindTranslation(flags *pflag.FlagSet, c *runtime.Config) {
	flags.Var(&textValue{&c.MMU, "mode"}, "mmu", "largest `MODE` of address translation: sv39, sv48 or sv57")
	flags.Var(&textValue{&c.MMUStrategy, "name"}, "mmu-strategy", "translation cache `STRATEGY`: multilevel, concurrent or hybrid")
	flags.BoolVar(&c.Prefetch, "prefetch", c.Prefetch, "fetch translations ahead of use")
	flags.IntVar(&c.PrefetchHistory, "prefetch-history", c.PrefetchHistory, "`NUMBER` of misses in which a pattern is looked for, 3 to 4096")
	flags.IntVar(&c.PrefetchDistance, "prefetch-distance", c.PrefetchDistance, "`NUMBER` of pages fetched ahead, 1 to 64")
	flags.BoolVar(&c.HugePages, "huge-pages", c.HugePages, "ask the host for huge pages behind RAM")
}

func bindNative(flags *pflag.FlagSet, c *runtime.Config) {
	flags.Var(&textValue{&c.JIT, "mode"}, "jit", "`MODE` of execution: off (interpret), quick or on")
	flags.IntVar(&c.JITThresholdMin, "jit-threshold-min", c.JITThresholdMin, "smallest `NUMBER` of executions that makes a block hot")
	flags.IntVar(&c.JITThresholdMax, "jit-threshold-max", c.JITThresholdMax, "largest `NUMBER` of executions that a block is interpreted")
	flags.IntVar(&c.JITWorkers, "jit-workers", c.JITWorkers, "`NUMBER` of workers that compile (default: one for two host CPUs)")
	flags.IntVar(&c.JITWindow, "jit-window", c.JITWindow, "`NUMBER` of samples that the threshold follows")
	flags.Float64Var(&c.JITWeightCompile, "jit-weight-compile", c.JITWeightCompile, "`WEIGHT` of compile time for the threshold")
	flags.Float64Var(&c.JITWeightBenefit, "jit-weight-benefit", c.JITWeightBenefit, "`WEIGHT` of the gain for the threshold")
	flags.DurationVar(&c.JITBudget, "jit-budget", c.JITBudget, "`TIME` that one compilation may take, 0 for any")
}

func bindCodeCache(flags *pflag.FlagSet, c *runtime.Config) {
	flags.IntVar(&c.CodeCacheEntries, "code-cache-entries", c.CodeCacheEntries, "`NUMBER` of guest pages whose native code is kept")
	flags.Var(&textValue{&c.CodeCacheBytes, "size"}, "code-cache-bytes", "`SIZE` of the memory for native code, 256K to 1G")
	flags.Var(&textValue{&c.CodeCachePolicy, "name"}, "code-cache-policy", "`POLICY` of eviction: lru_lfu, lru or lfu")
	flags.DurationVar(&c.CodeCacheCleanup, "code-cache-cleanup", c.CodeCacheCleanup, "`TIME` between clean-ups of native code")
	flags.Float64Var(&c.CodeCacheDecay, "code-cache-decay", c.CodeCacheDecay, "`FACTOR` by which a clean-up lets hotness decay")
	flags.IntVar(&c.CodeCacheWarmup, "code-cache-warmup", c.CodeCacheWarmup, "`NUMBER` of latest compilations whose pages are spared as long as possible")
}

func bindHeap(flags *pflag.FlagSet, c *runtime.Config) {
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
}

func bindHost(flags *pflag.FlagSet, c *runtime.Config) {
	flags.IntVar(&c.PoolSize, "pool-size", c.PoolSize, "`NUMBER` of workers that harts take turns on (default: two a host CPU)")
	flags.VarPF(&textValue{&c.PerfMap, "mode"}, "perf-map", "", "write /tmp/perf-PID.map, which Linux perf reads, and remove it at the end, or `MODE` keep").NoOptDefVal = string(runtime.PerfMapOn)
}
