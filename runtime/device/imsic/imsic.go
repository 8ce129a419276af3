package imsic

import (
	"errors"
	"fmt"
	"math/bits"

	"github.com/hartwood-vm/hartwood/runtime/device"
)

const (
	// PageSize is the bytes of address space of one file.
	PageSize = 4096
	// MaxHarts is the number of harts that there is room for between the two regions' places.
	MaxHarts = 1 << 12

	regSetPending = 0x000 // seteipnum_le
)

// ErrConfig reports a Config of which there is no controller.
var ErrConfig = errors.New("imsic: impossible configuration")

// Config is what the machine gives the controller.
type Config struct {
	Harts int
	// Output is told each change of the external interrupt of a hart, with the file's lock held: it must not block and not
	// call the controller.
	Output func(hart int, level bool)
}

// Device is the interrupt files of all harts of one level.
type Device struct{ files []InterruptFile }

// Size is the bytes of address space for that many harts.
func Size(harts int) uint64 { return PageSize << bits.Len(uint(harts-1)) }

// New returns a controller whose files deliver nothing.
func New(cfg Config) (*Device, error) {
	if cfg.Harts < 1 || cfg.Harts > MaxHarts || cfg.Output == nil {
		return nil, fmt.Errorf("%w: %d harts (want 1 to %d, and a function for their interrupts)", ErrConfig, cfg.Harts, MaxHarts)
	}
	d := &Device{files: make([]InterruptFile, cfg.Harts)}
	for i := range d.files {
		d.files[i].output = func(level bool) { cfg.Output(i, level) }
	}
	return d, nil
}

// File returns the file of a hart.
func (d *Device) File(hart int) *InterruptFile { return &d.files[hart] }

// Load reads zero, everywhere.
func (d *Device) Load(_ uint64, size int) (uint64, bool) { return 0, size == 4 }

// Store of an identity to a file's page makes it pending.
func (d *Device) Store(off uint64, size int, v uint64) bool {
	if size != 4 {
		return false
	}
	if hart := off / PageSize; off%PageSize == regSetPending && hart < uint64(len(d.files)) {
		d.files[hart].Post(uint32(v))
	}
	return true
}

// Reset makes nothing pending and nothing enabled.
func (d *Device) Reset() {
	for i := range d.files {
		d.files[i].set(FileState{})
	}
}

// Close does nothing: the controller has no goroutine.
func (d *Device) Close() error { return nil }

// State is the registers of all files, by harts.
type State struct{ Files []FileState }

const stateVersion = 1

// State is the controller's Saver.
func (d *Device) State() device.Saver { return device.StateOf(stateVersion, d) }

// Save returns the registers.
func (d *Device) Save() (State, error) {
	s := State{Files: make([]FileState, len(d.files))}
	for i := range d.files {
		s.Files[i] = d.files[i].get()
	}
	return s, nil
}

// Restore takes registers over.
func (d *Device) Restore(s State) error {
	if len(s.Files) != len(d.files) {
		return device.BadField("Files", "%d of them, want %d", len(s.Files), len(d.files))
	}
	for i, f := range s.Files {
		switch {
		case f.Threshold > Identities:
			return device.BadField("Threshold", "%d of hart %d, want 0 to %d", f.Threshold, i, Identities)
		case f.Pending[0]&1 != 0:
			return device.BadField("Pending", "there is no identity 0")
		case f.Enabled[0]&1 != 0:
			return device.BadField("Enabled", "there is no identity 0")
		}
	}
	for i, f := range s.Files {
		d.files[i].set(f)
	}
	return nil
}
