package boot

import (
	"errors"
	"io"

	"github.com/hartwood-vm/hartwood/runtime/boot/devicetree"
	"github.com/hartwood-vm/hartwood/runtime/boot/elfimage"
)

var (
	// ErrConfig reports files and settings that do not go together.
	ErrConfig = errors.New("cannot boot")
	// ErrMemory reports that something does not fit into the guest's RAM.
	ErrMemory = errors.New("does not fit into memory")
	// ErrFile reports a file that is empty or ends early.
	ErrFile = errors.New("unusable file")
	// ErrDeviceTree reports a device tree that contradicts the machine.
	ErrDeviceTree = errors.New("device tree does not describe this machine")
)

// File is an open file. Name is used in messages only.
type File struct {
	Name string
	Data io.ReaderAt
	Size int64 // bytes
}

// Mode is a privilege mode to start in.
type Mode uint8

// The modes.
const (
	Machine Mode = iota
	Supervisor
)

// Config is what the user gave. Kernel or BIOS must be there, the rest may be nil
// or zero.
type Config struct {
	Kernel *File // ELF, Linux Image (plain, gzip, EFI zboot) or raw binary
	BIOS   *File // M-mode firmware, ELF or raw binary
	Initrd *File // initial RAM disk
	DTB    *File // device tree to use instead of the machine's own

	// Program says that Kernel is a bare-metal program. Then a raw binary goes to the start of RAM and starts in M-mode;
	// otherwise it goes behind the firmware and starts in S-mode.
	Program bool
	// NoFirmware starts Kernel in M-mode whatever it is. Without BIOS only.
	NoFirmware bool

	// Flash is the address of firmware that is there already and started in place of Kernel, which it finds by itself; 0: none.
	Flash uint64
	// Append is the kernel's command line. With DTB, "" keeps the one in there.
	Append string
	// LoadAddress is the physical address of a raw kernel, or of a
	// position-independent ELF; 0 means the usual place.
	LoadAddress uint64

	// Tree describes the machine. RAMBase and RAMSize are filled in by Load.
	Tree devicetree.Config
	// RNGSeed feeds the guest kernel's random number generator; nil: none.
	RNGSeed []byte
}

// HTIF is where a bare-metal program talks to its host.
type HTIF struct {
	ToHost   uint64 // physical address, 8-byte aligned, in RAM
	FromHost uint64 // the same; 0 if the program has none
}

// Plan says what was loaded and how to start.
type Plan struct {
	// Entry is the physical address at which harts start, in Mode. Package sbi answers
	// ecalls from a guest that starts in S-mode.
	Entry uint64
	Mode  Mode
	// AllHarts says that every hart starts; otherwise only BootHart does, and the
	// others are stopped until the guest starts them.
	AllHarts bool
	BootHart int
	// A1 and A2 are the registers that every starting hart finds, beside its number
	// in a0. A1 is the device tree's address, 0 if there was no room for one.
	A1, A2 uint64
	// Tree is the device tree's blob, which nobody changes; nil if there was no room for it.
	Tree []byte

	// HTIF is not nil if a bare-metal program has a tohost symbol.
	HTIF *HTIF
	// Symbols are the kernel's, nil if it is not an ELF. SymbolBias is added to their
	// values to get the addresses that harts execute.
	Symbols    *elfimage.Symbols
	SymbolBias uint64
	// BIOSSymbols and BIOSBias are the same of the firmware.
	BIOSSymbols *elfimage.Symbols
	BIOSBias    uint64

	// Notes are sentences for the user about what may surprise.
	Notes []string
}
