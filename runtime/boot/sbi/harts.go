package sbi

import (
	"encoding/binary"
	"iter"
	"math/bits"
)

// mask is a set of harts: those whose bits are set in words, counted from base.
// all means every hart of the machine.
type mask struct {
	words []uint64
	base  int
	all   bool
}

// argMask reads the hart_mask and hart_mask_base arguments: chapter "Binary
// Encoding", section "Hart list parameter". ok is false if a hart is named that
// the machine does not have.
func (c call) argMask() (m mask, ok bool) {
	bitmap, base := c.arg(0), c.arg(1)
	if base == ^uint64(0) {
		return mask{all: true}, true
	}
	harts := uint64(c.p.Harts())
	if base >= harts || uint64(bits.Len64(bitmap)) > harts-base {
		return mask{}, false
	}
	return mask{words: []uint64{bitmap}, base: int(base)}, true
}

// legacyMask reads the bit vector that a legacy call's a0 points to; a null
// pointer means every hart. Bits beyond the last hart are ignored.
func (c call) legacyMask() (m mask, ok bool) {
	va := c.arg(0)
	if va == 0 {
		return mask{all: true}, true
	}
	harts := c.p.Harts()
	b := make([]byte, (harts+63)/64*8)
	if !c.h.ReadVirtual(va, b) {
		return mask{}, false
	}
	words := make([]uint64, len(b)/8)
	for i := range words {
		words[i] = binary.LittleEndian.Uint64(b[8*i:])
	}
	if rest := harts % 64; rest != 0 {
		words[len(words)-1] &= 1<<rest - 1
	}
	return mask{words: words}, true
}

// each visits the harts of a mask in ascending order.
func (c call) each(m mask) iter.Seq[int] {
	return func(yield func(int) bool) {
		if m.all {
			for i := range c.p.Harts() {
				if !yield(i) {
					return
				}
			}
			return
		}
		for i, w := range m.words {
			for ; w != 0; w &= w - 1 {
				if !yield(m.base + 64*i + bits.TrailingZeros64(w)) {
					return
				}
			}
		}
	}
}

// interrupt sends an IPI to the harts of a mask. Stopped harts are passed over:
// they are not available to the supervisor, and an IPI must not greet them when
// they are started.
func (c call) interrupt(m mask) {
	for i := range c.each(m) {
		if c.p.Status(i) != Stopped {
			c.sent(fwIPISent, fwIPIReceived, i)
			c.p.SendIPI(i)
		}
	}
}

// sendIPI: chapter "IPI Extension".
func (c call) sendIPI() Result {
	m, ok := c.argMask()
	if !ok {
		return c.done(InvalidParam, 0)
	}
	c.interrupt(m)
	return c.done(Success, 0)
}

// hsm: chapter "Hart State Management Extension".
func (c call) hsm(fn uint32) Result {
	switch fn {
	case 0:
		return c.done(c.startHart(c.arg(0), c.arg(1), c.arg(2)), 0)
	case 1:
		if e := c.p.StopHart(c.h); e != Success {
			return c.done(e, 0)
		}
		c.stopped()
		return Stop
	case 2:
		hart := c.arg(0)
		if hart >= uint64(c.p.Harts()) {
			return c.done(InvalidParam, 0)
		}
		return c.done(Success, hsmStates[c.p.Status(int(hart))])
	case 3:
		return c.suspend(uint32(c.arg(0)), c.arg(1), c.arg(2))
	}
	return c.done(NotSupported, 0)
}

func (c call) startHart(hart, pc, opaque uint64) Error {
	if hart >= uint64(c.p.Harts()) {
		return InvalidParam
	}
	if !c.executable(pc) {
		return InvalidAddress
	}
	return c.p.StartHart(int(hart), pc, opaque)
}

// executable reports whether a hart can start at pc: an aligned address in RAM.
func (c call) executable(pc uint64) bool {
	var first [2]byte
	return pc%2 == 0 && c.p.ReadGuest(pc, first[:]) == nil
}

// Suspend types: chapter "Hart State Management Extension", function "Hart
// suspend". All others are reserved or specific to other platforms.
const (
	suspendRetentive    = 0
	suspendNonRetentive = 0x8000_0000
)

func (c call) suspend(typ uint32, resume, opaque uint64) Result {
	s := Suspend{Retentive: typ == suspendRetentive}
	switch typ {
	case suspendRetentive:
		// Set before the hart is given away: another goroutine may run it at once.
		c.done(Success, 0)
		if e := c.p.SuspendHart(c.h, s); e != Success {
			return c.done(e, 0)
		}
		return Blocked
	case suspendNonRetentive:
		if !c.executable(resume) {
			return c.done(InvalidAddress, 0)
		}
		s.Resume, s.Opaque = resume, opaque
		if e := c.p.SuspendHart(c.h, s); e != Success {
			return c.done(e, 0)
		}
		return Stop
	}
	return c.done(InvalidParam, 0)
}
