package vcpu

import (
	"math/bits"

	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// The performance counters: mcycle, minstret and mhpmcounter3 to 31, by their number in
// the CSRs that have a bit for each. Number 1, time, is none of them.
//
// What they count is counted anyway (events.go). A counter that runs is a value and the
// reading of its source that the value belongs to, so that counting costs nothing; values are
// brought up to date when somebody looks, when what runs changes, and for overflows at polls.
//
// Zihpm, Sscofpmf and Smcntrpmf: privileged manual, chapters "Hardware Performance Monitor",
// "Sscofpmf" and "Smcntrpmf".

const (
	numCounters = 32
	cycleNumber = 0
	timeNumber  = 1
	instNumber  = 2
	firstHPM    = 3 // the first of the programmable ones

	allCounters = 1<<numCounters - 1
	// ProgrammableCounters has a bit for each counter that can be told what to count.
	ProgrammableCounters = allCounters &^ (1<<firstHPM - 1)
)

// Fields of mhpmevent, mcyclecfg and minstretcfg.
const (
	hpmOF    = 1 << 63
	hpmMINH  = 1 << 62
	hpmSINH  = 1 << 61
	hpmUINH  = 1 << 60
	hpmModes = hpmMINH | hpmSINH | hpmUINH
	hpmEvent = 1<<56 - 1 // number of the event
)

// counter is one performance counter.
type counter struct {
	config uint64      // mhpmevent, mcyclecfg or minstretcfg
	read   eventReader // what it counts; nil: nothing
	value  uint64
	from   uint64 // reading that value belongs to, while the counter runs
}

// counterFile is the counters of a hart.
type counterFile struct {
	each    [numCounters]counter
	inhibit uint32 // mcountinhibit

	running  uint32          // those that count in the current mode
	armed    uint32          // those that ask for an interrupt when they overflow, in whatever mode
	filtered bool            // the mode decides what runs
	mode     shardedtlb.Priv // that running is right for
}

func (f *counterFile) reset() {
	*f = counterFile{}
	f.each[cycleNumber].read, f.each[instNumber].read = retired, retired
}

// counterOf returns the number of the counter that register n is of. mcyclecfg has not its own, which is mcountinhibit's.
func counterOf(n isa.CSR) uint {
	if n == isa.CSR_MCYCLECFG {
		return cycleNumber
	}
	return uint(n % numCounters)
}

// counterEnabled checks mcounteren and scounteren for the counter that n is of, or time.
func (h *Hart) counterEnabled(n isa.CSR) bool {
	bit := uint64(1) << counterOf(n)
	if h.priv < shardedtlb.M && h.csrs.mcounteren&bit == 0 {
		return false
	}
	return h.priv != shardedtlb.U || h.csrs.scounteren&bit != 0
}

// counterMask returns the counters that the current mode may know of, M or S.
func (h *Hart) counterMask() uint64 {
	if h.priv == shardedtlb.M {
		return allCounters
	}
	return h.csrs.mcounteren
}

// readTime returns the clock.
func (h *Hart) readTime(isa.CSR) uint64 { return h.env.Time() }

// readCounter returns the value of the counter that register n is.
func (h *Hart) readCounter(n isa.CSR) uint64 {
	f := &h.csrs.counters
	i := counterOf(n)
	c := &f.each[i%numCounters]
	if f.running>>i&1 == 0 {
		return c.value
	}
	return c.value + c.read(h) - c.from
}

// writeCounter sets the counter that register n is, from now on.
func (h *Hart) writeCounter(n isa.CSR, v, _ uint64) {
	i := counterOf(n)
	c := &h.csrs.counters.each[i%numCounters]
	c.value = v
	if h.csrs.counters.running>>i&1 != 0 {
		c.from = c.read(h)
	}
	h.rearm()
}

// readEvent returns mhpmevent, mcyclecfg or minstretcfg, which n is.
func (h *Hart) readEvent(n isa.CSR) uint64 {
	h.settle()
	return h.csrs.counters.each[counterOf(n)%numCounters].config
}

// probeEvent is readEvent that leaves the counters as they are.
func (h *Hart) probeEvent(n isa.CSR) uint64 {
	i := counterOf(n)
	v := h.csrs.counters.each[i%numCounters].config
	if i >= firstHPM && h.readCounter(n) < h.csrs.counters.each[i%numCounters].value { // what settle would find
		v |= hpmOF
	}
	return v
}

// writeEvent writes what readEvent reads. An event that does not exist becomes none.
func (h *Hart) writeEvent(reg isa.CSR, v, _ uint64) {
	h.settle()
	n := counterOf(reg)
	c := &h.csrs.counters.each[n%numCounters]
	if n < firstHPM {
		c.config = v & hpmModes
	} else {
		c.config = v & (hpmOF | hpmModes)
		if c.read = readers[v&hpmEvent]; c.read != nil {
			c.config |= v & hpmEvent
		}
		h.csrs.counters.running &^= 1 << n // it starts with a new source
	}
	h.selectCounters()
	h.rearm()
}

// setInhibit writes mcountinhibit.
func (h *Hart) setInhibit(v uint64) {
	h.csrs.counters.inhibit = uint32(v) &^ (1 << timeNumber)
	h.selectCounters()
	h.rearm()
}

// readOverflows returns scountovf.
func (h *Hart) readOverflows(n isa.CSR) uint64 {
	h.settle()
	return h.probeOverflows(n)
}

// probeOverflows is readOverflows that leaves the counters as they are.
func (h *Hart) probeOverflows(isa.CSR) (v uint64) {
	for i := range isa.CSR_MHPMEVENT31 - isa.CSR_MHPMEVENT3 + 1 {
		v |= h.probeEvent(isa.CSR_MHPMEVENT3+i) >> 63 << (firstHPM + i)
	}
	return v & h.counterMask()
}

// settle brings the counters up to date. One that overflows says so, and asks for an
// interrupt if it has not before.
func (h *Hart) settle() {
	f := &h.csrs.counters
	for left := f.running; left != 0; left &= left - 1 {
		n := uint(bits.TrailingZeros32(left))
		c := &f.each[n%numCounters]
		now := c.read(h)
		v := c.value + now - c.from
		if v < c.value && n >= firstHPM && c.config&hpmOF == 0 {
			c.config |= hpmOF
			f.armed &^= 1 << n
			h.csrs.softPending |= ipLCOFIP
		}
		c.value, c.from = v, now
	}
}

// selectCounters decides which counters run, after a change of the mode or of what they are
// set to.
func (h *Hart) selectCounters() {
	h.settle()
	f := &h.csrs.counters
	here := [...]uint64{hpmUINH, hpmSINH, 0, hpmMINH}[h.priv]
	old := f.running
	f.running, f.armed, f.filtered, f.mode = 0, 0, false, h.priv
	for left := ^f.inhibit; left != 0; left &= left - 1 {
		n := uint(bits.TrailingZeros32(left))
		c := &f.each[n%numCounters]
		if c.read == nil {
			continue
		}
		f.filtered = f.filtered || c.config&hpmModes != 0
		if n >= firstHPM && c.config&hpmOF == 0 {
			f.armed |= 1 << n
		}
		if c.config&here != 0 {
			continue
		}
		f.running |= 1 << n
		if old>>n&1 == 0 {
			c.from = c.read(h)
		}
	}
}

// rearm makes the hart poll at once if a counter's overflow is waited for: the budget under
// way knows nothing of it.
func (h *Hart) rearm() {
	if h.csrs.counters.armed != 0 {
		h.S.Kick()
	}
}

// share returns the instructions until the next poll: the budget, or less if the overflow of
// a counter is waited for. One that counts instructions is met to the block; others are looked
// at often.
func (h *Hart) share() uint64 {
	f := &h.csrs.counters
	if f.armed == 0 {
		return h.budget
	}
	h.settle()
	share := h.budget
	for left := f.armed; left != 0; left &= left - 1 {
		n := uint(bits.TrailingZeros32(left))
		until := uint64(haste)
		if c := &f.each[n%numCounters]; c.config&hpmEvent <= EventInstructions {
			if until = -c.value; until == 0 {
				until = never
			}
		}
		share = min(share, until)
	}
	return max(share, 1)
}
