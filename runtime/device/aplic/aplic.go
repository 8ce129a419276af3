package aplic

import (
	"errors"
	"fmt"
	"sync"

	"github.com/hartwood-vm/hartwood/runtime/device"
)

const (
	// Sources is the highest source number; sources count from 1.
	Sources = 96
	// MaxHarts is the number of harts that a target can name.
	MaxHarts = 1 << 14

	words = (Sources + 32) / 32 // of a bitmap of sources, bit 0 unused
)

// ErrConfig reports a Config of which there is no controller.
var ErrConfig = errors.New("aplic: impossible configuration")

// Config is what the machine gives the controller. It has either Output or Send. Both are called with the controller's lock
// held: they must not block and not call the controller.
type Config struct {
	Harts int
	// Output is told each change of the external interrupt of a hart and level.
	Output func(l device.Level, hart int, up bool)
	// Send sends the message id to the interrupt file of a hart and level.
	Send func(l device.Level, hart int, id uint32)
	// Delegated has all sources delegated to the S-level domain whenever the controller is reset, as M-mode software would
	// do, for machines that have none.
	Delegated bool
}

// set is a bit a source.
type set [words]uint32

func (s *set) has(src int) bool { return s[src/32]>>(src%32)&1 != 0 }
func (s *set) put(src int, v bool) {
	if s[src/32] &^= 1 << (src % 32); v {
		s[src/32] |= 1 << (src % 32)
	}
}

// Controller is both domains and the sources' wires.
type Controller struct {
	cfg Config

	mu      sync.Mutex
	wires   set // the sources' levels
	domains [device.Levels]*Domain
}

// New returns a controller whose domains deliver nothing.
func New(cfg Config) (*Controller, error) {
	if cfg.Harts < 1 || cfg.Harts > MaxHarts || (cfg.Output == nil) == (cfg.Send == nil) {
		return nil, fmt.Errorf("%w: %d harts (want 1 to %d, and one way to deliver)", ErrConfig, cfg.Harts, MaxHarts)
	}
	c := &Controller{cfg: cfg}
	for l := range device.Levels {
		c.domains[l] = &Domain{c: c, level: l}
		if c.direct() {
			c.domains[l].idcs = make([]idc, cfg.Harts)
		}
	}
	c.delegate()
	return c, nil
}

// direct says which way of delivery there is.
func (c *Controller) direct() bool { return c.cfg.Output != nil }

// delegate does what M-mode software would, if there is none. Caller holds mu, or nobody else has c.
func (c *Controller) delegate() {
	for src := 1; c.cfg.Delegated && src <= Sources; src++ {
		c.domains[device.MachineLevel].source[src] = delegated
	}
}

// Domain is the device of a level.
func (c *Controller) Domain(l device.Level) *Domain { return c.domains[l] }

// Line returns the wire of a source.
func (c *Controller) Line(src int) (device.Line, error) {
	if src < 1 || src > Sources {
		return nil, fmt.Errorf("aplic: no source %d (want 1 to %d)", src, Sources)
	}
	return func(level bool) { c.setWire(src, level) }, nil
}

func (c *Controller) setWire(src int, level bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.wires.has(src) == level {
		return
	}
	c.wires.put(src, level)
	for _, d := range c.domains { // in one of them it is active, at most
		d.wireChanged(src)
	}
}
