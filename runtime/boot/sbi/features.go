package sbi

import "github.com/hartwood-vm/hartwood/vcpu/isa"

// Features of S-mode's environment: chapter "Firmware Features Extension". Of those that the
// specification defines the harts have one: they have no landing pads, shadow stacks, double
// traps or pointer masking, and update A and D bits always (see GUESTS.md).
const (
	featureMisaligned = 0
	definedFeatures   = 6

	fwftLock = 1 << 0

	// misaligned has the exceptions of misaligned loads and stores, as bits of medeleg.
	misaligned = 1<<4 | 1<<6
)

// features: chapter "Firmware Features Extension".
func (c call) features(fn uint32) Result {
	feature := uint32(c.arg(0))
	switch {
	case fn > 1:
		return c.done(NotSupported, 0)
	case feature >= definedFeatures:
		return c.done(Denied, 0)
	case feature != featureMisaligned:
		return c.done(NotSupported, 0)
	}
	deleg := c.h.ReadCSR(isa.CSR_MEDELEG)
	if fn == 1 {
		value := uint64(0)
		if deleg&misaligned != 0 {
			value = 1
		}
		return c.done(Success, value)
	}
	value, flags := c.arg(1), c.arg(2)
	s := c.state()
	switch {
	case flags&^fwftLock != 0:
		return c.done(InvalidParam, 0)
	case s.locked>>feature&1 != 0:
		return c.done(DeniedLocked, 0)
	case value > 1:
		return c.done(InvalidParam, 0)
	}
	s.locked |= flags & fwftLock << feature
	c.h.WriteCSR(isa.CSR_MEDELEG, deleg&^misaligned|value*misaligned)
	return c.done(Success, 0)
}
