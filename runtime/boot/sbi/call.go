package sbi

// Registers of the calling convention.
const (
	regA0 = 10
	regA1 = 11
	regA6 = 16
	regA7 = 17
)

// Firmware answers the SBI calls of one machine.
type Firmware struct {
	p     Platform
	id    Identity
	harts []hartState
}

// New returns the firmware of the machine behind p.
func New(p Platform, id Identity) *Firmware {
	return &Firmware{p: p, id: id, harts: make([]hartState, p.Harts())}
}

// call is one SBI call on its way.
type call struct {
	*Firmware
	h Hart
}

func (c call) arg(n int) uint64 { return c.h.X(regA0 + n) }

// done sets both result registers.
func (c call) done(e Error, value uint64) Result {
	c.h.SetX(regA0, uint64(e))
	c.h.SetX(regA1, value)
	return Done
}

// Call carries out the SBI call whose arguments are in h's registers: a7 holds the
// extension, a6 the function, a0 to a5 the arguments. No register but a0 and a1
// changes, and legacy calls leave a1 alone too.
func (f *Firmware) Call(h Hart) Result {
	c := call{f, h}
	// Extension and function ids are signed 32-bit integers: chapter "Binary Encoding".
	ext, fn := uint32(h.X(regA7)), uint32(h.X(regA6))
	switch ext {
	case extBase:
		return c.base(fn)
	case extTime:
		if fn == 0 {
			c.setTimer(c.arg(0))
			return c.done(Success, 0)
		}
	case extIPI:
		if fn == 0 {
			return c.sendIPI()
		}
	case extRFence:
		return c.fence(fn)
	case extHSM:
		return c.hsm(fn)
	case extReset:
		if fn == 0 {
			return c.reset()
		}
	case extDebug:
		return c.debug(fn)
	case extPMU:
		return c.pmu(fn)
	case extFeatures:
		return c.features(fn)
	case extTriggers:
		return c.debugTriggers(fn)
	case extSuspend:
		if fn == 0 {
			return c.systemSuspend(uint32(c.arg(0)), c.arg(1), c.arg(2))
		}
	case extStealTime:
		if fn == 0 {
			return c.stealTime(c.arg(0), c.arg(1), c.arg(2))
		}
	default:
		if ext <= legacyShutdown {
			return c.legacy(ext)
		}
	}
	return c.done(NotSupported, 0)
}

// setTimer is the call of that name, old and new.
func (c call) setTimer(v uint64) {
	c.state().sent[fwSetTimer]++
	c.h.SetTimer(v)
}

// base answers the base extension: chapter "Base Extension".
func (c call) base(fn uint32) Result {
	var v uint64
	switch fn {
	case 0:
		v = specVersion
	case 1:
		v = implID
	case 2:
		v = implVersion
	case 3:
		v = probe(uint32(c.arg(0)))
	case 4:
		v = c.id.VendorID
	case 5:
		v = c.id.ArchID
	case 6:
		v = c.id.ImpID
	default:
		return c.done(NotSupported, 0)
	}
	return c.done(Success, v)
}

// probe returns 1 if the extension is there.
func probe(ext uint32) uint64 {
	switch ext {
	case extBase, extTime, extIPI, extRFence, extHSM, extReset, extDebug, extPMU, extFeatures, extSuspend, extStealTime, extTriggers:
		return 1
	}
	if ext <= legacyShutdown {
		return 1
	}
	return 0
}

// reset ends or restarts the machine: chapter "System Reset Extension".
func (c call) reset() Result {
	kind, reason := Reset(c.arg(0)), uint32(c.arg(1))
	if kind > WarmReboot || reason > 1 {
		return c.done(InvalidParam, 0)
	}
	c.p.Shutdown(kind, reason == 1)
	return Stop
}
