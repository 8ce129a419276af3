package sbi

import (
	"encoding/binary"

	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// Debug triggers of the calling hart, by the trigger registers of Sdtrig: chapter "Debug
// Triggers Extension". A trigger's index is the same for S-mode and for the registers.

const (
	maxTriggers  = 16 // that the firmware keeps account of
	triggerEntry = 32 // bytes of a trigger in the shared memory: four words
	triggerType  = 60
	triggerDMode = 1 << 59
	triggerChain = 1 << 11 // of mcontrol6

	typeICount = 3
	typeMatch6 = 6
)

// triggerBits are the mode bits of a type of trigger in tdata1.
type triggerBits struct{ u, s, m, vu, vs uint64 }

// triggerTypes are the types that S-mode may install. The others look at traps into modes
// that cannot have them while breakpoints are S-mode's.
var triggerTypes = map[uint64]triggerBits{
	typeICount: {u: 1 << 6, s: 1 << 7, m: 1 << 9, vu: 1 << 25, vs: 1 << 26},
	typeMatch6: {u: 1 << 3, s: 1 << 4, m: 1 << 6, vu: 1 << 23, vs: 1 << 24},
}

// Bits of a trigger's state, as S-mode reads it.
const (
	stateMapped = 1 << 0
	stateU      = 1 << 1
	stateS      = 1 << 2
	stateHave   = 1 << 5
	stateIndex  = 8
)

// triggerState is what the firmware knows of a hart's triggers.
type triggerState struct {
	shared  bool
	memory  uint64
	mapped  [maxTriggers]bool
	enabled [maxTriggers]uint64 // stateU and stateS as S-mode has set them
}

// triggerWords is a trigger in the shared memory: state or index, and tdata1 to tdata3.
type triggerWords [4]uint64

// triggers returns how many triggers the hart has, as a debugger finds out.
func (c call) triggers() uint64 {
	for n := range uint64(maxTriggers) {
		if c.h.WriteCSR(isa.CSR_TSELECT, n); c.h.ReadCSR(isa.CSR_TSELECT) != n || c.h.ReadCSR(isa.CSR_TINFO)&0xffff == 1 {
			return n
		}
	}
	return maxTriggers
}

func (c call) debugTriggers(fn uint32) Result {
	switch fn {
	case 0:
		return c.done(Success, c.countTriggers(c.arg(0)))
	case 1:
		return c.done(c.shareTriggers(c.arg(0), c.arg(1), c.arg(2)), 0)
	case 2:
		return c.done(c.readTriggers(c.arg(0), c.arg(1)), 0)
	case 3:
		return c.done(c.installTriggers(c.arg(0)))
	case 4:
		return c.done(c.updateTriggers(c.arg(0)))
	case 5, 6, 7:
		return c.done(c.eachTrigger(c.arg(0), c.arg(1), [...]func(uint64){c.removeTrigger, c.enableTrigger, c.disableTrigger}[fn-5]), 0)
	}
	return c.done(NotSupported, 0)
}

// countTriggers returns how many triggers there are of tdata1's type, or at all.
func (c call) countTriggers(tdata1 uint64) (n uint64) {
	if tdata1 == 0 {
		return c.triggers()
	}
	if _, ok := triggerTypes[tdata1>>triggerType]; !ok {
		return 0
	}
	for i := range c.triggers() {
		c.h.WriteCSR(isa.CSR_TSELECT, i)
		n += c.h.ReadCSR(isa.CSR_TINFO) >> (tdata1 >> triggerType) & 1
	}
	return n
}

// shareTriggers sets the memory through which triggers are told; all ones ends that.
func (c call) shareTriggers(lo, hi, flags uint64) Error {
	t := &c.state().triggers
	all := make([]byte, triggerEntry*c.triggers())
	switch {
	case flags != 0:
		return InvalidParam
	case lo == ^uint64(0) && hi == lo:
		t.shared = false
		return Success
	case lo%8 != 0:
		return InvalidParam
	case hi != 0 || c.p.ReadGuest(lo, all) != nil:
		return InvalidAddress
	}
	t.shared, t.memory = true, lo
	return Success
}

// entry reads entry i of the shared memory, and setEntry writes its first word or more.
func (c call) entry(i uint64) (w triggerWords, ok bool) {
	var b [triggerEntry]byte
	if c.p.ReadGuest(c.state().triggers.memory+i*triggerEntry, b[:]) != nil {
		return w, false
	}
	for n := range w {
		w[n] = binary.LittleEndian.Uint64(b[8*n:])
	}
	return w, true
}

func (c call) setEntry(i uint64, words ...uint64) bool {
	var b []byte
	for _, w := range words {
		b = binary.LittleEndian.AppendUint64(b, w)
	}
	return c.p.WriteGuest(c.state().triggers.memory+i*triggerEntry, b) == nil
}

// readTriggers writes triggers to the shared memory. The bounds are the specification's.
func (c call) readTriggers(base, count uint64) Error {
	t, all := &c.state().triggers, c.triggers()
	switch {
	case !t.shared:
		return NoSharedMemory
	case base >= all || count >= all-base:
		return BadRange
	}
	for i := range count {
		n := base + i
		c.h.WriteCSR(isa.CSR_TSELECT, n)
		state := uint64(0)
		if t.mapped[n] {
			state = stateMapped | stateHave | t.enabled[n] | n<<stateIndex
		}
		if !c.setEntry(i, state, c.h.ReadCSR(isa.CSR_TDATA1), c.h.ReadCSR(isa.CSR_TDATA2), c.h.ReadCSR(isa.CSR_TDATA3)) {
			return Failed
		}
	}
	return Success
}

// checkTrigger finds out whether S-mode may ask for w.
func checkTrigger(w triggerWords) Error {
	bits, ok := triggerTypes[w[1]>>triggerType]
	if !ok || w[1]&(triggerDMode|bits.m) != 0 {
		return InvalidParam
	}
	return Success
}

// programTrigger sets trigger n to w, disabled in all modes; false if the hart has no such trigger.
func (c call) programTrigger(n uint64, w triggerWords) bool {
	bits := triggerTypes[w[1]>>triggerType]
	tdata1 := w[1] &^ (bits.u | bits.s)
	c.h.WriteCSR(isa.CSR_TSELECT, n)
	c.h.WriteCSR(isa.CSR_TDATA1, 0)
	c.h.WriteCSR(isa.CSR_TDATA2, w[2])
	c.h.WriteCSR(isa.CSR_TDATA3, w[3])
	c.h.WriteCSR(isa.CSR_TDATA1, tdata1)
	if c.h.ReadCSR(isa.CSR_TDATA1) != tdata1 || c.h.ReadCSR(isa.CSR_TDATA2) != w[2] || c.h.ReadCSR(isa.CSR_TDATA3) != w[3] {
		return false
	}
	t := &c.state().triggers
	t.mapped[n], t.enabled[n] = true, 0
	if w[1]&bits.u != 0 {
		t.enabled[n] |= stateU
	}
	if w[1]&bits.s != 0 {
		t.enabled[n] |= stateS
	}
	return true
}

// installTriggers installs all of the triggers in the shared memory or none, and tells their
// indices there. value is the entry that failed.
func (c call) installTriggers(count uint64) (e Error, value uint64) {
	t, all := &c.state().triggers, c.triggers()
	switch {
	case !t.shared:
		return NoSharedMemory, 0
	case count >= all:
		return BadRange, 0
	}
	var installed []uint64
	defer func() {
		for _, n := range installed {
			if e != Success {
				c.removeTrigger(n)
			} else {
				c.enableTrigger(n)
			}
		}
	}()
	for i := range count {
		w, ok := c.entry(i)
		if !ok {
			return Failed, i
		}
		if e := checkTrigger(w); e != Success {
			return e, i
		}
		n := uint64(0)
		for n < all && t.mapped[n] {
			n++
		}
		if n == all {
			return Failed, i
		}
		installed = append(installed, n)
		if !c.programTrigger(n, w) {
			return NotSupported, i
		}
	}
	for i, n := range installed {
		if !c.setEntry(uint64(i), n) {
			return Failed, uint64(i)
		}
	}
	return Success, 0
}

// updateTriggers changes triggers that are installed, one after the other. value is the entry
// that failed.
func (c call) updateTriggers(count uint64) (e Error, value uint64) {
	t, all := &c.state().triggers, c.triggers()
	switch {
	case !t.shared:
		return NoSharedMemory, 0
	case count >= all:
		return BadRange, 0
	}
	for i := range count {
		w, ok := c.entry(i)
		if !ok {
			return Failed, i
		}
		n := w[0]
		if e := checkTrigger(w); e != Success || n >= all {
			return InvalidParam, i
		}
		if !t.mapped[n] {
			return Failed, i
		}
		c.h.WriteCSR(isa.CSR_TSELECT, n)
		old := triggerWords{n, c.h.ReadCSR(isa.CSR_TDATA1), c.h.ReadCSR(isa.CSR_TDATA2), c.h.ReadCSR(isa.CSR_TDATA3)}
		if old[1]>>triggerType != w[1]>>triggerType || old[1]>>triggerType == typeMatch6 && (old[1]^w[1])&triggerChain != 0 {
			return InvalidParam, i
		}
		enabled := t.enabled[n]
		if !c.programTrigger(n, w) {
			c.programTrigger(n, old)
			t.enabled[n] = enabled
			c.h.WriteCSR(isa.CSR_TDATA1, old[1])
			return NotSupported, i
		}
		c.enableTrigger(n)
	}
	return Success, 0
}

// eachTrigger does something to each trigger of a set, all of which must be installed.
func (c call) eachTrigger(base, mask uint64, do func(n uint64)) Error {
	t, all := &c.state().triggers, c.triggers()
	for i := range uint64(64) {
		if mask>>i&1 != 0 && (base >= all || i >= all-base || !t.mapped[base+i]) {
			return InvalidParam
		}
	}
	for i := range all {
		if mask>>i&1 != 0 {
			do(base + i)
		}
	}
	return Success
}

func (c call) removeTrigger(n uint64) {
	c.h.WriteCSR(isa.CSR_TSELECT, n)
	for _, r := range []isa.CSR{isa.CSR_TDATA1, isa.CSR_TDATA2, isa.CSR_TDATA3} {
		c.h.WriteCSR(r, 0)
	}
	t := &c.state().triggers
	t.mapped[n], t.enabled[n] = false, 0
}

func (c call) enableTrigger(n uint64)  { c.setTriggerModes(n, c.state().triggers.enabled[n]) }
func (c call) disableTrigger(n uint64) { c.setTriggerModes(n, 0) }

// setTriggerModes enables trigger n in the modes of state, and in no other.
func (c call) setTriggerModes(n, state uint64) {
	c.h.WriteCSR(isa.CSR_TSELECT, n)
	tdata1 := c.h.ReadCSR(isa.CSR_TDATA1)
	bits := triggerTypes[tdata1>>triggerType]
	tdata1 &^= bits.u | bits.s
	if state&stateU != 0 {
		tdata1 |= bits.u
	}
	if state&stateS != 0 {
		tdata1 |= bits.s
	}
	c.h.WriteCSR(isa.CSR_TDATA1, tdata1)
}
