package runtime

import (
	"io"
	"time"

	"github.com/hartwood-vm/hartwood/runtime/device/virtio/blk"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
)

const (
	// RAMBase is the physical address of the first byte of RAM, as on QEMU's virt machine.
	RAMBase = 0x8000_0000
	// MaxHarts is the largest number of harts of one machine.
	MaxHarts = 4095
	// MaxDrives is the largest number of block devices: each takes a virtio-mmio slot, as a virtio console and the
	// entropy device do.
	MaxDrives = virtIOSlots
)

// Config says what a Machine is made of and what it runs. Start from Default, set what differs and give the result to
// New; Config itself opens and allocates nothing. A field's yaml tag is its name in a configuration file and, behind
// two dashes, on the command line.
type Config struct {
	// Harts is the number of guest CPUs, 1 to MaxHarts. Default 1.
	Harts int `yaml:"harts"`
	// Memory is the size of RAM in bytes, a multiple of 4 KiB. The host commits a page when the guest first touches it.
	// Default 512 MiB.
	Memory Size `yaml:"memory"`

	// Program is the path of a bare-metal ELF, or of a raw binary that is put at LoadAddress. Harts enter it in M-mode.
	Program string `yaml:"program"`
	// ProgramData is the same program as bytes in memory, for hosts that carry their guest with them.
	ProgramData []byte `yaml:"-"`
	// LoadAddress is the physical address of a raw binary's first byte, where harts start. An ELF or a Linux Image has its
	// own. 0, the default, means the start of RAM for Program, and RAM + 2 MiB, where firmware leaves off, for Kernel.
	LoadAddress uint64 `yaml:"load-address"`

	// Kernel is the path of a kernel for S-mode: a Linux Image (with or without an EFI stub), an ELF, or a raw binary. An
	// ELF in the first 2 MiB of RAM, where firmware would be, is a bare-metal program and starts in M-mode.
	Kernel string `yaml:"kernel"`
	// Initrd is the path of the initial RAM disk that Kernel is given.
	Initrd string `yaml:"initrd"`
	// Append is the kernel's command line. Empty: one that names the console in use.
	Append string `yaml:"append"`
	// Bios is the path of an M-mode firmware, an OpenSBI fw_jump or fw_dynamic, ELF or raw. Empty or BiosDefault: the SBI
	// firmware that is part of the machine. BiosNone: Kernel starts in M-mode, without any.
	Bios string `yaml:"bios"`
	// DTB is the path of a flattened device tree to be used in place of the one made for the machine.
	DTB string `yaml:"dtb"`
	// Semihosting has EBREAKs of bare-metal programs that are semihosting calls answered: console, clock, exit, and files
	// where HostFiles allows it. Default true.
	Semihosting bool `yaml:"semihosting"`
	// HostFiles is the directory whose files a bare-metal program may read and write, by semihosting and by HTIF's system
	// calls. Empty, the default: none.
	HostFiles string `yaml:"host-files"`
	// Symbols is the path of an ELF, or of a table such as Linux's System.map, with the names of the guest's functions, for
	// guests whose own files have none. They are for people: in Harts and Warn, and in profiles.
	Symbols string `yaml:"symbols"`
	// Drives are the block devices, in the order in which the guest finds them.
	Drives []Drive `yaml:"drive"`

	// DiskFull says what happens when the host has no room for what the guest writes to a drive. Default PauseIfFull.
	DiskFull FullPolicy `yaml:"disk-full"`
	// OverlayLimit bounds the temporary file of each overlay, in bytes; 0, the default, lets it take as much as the disk
	// has. An overlay that has reached it is a full disk to which nobody can add room.
	OverlayLimit Size `yaml:"overlay-limit"`

	// Console is the device that Stdin and Stdout are connected to. Default ConsoleUART.
	Console ConsoleKind `yaml:"console"`
	// RNG puts an entropy device into the slot behind drives and console. Default true.
	RNG bool `yaml:"rng"`
	// VirtIOLegacy makes all virtio devices ones of version 1, which older drivers expect. Default false: version 2.
	VirtIOLegacy bool `yaml:"virtio-legacy"`

	// MMU is the largest mode of address translation that harts have; the smaller ones come with it. Default Sv48: programs
	// of today refuse Sv57.
	MMU MMUMode `yaml:"mmu"`
	// MMUStrategy chooses the levels of the translation cache. Default Concurrent.
	MMUStrategy MMUStrategy `yaml:"mmu-strategy"`
	// StrictAlign makes a misaligned load or store an exception in place of a slower access. Default false.
	StrictAlign bool `yaml:"strict-align"`
	// NMIVector is the physical address of the guest's handler of non-maskable interrupts, which Machine.NMI sends. Harts
	// have the extension Smrnmi then, which masks all interrupts until M-mode software allows them. 0, the default, leaves
	// it out.
	NMIVector uint64 `yaml:"nmi-vector"`
	// PMPGranularity is the bytes of the smallest region that physical memory protection tells apart: 4096 or 4.
	// Pages that entries split are slow. Default 4096.
	PMPGranularity int `yaml:"pmp-granularity"`
	// HugePages asks the host for huge pages behind RAM. Default false.
	HugePages bool `yaml:"huge-pages"`
	// Prefetch lets a translation-cache miss fetch translations that are likely to follow. Default true.
	Prefetch bool `yaml:"prefetch"`
	// PrefetchHistory is the number of recent misses in which a hart looks for a pattern, 3 to 4096. Default 100.
	PrefetchHistory int `yaml:"prefetch-history"`
	// PrefetchDistance is the number of pages fetched ahead, 1 to 64. Default 4.
	PrefetchDistance int `yaml:"prefetch-distance"`

	// JIT chooses what is compiled to native code. Default JITOn; hosts without a compiler interpret.
	JIT JITMode `yaml:"jit"`
	// JITThresholdMin and JITThresholdMax bound the number of executions after which a block is compiled; between them
	// it adapts to what compiling costs and brings. Defaults 50 and 500.
	JITThresholdMin int `yaml:"jit-threshold-min"`
	JITThresholdMax int `yaml:"jit-threshold-max"`
	// JITWorkers is the number of workers that compile. 0, the default, means one for every two host CPUs.
	JITWorkers int `yaml:"jit-workers"`
	// JITWindow is the number of compilations, and of measurements of what native code gains, that the threshold
	// follows, 1 to 2^20. Default 1000.
	JITWindow int `yaml:"jit-window"`
	// JITWeightCompile and JITWeightBenefit say how much the cost of compiling and the gain count for the threshold, 0
	// to 1,000,000 and not both 0. Defaults 0.3 and 0.7.
	JITWeightCompile float64 `yaml:"jit-weight-compile"`
	JITWeightBenefit float64 `yaml:"jit-weight-benefit"`
	// JITBudget is the time that one compilation may take; longer ones raise the threshold. 0: any. Default 10 ms.
	JITBudget time.Duration `yaml:"jit-budget"`
	// PerfMap has the addresses of native code written to /tmp/perf-PID.map, where Linux perf looks for them. Default
	// PerfMapOff.
	PerfMap PerfMapMode `yaml:"perf-map"`
	// Profile has native code count its executions, for Machine.Blocks. It runs slower then. Default false.
	Profile bool `yaml:"-"`

	// CodeCacheEntries is the number of guest pages whose native code is kept, 16 to 2^30. Default 10,000.
	CodeCacheEntries int `yaml:"code-cache-entries"`
	// CodeCacheBytes is the host memory for native code, 256 KiB to 1 GiB. Default 128 MiB.
	CodeCacheBytes Size `yaml:"code-cache-bytes"`
	// CodeCachePolicy chooses what leaves the full cache. Default LRULFU.
	CodeCachePolicy CachePolicy `yaml:"code-cache-policy"`
	// CodeCacheCleanup is the time between two clean-ups, which let hotness decay and evict what has become cold.
	// Default one minute.
	CodeCacheCleanup time.Duration `yaml:"code-cache-cleanup"`
	// CodeCacheDecay is what a clean-up multiplies hotness by, above 0 and up to 1. Default 0.95.
	CodeCacheDecay float64 `yaml:"code-cache-decay"`
	// CodeCacheWarmup is the number of latest blocks that leave the cache only when nothing else can. Default 100.
	CodeCacheWarmup int `yaml:"code-cache-warmup"`

	// ManagedHeap is the size in bytes of the largest heap that the guest may have collected, a multiple of 64 KiB; 0
	// leaves the machine without the collector, its device and its instructions. Default 256 MiB.
	ManagedHeap Size `yaml:"managed-heap"`
	// ManagedHeapReserve is RAM at the upper end that the device tree keeps from the kernel, for a heap of user
	// processes. Default 0.
	ManagedHeapReserve Size `yaml:"managed-heap-reserve"`
	// GCWorkers is the number of markers. 0, the default, means one for each host CPU.
	GCWorkers int `yaml:"gc-workers"`
	// GCShards is the number of buffers that write barriers log into; 0: one for each host CPU. Default 8.
	GCShards int `yaml:"gc-shards"`
	// GCConcurrent lets harts run while objects are marked. Default true.
	GCConcurrent bool `yaml:"gc-concurrent"`
	// GCMarkQuota and GCSweepQuota are how long markers and the sweeper work before they give way to harts. Defaults
	// 1 ms and 0.5 ms.
	GCMarkQuota  time.Duration `yaml:"gc-mark-quota"`
	GCSweepQuota time.Duration `yaml:"gc-sweep-quota"`
	// GCAdaptive lets the mark quota follow the room that collections leave. Default true.
	GCAdaptive bool `yaml:"gc-adaptive"`
	// GCTrigger is the occupancy at which a collection begins, GCTarget the one before which none begins by itself, 0
	// to 1. Defaults 0.8 and 0.7.
	GCTrigger float64 `yaml:"gc-trigger"`
	GCTarget  float64 `yaml:"gc-target"`
	// GCStep is the number of objects that are marked between two looks at the clock. Default 100.
	GCStep int `yaml:"gc-step"`
	// GCVerify stops the harts after each marking and looks for reachable objects that are not marked, which a guest's
	// stores without the barrier cause. Default false.
	GCVerify bool `yaml:"gc-verify"`

	// PoolSize is the number of workers that harts take turns on. 0, the default, means two for each host CPU.
	PoolSize int `yaml:"pool-size"`
	// NoReboot ends the run when the guest asks for a reset. Default false: the machine starts anew.
	NoReboot bool `yaml:"no-reboot"`
	// ResetCode is the exit code of a run that NoReboot ends, 0 to 255. A kernel that panics asks for a reset like one that
	// reboots. Default 0.
	ResetCode int `yaml:"reset-code"`
	// Stats asks for the counters that a summary of the run is made from. Default false.
	Stats bool `yaml:"stats"`

	// Stdin is what the guest's console reads. Nil: nothing is ever typed. The machine reads it from a goroutine of its
	// own, and one read may still be waiting there when Run has returned.
	Stdin io.Reader `yaml:"-"`
	// Stdout takes what the guest's console writes. Nil: it is thrown away. Run returns when all is written; if it was
	// cancelled or stopped and Stdout takes nothing, it gives up after 150 ms and says so, and one write may still be
	// waiting there.
	Stdout io.Writer `yaml:"-"`
	// Warn is told, in one sentence, of what keeps the guest from going on: a full disk that needs somebody's attention, or
	// harts that trap without progress. It is called by one goroutine at a time, and must not call the machine. Nil: nobody
	// is told.
	Warn func(string) `yaml:"-"`
	// Entropy feeds the guest's random-number device. Nil: the host's secure source.
	Entropy io.Reader `yaml:"-"`

	test testHooks `yaml:"-"`
}

// testHooks are for the package's tests.
type testHooks struct {
	budget uint64                    // vcpu.Params.Budget
	wait   bool                      // engine.Config.Wait
	before func(*interp.Block) error // engine.Config.Before
	disk   func(blk.Backend) blk.Backend
}

// Default returns the configuration of a machine with one hart, 512 MiB of RAM and nothing to run.
func Default() Config {
	return Config{
		Harts:            1,
		Memory:           512 * MiB,
		DiskFull:         PauseIfFull,
		Console:          ConsoleUART,
		RNG:              true,
		PMPGranularity:   coarsePMP,
		MMU:              Sv48,
		Semihosting:      true,
		MMUStrategy:      Concurrent,
		Prefetch:         true,
		PrefetchHistory:  100,
		PrefetchDistance: 4,
		JIT:              JITOn,
		JITThresholdMin:  50,
		JITThresholdMax:  500,
		JITWindow:        1000,
		JITWeightCompile: 0.3,
		JITWeightBenefit: 0.7,
		JITBudget:        10 * time.Millisecond,
		PerfMap:          PerfMapOff,
		CodeCacheEntries: 10_000,
		CodeCacheBytes:   128 * MiB,
		CodeCachePolicy:  LRULFU,
		CodeCacheCleanup: time.Minute,
		CodeCacheDecay:   0.95,
		CodeCacheWarmup:  100,
		ManagedHeap:      256 * MiB,
		GCShards:         8,
		GCConcurrent:     true,
		GCMarkQuota:      time.Millisecond,
		GCSweepQuota:     500 * time.Microsecond,
		GCAdaptive:       true,
		GCTrigger:        0.8,
		GCTarget:         0.7,
		GCStep:           100,
	}
}

// HasGuest says whether the configuration names anything to run.
func (c *Config) HasGuest() bool {
	return c.Program != "" || len(c.ProgramData) > 0 || c.Kernel != "" || c.firmware() != ""
}

// Names that Config.Bios takes in place of a path. A file of such a name is given as ./none.
const (
	BiosNone    = "none"
	BiosDefault = "default"
)

// firmware is the path of the firmware's file, or "".
func (c *Config) firmware() string {
	if c.Bios == BiosNone || c.Bios == BiosDefault {
		return ""
	}
	return c.Bios
}
