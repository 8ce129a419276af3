package vcpu

import (
	"github.com/hartwood-vm/hartwood/shardedtlb"
)

// Triggers of Sdtrig (debug specification 1.0, chapter "Sdtrig"): address matches (mcontrol6),
// instruction counts, interrupts and exceptions, whose one action is a breakpoint exception.
// They do not fire in M-mode while MIE is 0, nor in S-mode while SIE is 0 if breakpoints are
// delegated to it, so that a handler is not lost.
//
// While one is armed for the current mode the engine executes instruction by instruction and
// asks before each (interp.Watcher); while none is, nothing is different.

// Triggers is the number of triggers of a hart.
const Triggers = 4

// Types of triggers, in bits 63:60 of tdata1.
const (
	triggerICount   = 3
	triggerInt      = 4
	triggerExc      = 5
	triggerMatch    = 6
	triggerDisabled = 15
	triggerType     = 60

	// TriggerInfo is tinfo: version 1, and the types that there are.
	TriggerInfo = 1<<24 | 1<<triggerICount | 1<<triggerInt | 1<<triggerExc | 1<<triggerMatch | 1<<triggerDisabled
)

// Fields of mcontrol6.
const (
	matchLoad       = 1 << 0
	matchStore      = 1 << 1
	matchExecute    = 1 << 2
	matchU          = 1 << 3
	matchS          = 1 << 4
	matchM          = 1 << 6
	matchKindShift  = 7
	matchActions    = 15 << 12
	matchSizeShift  = 16
	matchSelect     = 1 << 21
	matchHit0       = 1 << 22 // it fired before the instruction
	matchHit1       = 1 << 25
	matchKept       = matchLoad | matchStore | matchExecute | matchU | matchS | matchM | 3<<matchKindShift | 7<<matchSizeShift | matchHit0 | matchHit1
	matchEqual      = 0
	matchNAPOT      = 1
	matchAtLeast    = 2
	matchLess       = 3
	matchSizesMask  = 1<<0 | 1<<1 | 1<<2 | 1<<3 | 1<<5 // any, 1, 2, 4, 8 bytes
	matchKindsCount = 4
)

// Fields of icount, itrigger and etrigger.
const (
	eventU       = 1 << 6
	eventS       = 1 << 7
	countPending = 1 << 8
	eventM       = 1 << 9
	countOne     = 1 << 10
	countMask    = 0x3fff << 10
	countHit     = 1 << 24
	eventHit     = 1 << 58
	eventActions = 63
	eventModes   = eventU | eventS | eventM
	countKept    = eventModes | countPending | countMask | countHit
	eventKept    = eventModes | eventHit
)

// Fields of textra64: bits 1:0 select what bits 33:2 are compared with. 2 is satp's ASID.
const (
	extraASID  = 2
	extraValue = 0xffff << 2
)

// trigger is one trigger's tdata1 to tdata3.
type trigger struct{ data1, data2, data3 uint64 }

func (t *trigger) kind() uint64 { return t.data1 >> triggerType }

// triggerFile is the triggers of a hart.
type triggerFile struct {
	selected uint64
	each     [Triggers]trigger
	watching bool // one matches addresses or counts, in whatever mode
	traps    bool // one looks at traps, or counts

	// What Next has seen last: an instruction that has retired since then has been counted
	// neither by it nor by a trap.
	seen  bool
	count uint64
	mode  shardedtlb.Priv
}

func (f *triggerFile) reset() {
	*f = triggerFile{}
	for i := range f.each {
		f.each[i].data1 = triggerDisabled << triggerType
	}
}

func (f *triggerFile) current() *trigger { return &f.each[f.selected%Triggers] }

// legalSelection keeps the selection if there is no trigger of the new number.
func legalSelection(_ *Hart, old, v uint64) uint64 {
	if v >= Triggers {
		return old
	}
	return v
}

// legalTrigger returns what tdata1 keeps of v: a trigger that there is not is a disabled one.
func legalTrigger(_ *Hart, _, v uint64) uint64 {
	kind := v >> triggerType
	switch kind {
	case triggerMatch:
		if v&(matchActions|matchSelect) == 0 && v>>matchKindShift&15 < matchKindsCount && matchSizesMask>>(v>>matchSizeShift&7)&1 != 0 {
			return kind<<triggerType | v&matchKept
		}
	case triggerICount:
		if v&eventActions == 0 {
			return kind<<triggerType | v&countKept
		}
	case triggerInt, triggerExc:
		if v&eventActions == 0 {
			return kind<<triggerType | v&eventKept
		}
	}
	return triggerDisabled << triggerType
}

// triggerWritten makes a new tdata1 effective.
func (h *Hart) triggerWritten() {
	h.triggers.seen = false
	h.armTriggers()
}

// legalExtra returns what tdata3 keeps of v.
func legalExtra(_ *Hart, _, v uint64) uint64 {
	if v&3 != extraASID {
		v &^= 3
	}
	return v & (extraValue | 3)
}

// armTriggers finds out what has to be watched.
func (h *Hart) armTriggers() {
	f := &h.triggers
	f.watching, f.traps = false, false
	for i := range f.each {
		switch t := &f.each[i]; t.kind() {
		case triggerMatch:
			f.watching = f.watching || t.data1&(matchLoad|matchStore|matchExecute) != 0
		case triggerICount:
			if t.data1&(countMask|countPending) != 0 {
				f.watching, f.traps = true, true
			}
		case triggerInt, triggerExc:
			f.traps = true
		}
	}
	h.watch()
}

// watch sends the hart to where triggers are looked at, if there are any in its mode.
func (h *Hart) watch() {
	h.Core.Watch = nil
	if !h.triggers.watching {
		return
	}
	for i := range h.triggers.each {
		if h.triggers.each[i].forMode(h.priv) {
			h.Core.Watch = (*watcher)(h)
		}
	}
}

// forMode reports whether a trigger that is looked at before instructions is enabled in a mode.
func (t *trigger) forMode(priv shardedtlb.Priv) bool {
	switch t.kind() {
	case triggerMatch:
		return t.data1&[...]uint64{matchU, matchS, 0, matchM}[priv] != 0
	case triggerICount, triggerInt, triggerExc:
		return t.data1&[...]uint64{eventU, eventS, 0, eventM}[priv] != 0
	}
	return false
}

// mayFire reports whether the hart's state lets triggers fire in mode priv.
func (h *Hart) mayFire(priv shardedtlb.Priv) bool {
	switch priv {
	case shardedtlb.M:
		return h.S.MStatus&statusMIE != 0
	case shardedtlb.S:
		return h.csrs.medeleg>>causeBreakpoint&1 == 0 || h.S.MStatus&statusSIE != 0
	}
	return true
}

// triggerEnabled reports whether t matches in the mode priv.
func (h *Hart) triggerEnabled(t *trigger, priv shardedtlb.Priv) bool {
	if !t.forMode(priv) || !h.mayFire(priv) {
		return false
	}
	return h.inContext(t)
}

// inContext reports whether the hart's address space is the one that t is for.
func (h *Hart) inContext(t *trigger) bool {
	return t.data3&3 != extraASID || t.data3>>2 == h.csrs.satp>>44&0xffff
}

// counted tells the counts of one event in mode priv.
func (h *Hart) counted(priv shardedtlb.Priv) {
	for i := range h.triggers.each {
		t := &h.triggers.each[i]
		if t.kind() != triggerICount || t.data1&countMask == 0 || !h.triggerEnabled(t, priv) {
			continue
		}
		if t.data1 -= countOne; t.data1&countMask == 0 {
			t.data1 |= countPending
		}
	}
}

// retiredWatched counts the instruction that Next has seen, if it has retired.
func (h *Hart) retiredWatched() {
	f := &h.triggers
	if f.seen && f.count != h.S.Count {
		h.counted(f.mode)
	}
	f.seen = false
}

// countTrap counts a trap that is about to be entered: an interrupt beside the instruction
// before it, which has retired, an exception in place of it.
func (h *Hart) countTrap(cause uint64) {
	if cause&interruptBit != 0 {
		h.retiredWatched()
	}
	h.triggers.seen = false
	h.counted(h.priv)
}

// trapTriggers looks at a trap from mode from, which has been entered; true if a breakpoint
// comes before its handler.
func (h *Hart) trapTriggers(cause uint64, from shardedtlb.Priv) (stop bool) {
	if !h.mayFire(h.priv) {
		return false
	}
	kind, bit := uint64(triggerExc), cause
	if cause&interruptBit != 0 {
		kind, bit = triggerInt, cause&63
	}
	for i := range h.triggers.each {
		t := &h.triggers.each[i]
		if t.kind() == kind && t.data2>>bit&1 != 0 && t.forMode(from) && h.inContext(t) {
			t.data1 |= eventHit
			stop = true
		}
	}
	return stop
}

// watcher is a hart as its engine asks it (interp.Watcher).
type watcher Hart

func (w *watcher) Next() (stop bool) {
	h := (*Hart)(w)
	h.retiredWatched()
	f := &h.triggers
	for i := range f.each {
		t := &f.each[i]
		if t.kind() == triggerICount && t.data1&countPending != 0 && h.triggerEnabled(t, h.priv) {
			t.data1 = t.data1&^countPending | countHit
			stop = true
		}
	}
	f.seen, f.count, f.mode = !stop, h.S.Count, h.priv
	return stop
}

func (w *watcher) Execute(pc, size uint64) bool {
	return (*Hart)(w).match(matchExecute, pc, max(size, 1), size, false)
}

func (w *watcher) Access(va, size uint64, load, store, block bool) bool {
	kinds := uint64(0)
	if load {
		kinds |= matchLoad
	}
	if store {
		kinds |= matchStore
	}
	return (*Hart)(w).match(kinds, va, size, size, block)
}

// match reports whether a trigger for one of kinds matches one of n bytes at va, accessed as
// size bytes.
func (h *Hart) match(kinds, va, n, size uint64, block bool) (stop bool) {
	for i := range h.triggers.each {
		t := &h.triggers.each[i]
		if t.kind() != triggerMatch || t.data1&kinds == 0 || !h.triggerEnabled(t, h.priv) {
			continue
		}
		if want := t.data1 >> matchSizeShift & 7; want != 0 && (block || size != [...]uint64{0, 1, 2, 4, 0, 8, 0, 0}[want]) {
			continue
		}
		if matchesAddress(t.data1>>matchKindShift&3, t.data2, va, va+n-1) {
			t.data1 = t.data1&^(matchHit0|matchHit1) | matchHit0
			stop = true
		}
	}
	return stop
}

// matchesAddress compares addresses first to last with a trigger's tdata2.
func matchesAddress(kind, data, first, last uint64) bool {
	switch kind {
	case matchNAPOT: // its ones at the end, and the 0 before them, are any
		within := data ^ (data + 1)
		return first <= data|within && last >= data&^within
	case matchAtLeast:
		return last >= data
	case matchLess:
		return first < data
	}
	return first <= data && data <= last
}
