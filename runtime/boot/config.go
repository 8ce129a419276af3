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

// The modes. Auto, of a Config only, decides by the kernel's kind.
const (
	Auto Mode = iota
	Machine
	Supervisor
)

func (m Mode) String() string {
	switch m {
	case Machine:
		return "M"
	case Supervisor:
		return "S"
	}
	return "auto"
}

// Config is what the user gave. Kernel or BIOS must be there, the rest may be nil
// or zero.
type Config struct {
	Kernel *File // ELF, Linux Image (plain, gzip, EFI zboot) or raw binary
	BIOS   *File // M-mode firmware, ELF or raw binary
	Initrd *File // initial RAM disk
	DTB    *File // device tree to use instead of the machine's own

	// Append is the kernel's command line. With DTB, "" keeps the one in there.
	Append string
	// Raw takes Kernel as it is, whatever it looks like.
	Raw bool
	// LoadAddress is the physical address of a raw kernel, or of a
	// position-independent ELF; 0 means the usual place.
	LoadAddress uint64
	// Mode overrides the mode that the kernel is started in.
	Mode Mode
	// SetMemory has the memory nodes of DTB replaced by the machine's RAM. It is
	// implied when DTB has none.
	SetMemory bool

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

// Range is a piece of guest memory that Load has filled.
type Range struct {
	What  string // "kernel", "initrd", …
	Start uint64 // physical address
	Size  uint64 // bytes, including zeroed ones
}

// Plan says what was loaded and how to start.
type Plan struct {
	// Entry is the physical address at which harts start, in Mode.
	Entry uint64
	Mode  Mode
	// AllHarts says that every hart starts; otherwise only BootHart does, and the
	// others are stopped until the guest starts them.
	AllHarts bool
	BootHart int
	// SBI says that package sbi answers ecalls from S-mode.
	SBI bool
	// A1 and A2 are the registers that every starting hart finds, beside its number
	// in a0. A1 is the device tree's address, 0 if there was no room for one.
	A1, A2 uint64

	// HTIF is not nil if a bare-metal program has a tohost symbol.
	HTIF *HTIF
	// Symbols are the kernel's, nil if it is not an ELF. SymbolBias is added to their
	// values to get the addresses that harts execute.
	Symbols    *elfimage.Symbols
	SymbolBias uint64

	// Loaded is sorted by address.
	Loaded []Range
	// Notes are sentences for the user about what may surprise.
	Notes []string
}
