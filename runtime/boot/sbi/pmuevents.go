package sbi

// Types of events, in bits 19:16 of an event's index, and what the bits below name: chapter
// "Performance Monitoring Unit Extension".
const (
	eventGeneral  = 0
	eventCache    = 1
	eventRaw      = 2
	eventRawV2    = 3
	eventFirmware = 15

	generalEvents = 11 // codes of general events, 0 names none
	cacheKinds    = 7  // L1D, L1I, LL, DTLB, ITLB, BPU, NODE
	cacheOps      = 3  // read, write, prefetch
)

// Firmware events, by their codes. The hypervisor's, 14 to 21, never happen here.
const (
	fwMisalignedLoad = iota
	fwMisalignedStore
	fwAccessLoad
	fwAccessStore
	fwIllegal
	fwSetTimer
	fwIPISent
	fwIPIReceived
	fwFenceSent // of FENCE.I, SFENCE.VMA, and that with an ASID: two each, sent and received
	fwFenceReceived
	firmwareEvents = 22
)

// trapCause has the exception that some firmware events count.
var trapCause = map[uint16]int{fwMisalignedLoad: 4, fwMisalignedStore: 6, fwAccessLoad: 5, fwAccessStore: 7, fwIllegal: 2}

// event is an event's index, checked: type and code.
type event struct {
	kind uint8
	code uint16
}

// parseEvent checks an event's index; ok is false if the specification knows none of this
// number.
func parseEvent(idx uint64) (e event, ok bool) {
	if idx>>20 != 0 {
		return e, false
	}
	e = event{uint8(idx >> 16), uint16(idx)}
	switch e.kind {
	case eventGeneral:
		ok = e.code < generalEvents
	case eventCache:
		ok = e.code>>3 < cacheKinds && e.code>>1&3 < cacheOps
	case eventRaw, eventRawV2:
		ok = e.code == 0
	case eventFirmware:
		ok = e.code < firmwareEvents
	}
	return e, ok
}

// selector returns what mhpmevent takes for a hardware event. For general and cache events it
// is the index, as the specification proposes.
func (e event) selector(data uint64) uint64 {
	switch e.kind {
	case eventRaw:
		return data & (1<<48 - 1)
	case eventRawV2:
		return data & (1<<56 - 1)
	}
	return uint64(e.kind)<<16 | uint64(e.code)
}

// happened returns how often a firmware event has happened to the calling hart, a number that
// only grows.
func (c call) happened(code uint16) uint64 {
	if cause, ok := trapCause[code]; ok {
		return c.h.Exceptions(cause)
	}
	return c.state().sent[code] + c.harts[c.h.ID()].received[code].Load()
}

// counts reports whether there is a counter for the event.
func (c call) counts(e event, data uint64) bool {
	return e.kind == eventFirmware || c.h.Counts(e.selector(data))
}
