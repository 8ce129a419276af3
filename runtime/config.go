package runtime

import (
	"errors"
	"io"

	"github.com/hartwood-vm/hartwood/gcpar"
	"github.com/hartwood-vm/hartwood/jitworker"
	"github.com/hartwood-vm/hartwood/jitworker/codecache"
	"github.com/hartwood-vm/hartwood/jitworker/codestore"
	"github.com/hartwood-vm/hartwood/jitworker/engine"
	"github.com/hartwood-vm/hartwood/runtime/device/pcie"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio/blk"
	"github.com/hartwood-vm/hartwood/runtime/device/virtio/ports"
	"github.com/hartwood-vm/hartwood/runtime/network"
	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/shardedtlb/setting"
	"github.com/hartwood-vm/hartwood/vcpu/blocks"
)

const (
	// RAMBase is the physical address of the first byte of RAM, as on QEMU's virt machine.
	RAMBase = 0x8000_0000
	// MaxHarts is the largest number of harts of one machine.
	MaxHarts = 4095
	// MaxDrives is the largest number of block devices on the bus of that kind: each takes one of its places, as a virtio
	// console, the entropy device, the network device and each shared directory do.
	MaxDrives    = virtIOSlots
	MaxDrivesPCI = pcie.Slots
)

// Config says what a Machine is made of and what it runs. Start from Default, set what differs and give the result to
// New; Config itself opens and allocates nothing. The fields of the embedded groups are used as its own: Config.Harts.
// Settings has the name, the default and the limits of each field.
type Config struct {
	Guest
	Board
	CPU CPU
	// TLB is the translation cache and what fills it.
	TLB shardedtlb.Config
	JIT JIT
	// CodeCache is the memory for native code.
	CodeCache codecache.Config
	// CodeStore is where native code is kept for later runs.
	CodeStore codestore.Config
	Heap      Heap
	// Profile is what is found out about where the guest spends its time.
	Profile Profile
	Host

	test testHooks
}

// Guest is what a machine runs.
type Guest struct {
	// Program is the path of a bare-metal ELF, or of a raw binary that is put at LoadAddress. Harts enter it in M-mode.
	Program string
	// ProgramData is the same program as bytes in memory, for hosts that carry their guest with them.
	ProgramData []byte
	// LoadAddress is the physical address of a raw binary's first byte, where harts start. An ELF or a Linux Image has its
	// own. 0 means the start of RAM for Program, and RAM + 2 MiB, where firmware leaves off, for Kernel.
	LoadAddress uint64

	// Kernel is the path of a kernel for S-mode: a Linux Image (with or without an EFI stub), an ELF, or a raw binary. An
	// ELF in the first 2 MiB of RAM, where firmware would be, is a bare-metal program and starts in M-mode.
	Kernel string
	// Initrd is the path of the initial RAM disk that Kernel is given.
	Initrd string
	// Append is the kernel's command line. Empty: one that names the console in use.
	Append string
	// Bios is the path of an M-mode firmware, an OpenSBI fw_jump or fw_dynamic, ELF or raw. Empty or BiosDefault: the SBI
	// firmware that is part of the machine. BiosNone: Kernel starts in M-mode, without any.
	Bios string
	// Pflash0 is the path of firmware for S-mode in flash, such as EDK2's code, of 32 MiB. It is started in place of Kernel, which
	// it is handed by fw_cfg.
	Pflash0 string
	// Pflash1 is the path of the second bank of flash, such as EDK2's variables, of 32 MiB. The guest's changes go into the file.
	Pflash1 string
	// DTB is the path of a flattened device tree to be used in place of the one made for the machine.
	DTB string
	// Symbols is the path of an ELF, or of a table such as Linux's System.map, with the names of the guest's functions, for
	// guests whose own files have none. They are for people: in Harts and Warn, and in profiles.
	Symbols string
	// Semihosting has EBREAKs of bare-metal programs that are semihosting calls answered: console, clock, exit, and files
	// where HostFiles allows it.
	Semihosting bool
	// HostFiles is the directory whose files a bare-metal program may read and write, by semihosting and by HTIF's system
	// calls. Empty: none.
	HostFiles string
}

// Board is what a machine has beside the inside of its harts.
type Board struct {
	// Harts is the number of guest CPUs.
	Harts int
	// Memory is the size of RAM in bytes. The host commits a page when the guest first touches it.
	Memory Size
	// HugePages says whether the host is asked for huge pages behind RAM.
	HugePages HugePagesMode
	// Drives are the block devices, in the order in which the guest finds them.
	Drives []Drive
	// DiskFull says what happens when the host has no room for what the guest writes to a drive.
	DiskFull FullPolicy
	// OverlayLimit bounds the temporary file of each overlay, in bytes; 0 lets it take as much as the disk has. An overlay
	// that has reached it is a full disk to which nobody can add room.
	OverlayLimit Size
	// ImageCache is the directory in which packed images are unpacked. Empty: hartwood/images in the user's cache.
	ImageCache string
	// ImageCacheLimit is how many bytes of the disk all images and roots there may take. Those that were not used for longest go.
	ImageCacheLimit Size
	// Console is the device that Stdin and Stdout are connected to.
	Console ConsoleKind
	// RNG puts an entropy device into the slot behind drives and console.
	RNG bool
	// Net is the network device, in the slot behind the entropy device.
	Net Net
	// Forwards are ports of the host's that lead to the guest.
	Forwards []Forward
	// Bus is where the virtio devices stand.
	Bus BusKind
	// AIA chooses the interrupt controllers: the PLIC, or those of the Advanced Interrupt Architecture, with which harts have
	// Smaia and Ssaia.
	AIA AIAKind
	// Shares are directories of the host that the guest can mount, in the slots behind the network device.
	Shares []Share
	// VirtIOLegacy makes all virtio devices ones of version 1, which older drivers expect, in place of 2.
	VirtIOLegacy bool
	// NoReboot ends the run when the guest asks for a reset. Otherwise the machine starts anew.
	NoReboot bool
	// ResetCode is the exit code of a run that NoReboot ends. A kernel that panics asks for a reset like one that reboots.
	ResetCode int
}

// CPU is what harts can do.
type CPU struct {
	// MMU is the largest mode of address translation; the smaller ones come with it. The default is not the largest there
	// is: programs of today refuse Sv57.
	MMU MMUMode
	// StrictAlign makes a misaligned load or store an exception in place of a slower access.
	StrictAlign bool
	// NMIVector is the physical address of the guest's handler of non-maskable interrupts, which Machine.NMI sends. Harts
	// have the extension Smrnmi then, which masks all interrupts until M-mode software allows them. 0 leaves it out.
	NMIVector uint64
}

// JIT is the compiler of native code: what is compiled, and by whom.
type JIT struct {
	// Mode chooses what is compiled. Hosts without a compiler interpret everything.
	Mode JITMode
	// RegionSamples is how many samples have to find a block in native code before the loop around it
	// is compiled anew as a whole, with JITOn.
	RegionSamples int
	jitworker.Config
	// Profile has native code count its executions, for Machine.Blocks. It runs slower then.
	Profile bool
}

// Heap is the managed heap: how large it may be, and its collector.
type Heap struct {
	// Size is the bytes of the largest heap that the guest may have collected; 0 leaves the machine without the collector,
	// its device and its instructions.
	Size Size
	// Reserve is RAM at the upper end that the device tree keeps from the kernel, for a heap of user processes.
	Reserve Size
	gcpar.Config
}

// Profile asks for a profile of the guest.
type Profile struct {
	// CPU is the path of a file for go tool pprof: call stacks with names, and labels for hart, mode and tier. It is
	// written when the run ends, and so are Folded and Flames.
	CPU string
	// Folded is the path of a file that has the same stacks as text, for flame-graph scripts.
	Folded string
	// Flames is the path of an SVG picture of the same stacks, a flame graph.
	Flames string
	// Memory is the path of a file for go tool pprof: what this process has allocated on Go's heap and still holds when the
	// run has ended, by the machine's own functions. Guest RAM and native code lie elsewhere (Stats has them by part).
	Memory string
	// Rate is how often each hart that runs is sampled, in samples a second.
	Rate int
	// Symbols are ELF files that processes of the guest run, for the names of their functions. A file of symbols that were
	// taken out of another one goes beside that.
	Symbols []FilePath
}

// wanted says whether there is to be a profile.
func (p *Profile) wanted() bool { return p.CPU != "" || p.Folded != "" || p.Flames != "" }

// FilePath is the path of a file, for settings that take several.
type FilePath string

// UnmarshalText reads a path.
func (f *FilePath) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		return errors.New("the path is empty; name a file")
	}
	*f = FilePath(text)
	return nil
}

// String is the path.
func (f *FilePath) String() string { return string(*f) }

// MarshalText writes the path.
func (f FilePath) MarshalText() ([]byte, error) { return []byte(f), nil }

// Host is what the machine takes of its host, and how it is connected to it.
type Host struct {
	// PoolSize is the number of workers that harts take turns on. 0 means two for each host CPU.
	PoolSize int
	// PerfMap has the addresses of native code written to /tmp/perf-PID.map, where Linux perf looks for them.
	PerfMap PerfMapMode
	// JITDump is the directory of a file jit-PID.dump, which has all native code that was made, for perf inject --jit. It stays there.
	JITDump string
	// Stats asks for the counters that a summary of the run is made from.
	Stats bool

	// Stdin is what the guest's console reads. Nil: nothing is ever typed. The machine reads it from a goroutine of its
	// own, and one read may still be waiting there when Run has returned.
	Stdin io.Reader
	// Stdout takes what the guest's console writes. Nil: it is thrown away. Run returns when all is written; if it was
	// cancelled or stopped and Stdout takes nothing, it gives up after 150 ms and says so, and one write may still be
	// waiting there.
	Stdout io.Writer
	// Warn is told, in one sentence, of what keeps the guest from going on: a full disk that needs somebody's attention, or
	// harts that trap without progress. It is called by one goroutine at a time, and must not call the machine. Nil: nobody
	// is told.
	Warn func(string)
	// Link is what the network device is connected to in place of what Net says, such as an end of a network.Pair. The
	// machine closes it with itself.
	Link network.Link
	// Ports are streams between programs of the guest and the host, in the slot behind the console; none leaves the device
	// out. Linux has them as /dev/vport0p0 and so on.
	Ports []ports.Port
	// Entropy feeds the guest's random-number device. Nil: the host's secure source.
	Entropy io.Reader
}

// testHooks are for the package's tests.
type testHooks struct {
	budget uint64                    // core.Config.Budget
	ticks  func() int64              // core.Config.Ticks
	wait   bool                      // engine.Config.Wait
	forms  engine.Forms              // engine.Config.Forms
	before func(*blocks.Block) error // engine.Config.Before
	disk   func(blk.Backend) blk.Backend
}

// Default returns the configuration of a machine that has the default of every setting and nothing to run.
func Default() (c Config) {
	for _, group := range c.Settings() {
		setting.Reset(group.Settings)
	}
	return c
}

// HasGuest says whether the configuration names anything to run.
func (c *Config) HasGuest() bool {
	return c.Program != "" || len(c.ProgramData) > 0 || c.Kernel != "" || c.firmware() != "" || c.Pflash0 != ""
}

// Names that Config.Bios takes in place of a path. A file of such a name is given as ./none.
const (
	BiosNone    = "none"
	BiosDefault = "default"
)

// isSystem reports whether a kernel or firmware is started, and no bare-metal program.
func (c *Config) isSystem() bool { return c.Kernel != "" || c.firmware() != "" }

// UsesHugePages reports whether the host is asked for huge pages behind RAM.
func (c *Config) UsesHugePages() bool {
	return c.HugePages == HugePagesOn || c.HugePages == HugePagesAuto && c.isSystem()
}

// firmware is the path of the firmware's file, or "".
func (c *Config) firmware() string {
	if c.Bios == BiosNone || c.Bios == BiosDefault {
		return ""
	}
	return c.Bios
}
