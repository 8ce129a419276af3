package gc

import (
	"sync"
)

// Size is the bytes of address space the device takes.
const Size = 0x1000

// ID is the value of the identification register: "gcpar" and the version of the interface.
const ID = 0x6763_7061_7200_0001

// The registers are 64 bits wide and are accessed whole.
const (
	regID      = 0x00 // R
	regLimit   = 0x08 // R: bytes of the largest heap
	regPhase   = 0x10 // R: Phase
	regCycles  = 0x18 // R: cycles that have ended
	regCommand = 0x20 // W: a command, executed at once
	regError   = 0x28 // R: Code of the last command
	regResult  = 0x30 // R: result of the last command
	regArg     = 0x40 // RW: arguments of the next command
	numArgs    = 5
	regStats   = 0x80 // R: Statistics, a word each
)

// The commands.
const (
	cmdSetup = 1 + iota
	cmdReset
	cmdType
	cmdAddRoots
	cmdRemoveRoots
	cmdCollect
)

// Code is how a command has ended.
type Code uint64

// The codes.
const (
	Done         Code = iota
	BadCommand        // no such command
	NoHeap            // there is no heap yet
	HeapExists        // there is a heap already
	BadRange          // not RAM, or past its end
	BadAlignment      // address or size is not a multiple of what it has to be
	TooLarge          // beyond the limit
	BadType           // the number is taken, reserved or too large, or the description contradicts itself
	BadRoots          // no such range, or too many
	Running           // a cycle runs already
	Failed            // the host could not do it
)

// Phase says what the collector is doing.
type Phase uint64

// The phases.
const (
	Absent  Phase = iota // no heap
	Idle                 // no cycle runs
	Marking              // a cycle runs
)

// Setup says where the heap is.
type Setup struct {
	Base    uint64 // physical address of the first byte
	Size    uint64 // bytes
	Virtual uint64 // address of the first byte as references have it
	TagMask uint64 // bits of a reference that are not part of the address
}

// Type describes the objects of a type.
type Type struct {
	Number      uint64
	Fixed, Elem uint32 // bytes behind the header, and of each element
	FixedRefs   uint64 // a bit for each word of the fixed part that is a reference
	ElemRefs    uint64 // a bit for each word of an element that is one
	Flags       uint64 // bit 0: every word may be one
}

// Roots is a range of physical memory that may hold references.
type Roots struct {
	Start, Len   uint64 // bytes
	Conservative bool   // may point into objects
}

// Controller does what the guest asks for. Its methods are called by a hart's worker, one at a time, and must not block.
type Controller interface {
	Limit() uint64
	Phase() Phase
	Cycles() uint64
	// Statistics are the words from register 0x80 on, at most 64; docs/MANAGED_HEAP.md names them.
	Statistics() []uint64
	Setup(Setup) Code
	Reset() Code
	AddType(Type) Code
	AddRoots(Roots) (id uint64, c Code)
	RemoveRoots(id uint64) Code
	Collect() (cycle uint64, c Code)
}

// Device is the control device.
type Device struct {
	c Controller

	mu sync.Mutex
	r  State
}

// New returns the device of c.
func New(c Controller) *Device { return &Device{c: c} }

// Reset brings the registers to their power-on state; the heap is the Controller's.
func (d *Device) Reset() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.r = State{}
}

// Close does nothing: the device has no goroutine.
func (d *Device) Close() error { return nil }

// Load reads a register; other sizes than 8 are refused.
func (d *Device) Load(off uint64, size int) (uint64, bool) {
	if size != 8 {
		return 0, false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case off == regID:
		return ID, true
	case off == regLimit:
		return d.c.Limit(), true
	case off == regPhase:
		return uint64(d.c.Phase()), true
	case off == regCycles:
		return d.c.Cycles(), true
	case off == regError:
		return uint64(d.r.Code), true
	case off == regResult:
		return d.r.Result, true
	case off >= regArg && off < regArg+8*numArgs:
		return d.r.Args[(off-regArg)/8], true
	case off >= regStats:
		if s := d.c.Statistics(); (off-regStats)/8 < uint64(len(s)) {
			return s[(off-regStats)/8], true
		}
	}
	return 0, true
}

// Store writes a register; other sizes than 8 are refused.
func (d *Device) Store(off uint64, size int, v uint64) bool {
	if size != 8 {
		return false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case off == regCommand:
		d.r.Result = 0
		d.r.Code = d.execute(v)
	case off >= regArg && off < regArg+8*numArgs:
		d.r.Args[(off-regArg)/8] = v
	}
	return true
}

// execute does a command and sets the result.
func (d *Device) execute(command uint64) (c Code) {
	a := &d.r.Args
	switch command {
	case cmdSetup:
		return d.c.Setup(Setup{a[0], a[1], a[2], a[3]})
	case cmdReset:
		return d.c.Reset()
	case cmdType:
		return d.c.AddType(Type{a[0], uint32(a[1]), uint32(a[1] >> 32), a[2], a[3], a[4]})
	case cmdAddRoots:
		d.r.Result, c = d.c.AddRoots(Roots{a[0], a[1], a[2]&1 != 0})
		return c
	case cmdRemoveRoots:
		return d.c.RemoveRoots(a[0])
	case cmdCollect:
		d.r.Result, c = d.c.Collect()
		return c
	}
	return BadCommand
}
