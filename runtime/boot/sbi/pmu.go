package sbi

import (
	"math/bits"

	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// The counters: those of the hart by their numbers in its CSRs, of which number 1 is none, and
// behind them those of the firmware.
const (
	hardwareCounters = 32
	firmwareCounters = 16
	pmuCounters      = hardwareCounters + firmwareCounters
	timeCounter      = 1
	firstHPM         = 3
)

// pmuCounter is what a counter has been set to.
type pmuCounter struct {
	used  bool
	event event
	// setting is, of a programmable counter, mhpmevent as it is to be written.
	setting uint64
	// Of a counter of the firmware: its value, and while it runs how often the event had
	// happened then.
	running     bool
	value, from uint64
}

// Fields of mhpmevent (Sscofpmf).
const (
	hpmOF   = 1 << 63
	hpmMINH = 1 << 62
	hpmSINH = 1 << 61
	hpmUINH = 1 << 60
)

// lcofip is the bit of a counter's overflow in mip.
const lcofip = 1 << 13

func newOwnState() *ownState {
	s := new(ownState)
	s.counters[0] = pmuCounter{used: true, event: event{eventGeneral, 1}} // cycles
	s.counters[2] = pmuCounter{used: true, event: event{eventGeneral, 2}} // instructions
	return s
}

// pmu: chapter "Performance Monitoring Unit Extension". There is no snapshot memory.
func (c call) pmu(fn uint32) Result {
	switch fn {
	case 0:
		return c.done(Success, pmuCounters)
	case 1:
		return c.counterInfo(c.arg(0))
	case 2:
		return c.configure(c.arg(2), c.arg(3), c.arg(4))
	case 3:
		return c.startCounters(c.arg(2), c.arg(3))
	case 4:
		return c.stopCounters(c.arg(2))
	case 5, 6:
		return c.readFirmwareCounter(c.arg(0), fn == 6)
	case 8:
		return c.eventInfo(c.arg(0), c.arg(1), c.arg(2), c.arg(3))
	}
	return c.done(NotSupported, 0)
}

// counterInfo answers with a counter's CSR, its width less one, and whether it is the
// firmware's.
func (c call) counterInfo(n uint64) Result {
	switch {
	case n >= pmuCounters || n == timeCounter:
		return c.done(InvalidParam, 0)
	case n < hardwareCounters:
		return c.done(Success, uint64(isa.CSR_CYCLE)+n|63<<12)
	}
	return c.done(Success, 1<<63|63<<12)
}

// counterSet reads the arguments that name a set of counters.
func (c call) counterSet() (set uint64, ok bool) {
	base, mask := c.arg(0), c.arg(1)
	if mask == 0 || base >= pmuCounters || uint64(bits.Len64(mask)) > pmuCounters-base {
		return 0, false
	}
	return mask << base, true
}

// Flags of configure.
const (
	cfgSkipMatch = 1 << 0
	cfgClear     = 1 << 1
	cfgAutoStart = 1 << 2
	cfgUINH      = 1 << 5
	cfgSINH      = 1 << 6
	cfgFlags     = 1<<8 - 1
)

// configure finds a counter for an event and sets it up.
func (c call) configure(flags, idx, data uint64) Result {
	set, ok := c.counterSet()
	e, known := parseEvent(idx)
	if !ok || !known || flags&^cfgFlags != 0 {
		return c.done(InvalidParam, 0)
	}
	s := c.state()
	var n int
	if flags&cfgSkipMatch != 0 {
		if n = bits.TrailingZeros64(set); !s.counters[n].used {
			return c.done(InvalidParam, 0)
		}
	} else {
		if n = c.find(s, set, e, data); n < 0 {
			return c.done(NotSupported, 0)
		}
		c.program(s, n, e, filters(flags)|e.selector(data))
	}
	if flags&cfgClear != 0 {
		c.setCounter(s, n, 0)
	}
	if flags&cfgAutoStart != 0 {
		c.startCounter(s, n)
	}
	return c.done(Success, uint64(n))
}

// filters turns the flags about modes into mhpmevent's bits. M-mode is the firmware's own
// business.
func filters(flags uint64) uint64 {
	v := uint64(hpmMINH)
	if flags&cfgSINH != 0 {
		v |= hpmSINH
	}
	if flags&cfgUINH != 0 {
		v |= hpmUINH
	}
	return v
}

// find returns a counter of the set that is free and counts e; -1 if there is none. Cycles and
// instructions have a counter of their own, which is free always, for when no other is.
func (c call) find(s *ownState, set uint64, e event, data uint64) int {
	if !c.counts(e, data) {
		return -1
	}
	inhibit := c.h.ReadCSR(isa.CSR_MCOUNTINHIBIT)
	for left := set; left != 0; left &= left - 1 {
		n := bits.TrailingZeros64(left)
		switch {
		case s.counters[n].used || n < firstHPM || (n >= hardwareCounters) != (e.kind == eventFirmware):
		case n >= hardwareCounters || inhibit>>n&1 != 0:
			return n
		}
	}
	for _, n := range []int{0, 2} {
		if set>>n&1 != 0 && s.counters[n].event == e {
			return n
		}
	}
	return -1
}

// program sets counter n to an event. A programmable one asks for no interrupt before it is
// started.
func (c call) program(s *ownState, n int, e event, setting uint64) {
	p := &s.counters[n]
	switch {
	case n >= hardwareCounters:
		*p = pmuCounter{used: true, event: e, value: p.value}
	case n >= firstHPM:
		*p = pmuCounter{used: true, event: e, setting: setting}
		c.h.WriteCSR(mhpmevent(n), hpmOF|setting)
	default:
		p.setting = setting
		c.h.WriteCSR(isa.CSR_MCYCLECFG+isa.CSR(n/2), setting)
	}
}

func mhpmevent(n int) isa.CSR { return isa.CSR_MHPMEVENT3 + isa.CSR(n-firstHPM) }

// setCounter sets the value of counter n.
func (c call) setCounter(s *ownState, n int, v uint64) {
	if n < hardwareCounters {
		c.h.WriteCSR(isa.CSR_MCYCLE+isa.CSR(n), v)
		return
	}
	p := &s.counters[n]
	p.value, p.from = v, c.happened(p.event.code)
}

// startCounter lets counter n count; false if it does already.
func (c call) startCounter(s *ownState, n int) bool {
	p := &s.counters[n]
	if n >= hardwareCounters {
		if p.running {
			return false
		}
		p.running, p.from = true, c.happened(p.event.code)
		return true
	}
	inhibit := c.h.ReadCSR(isa.CSR_MCOUNTINHIBIT)
	if inhibit>>n&1 == 0 {
		return false
	}
	// An overflow interrupt that has not been served yet keeps the counter from asking for
	// another.
	if n >= firstHPM {
		setting := p.setting
		if c.h.ReadCSR(isa.CSR_MIP)&lcofip != 0 {
			setting |= hpmOF
		}
		c.h.WriteCSR(mhpmevent(n), setting)
	}
	c.h.WriteCSR(isa.CSR_MCOUNTINHIBIT, inhibit&^(1<<n))
	return true
}

// Flags of startCounters and stopCounters.
const (
	startValue    = 1 << 0
	startSnapshot = 1 << 1
	stopReset     = 1 << 0
	stopSnapshot  = 1 << 1
)

// startCounters starts those of a set that have been set up.
func (c call) startCounters(flags, value uint64) Result {
	set, ok := c.counterSet()
	switch {
	case !ok || flags&^(startValue|startSnapshot) != 0:
		return c.done(InvalidParam, 0)
	case flags&startSnapshot != 0:
		return c.done(NoSharedMemory, 0)
	}
	s := c.state()
	return c.done(eachCounter(s, set, AlreadyStarted, func(n int) bool {
		// The value is set before the counter runs, so that it counts from there.
		if flags&startValue != 0 && !c.counting(s, n) {
			c.setCounter(s, n, value)
		}
		return c.startCounter(s, n)
	}), 0)
}

// counting reports whether counter n has been started.
func (c call) counting(s *ownState, n int) bool {
	if n >= hardwareCounters {
		return s.counters[n].running
	}
	return c.h.ReadCSR(isa.CSR_MCOUNTINHIBIT)>>n&1 == 0
}

// stopCounters stops those of a set that have been set up, and frees them if flags say so.
func (c call) stopCounters(flags uint64) Result {
	set, ok := c.counterSet()
	switch {
	case !ok || flags&^(stopReset|stopSnapshot) != 0:
		return c.done(InvalidParam, 0)
	case flags&stopSnapshot != 0:
		return c.done(NoSharedMemory, 0)
	}
	s := c.state()
	return c.done(eachCounter(s, set, AlreadyStopped, func(n int) bool {
		counted := c.stopCounter(s, n)
		if flags&stopReset != 0 && n >= firstHPM {
			s.counters[n] = pmuCounter{value: s.counters[n].value}
			if n < hardwareCounters {
				c.h.WriteCSR(mhpmevent(n), 0)
			}
		}
		return counted
	}), 0)
}

// stopCounter stops counter n; false if it does not run.
func (c call) stopCounter(s *ownState, n int) bool {
	if !c.counting(s, n) {
		return false
	}
	if n < hardwareCounters {
		c.h.WriteCSR(isa.CSR_MCOUNTINHIBIT, c.h.ReadCSR(isa.CSR_MCOUNTINHIBIT)|1<<n)
		return true
	}
	p := &s.counters[n]
	p.value += c.happened(p.event.code) - p.from
	p.running = false
	return true
}

// eachCounter does something with each counter of a set that has been set up. Those that have
// not are passed over, unless there are no others; not is the answer if something could not be
// done because it was so already.
func eachCounter(s *ownState, set uint64, not Error, do func(n int) bool) Error {
	e := InvalidParam
	for ; set != 0; set &= set - 1 {
		n := bits.TrailingZeros64(set)
		if !s.counters[n].used {
			continue
		}
		if e != not {
			e = Success
		}
		if !do(n) {
			e = not
		}
	}
	return e
}

// readFirmwareCounter answers with a firmware counter's value; its upper half, of a word that
// is half as long, is nothing.
func (c call) readFirmwareCounter(n uint64, high bool) Result {
	if n < hardwareCounters || n >= pmuCounters {
		return c.done(InvalidParam, 0)
	}
	p := &c.state().counters[n]
	switch {
	case !p.used:
		return c.done(InvalidParam, 0)
	case high:
		return c.done(Success, 0)
	case p.running:
		return c.done(Success, p.value+c.happened(p.event.code)-p.from)
	}
	return c.done(Success, p.value)
}
