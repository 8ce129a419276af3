package runtime

import (
	"github.com/hartwood-vm/hartwood/jitworker/codecache"
	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/shardedtlb/setting"
)

// Size is a number of bytes. Its text form takes a binary unit: 64K, 512M, 2G, 1T, also written 2GiB or 2GB.
type Size = setting.Size

// Binary units of Size.
const (
	KiB = setting.KiB
	MiB = setting.MiB
	GiB = setting.GiB
	TiB = setting.TiB
)

// MMUStrategy chooses the levels of the translation cache.
type MMUStrategy = shardedtlb.Strategy

// The strategies.
const (
	// MultiLevel gives each hart private levels only.
	MultiLevel = shardedtlb.MultiLevel
	// Concurrent puts a sharded second level, shared by all harts, behind each hart's private first one.
	Concurrent = shardedtlb.Concurrent
	// Hybrid chooses between the two by itself, and changes its mind when the load does.
	Hybrid = shardedtlb.Hybrid
)

// CachePolicy is the order in which native code leaves a full cache.
type CachePolicy = codecache.Policy

// The policies.
const (
	// LRULFU weighs executions by how long ago the last was.
	LRULFU = codecache.LRU_LFU
	// LRU evicts what has not been executed for longest.
	LRU = codecache.LRU
	// LFU evicts what has been executed least, old executions counting less.
	LFU = codecache.LFU
)

// MMUMode is a mode of address translation.
type MMUMode string

const (
	// Sv39 has three levels of page tables.
	Sv39 MMUMode = "sv39"
	// Sv48 has four.
	Sv48 MMUMode = "sv48"
	// Sv57 has five.
	Sv57 MMUMode = "sv57"
)

// JITMode chooses how guest code is executed.
type JITMode string

const (
	// JITOff interprets everything.
	JITOff JITMode = "off"
	// JITQuick compiles hot blocks, each for itself.
	JITQuick JITMode = "quick"
	// JITOn compiles the hottest loops anew as a whole, too.
	JITOn JITMode = "on"
)

// HugePagesMode says whether the host is asked for huge pages behind RAM.
type HugePagesMode string

const (
	// HugePagesAuto is HugePagesOn for kernels and firmware, and HugePagesOff for bare-metal programs: a kernel touches all
	// its memory in time, while of a small program's a page of 2 MiB would be most.
	HugePagesAuto HugePagesMode = "auto"
	// HugePagesOn asks for them.
	HugePagesOn HugePagesMode = "on"
	// HugePagesOff has the host commit each page of 4 KiB for itself.
	HugePagesOff HugePagesMode = "off"
)

// PerfMapMode says whether Linux perf is told the names of native code.
type PerfMapMode string

const (
	// PerfMapOff writes no file.
	PerfMapOff PerfMapMode = "off"
	// PerfMapOn writes one, which is removed when the last machine of the process that uses it is closed.
	PerfMapOn PerfMapMode = "on"
	// PerfMapKeep leaves it there, for perf report afterwards.
	PerfMapKeep PerfMapMode = "keep"
)

// BusKind is where virtio devices stand.
type BusKind string

const (
	// BusMMIO has each in a slot of memory-mapped registers.
	BusMMIO BusKind = "mmio"
	// BusPCI has them behind a PCI Express host bridge.
	BusPCI BusKind = "pci"
)

// AIAKind is what a machine has of the Advanced Interrupt Architecture.
type AIAKind string

const (
	// AIANone has a PLIC.
	AIANone AIAKind = "none"
	// AIAWired has an APLIC in its place, with a signal to each hart.
	AIAWired AIAKind = "aplic"
	// AIAMessages has an APLIC that sends messages, and an IMSIC for each hart, to which devices on PCI send theirs (MSI-X).
	AIAMessages AIAKind = "aplic-imsic"
)

// ConsoleKind is the device that the machine's Stdin and Stdout are connected to.
type ConsoleKind string

const (
	// ConsoleUART is the 16550 serial port, ttyS0 to Linux.
	ConsoleUART ConsoleKind = "uart"
	// ConsoleVirtio is the virtio console, hvc0 to Linux.
	ConsoleVirtio ConsoleKind = "virtio"
)
