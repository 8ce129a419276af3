package pcie

import (
	"sync"

	"github.com/hartwood-vm/hartwood/runtime/device"
)

// Lines is the number of interrupt lines.
const Lines = 4

// intx is the interrupt lines, each shared by the functions on it.
type intx struct {
	lines [Lines]device.Line

	mu sync.Mutex
	up [Lines]int // functions that hold the line up
}

// pin is a function's interrupt pin, guarded by intx.mu.
type pin struct {
	line     int
	asserted bool // the endpoint wants an interrupt
	disabled bool // by the command register
	level    bool // it holds its line up
}

func (x *intx) assert(p *pin, up bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	p.asserted = up
	x.drive(p)
}

func (x *intx) disable(p *pin, off bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	p.disabled = off
	x.drive(p)
}

// asserted is the Interrupt Status bit, which shows the pin whether or not it is disabled.
func (x *intx) asserted(p *pin) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return p.asserted
}

// drive gives the line the level that follows from p's. Caller holds x.mu.
func (x *intx) drive(p *pin) {
	level := p.asserted && !p.disabled
	if level == p.level {
		return
	}
	p.level = level
	if n := &x.up[p.line]; level {
		*n++
	} else {
		*n--
	}
	x.lines[p.line](x.up[p.line] > 0)
}
