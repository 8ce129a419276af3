package syscon

import (
	"errors"

	"github.com/hartwood-vm/hartwood/runtime/device"
)

// Size is the bytes of address space the device takes.
const Size = 0x1000

// The values of the register's low half. Fail carries an exit code in the high half.
const (
	ValueFail  = 0x3333
	ValuePass  = 0x5555
	ValueReset = 0x7777
)

// Kind says what the guest asked for.
type Kind int

const (
	// PowerOff ends the machine; code 0 is success, others are the guest's failure code.
	PowerOff Kind = iota
	// Reset starts the machine anew.
	Reset
)

func (k Kind) String() string {
	if k == Reset {
		return "reset"
	}
	return "power-off"
}

// ErrNoHandler reports a Config without a Request function.
var ErrNoHandler = errors.New("syscon: no function to call on power-off")

// Config is what the machine gives the device.
type Config struct {
	// Request is called by the storing hart's goroutine, possibly by several at
	// once and more than once; it must not block.
	Request func(kind Kind, code int)
}

// Device is the finisher register.
type Device struct {
	device.Stateless
	request func(Kind, int)
}

// New returns a finisher that reports to cfg.Request.
func New(cfg Config) (*Device, error) {
	if cfg.Request == nil {
		return nil, ErrNoHandler
	}
	return &Device{request: cfg.Request}, nil
}

// Load reads as zero everywhere.
func (d *Device) Load(_ uint64, size int) (uint64, bool) { return 0, size == 4 }

// Store takes 2- and 4-byte writes to offset 0; other values and offsets are ignored.
func (d *Device) Store(off uint64, size int, v uint64) bool {
	if size != 2 && size != 4 {
		return false
	}
	if off != 0 {
		return true
	}
	switch v & 0xffff {
	case ValuePass:
		d.request(PowerOff, 0)
	case ValueFail:
		d.request(PowerOff, int(v>>16&0xffff))
	case ValueReset:
		d.request(Reset, 0)
	}
	return true
}
