package plic

import (
	"errors"
	"fmt"
	"sync"

	"github.com/hartwood-vm/hartwood/runtime/device"
)

const (
	// Sources is the highest source number; sources count from 1.
	Sources = 95
	// MaxContexts is the number of contexts of 4,095 harts.
	MaxContexts = 2 * 4095
	// MaxPriority is the highest priority and threshold.
	MaxPriority = 7

	words = (Sources + 32) / 32 // of a bitmap of sources, bit 0 unused

	minSize = 0x600000
)

// Size returns the bytes of address space that a controller with that many
// contexts takes: never less than QEMU's virt machine gives it.
func Size(contexts int) uint64 {
	return max(minSize, contextBase+uint64(contexts)*contextStride)
}

var (
	// ErrContexts reports a number of contexts that the layout has no room for.
	ErrContexts = errors.New("plic: impossible number of contexts")
	// ErrNoOutput reports a Config without an Output function.
	ErrNoOutput = errors.New("plic: no function to call for interrupt outputs")
)

// Config is what the machine gives the controller.
type Config struct {
	Contexts int
	// Output is told each change of a context's interrupt level, with the
	// controller's lock held: it must not block and not call the controller.
	Output func(ctx int, level bool)
}

// set is a bitmap of sources.
type set [words]uint32

func (s *set) has(src int) bool { return s[src/32]>>(src%32)&1 != 0 }
func (s *set) add(src int)      { s[src/32] |= 1 << (src % 32) }
func (s *set) remove(src int)   { s[src/32] &^= 1 << (src % 32) }

type context struct {
	enable    set
	threshold uint8
	level     bool // what Output was told last
}

// Device is the controller.
type Device struct {
	output func(ctx int, level bool)

	mu       sync.Mutex
	level    set // the sources' lines
	pending  set
	claimed  set // in service: claimed and not completed
	priority [Sources + 1]uint8
	contexts []context
	users    [Sources + 1][]uint64 // bitmap of the contexts that enable the source; nil: none ever did
}

// New returns a controller in its power-on state.
func New(cfg Config) (*Device, error) {
	if cfg.Contexts < 1 || cfg.Contexts > MaxContexts {
		return nil, fmt.Errorf("%w: %d (want 1 to %d)", ErrContexts, cfg.Contexts, MaxContexts)
	}
	if cfg.Output == nil {
		return nil, ErrNoOutput
	}
	return &Device{output: cfg.Output, contexts: make([]context, cfg.Contexts)}, nil
}

// Line returns the input of source src, 1 to Sources; for another number it
// returns an error.
func (d *Device) Line(src int) (device.Line, error) {
	if src < 1 || src > Sources {
		return nil, fmt.Errorf("plic: no source %d (want 1 to %d)", src, Sources)
	}
	return func(level bool) { d.setLevel(src, level) }, nil
}

func (d *Device) setLevel(src int, level bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !level {
		d.level.remove(src)
		return
	}
	d.level.add(src)
	d.admit(src)
}

// Reset clears priorities, enables, thresholds and interrupts in service. The
// sources' lines belong to their devices and keep their levels.
func (d *Device) Reset() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pending, d.claimed = set{}, set{}
	d.priority = [Sources + 1]uint8{}
	d.users = [Sources + 1][]uint64{}
	for i := range d.contexts {
		up := d.contexts[i].level
		d.contexts[i] = context{}
		if up {
			d.output(i, false)
		}
	}
	d.pending = d.level
}

// Close does nothing: the device has no goroutine.
func (d *Device) Close() error { return nil }
