package vcpu

import (
	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
)

// Event is something that a programmable performance counter can count.
type Event struct {
	// Number is what mhpmevent holds. General and cache events have the numbers that the
	// SBI specification's PMU extension gives them; EventRaw and those that follow are this
	// machine's own.
	Number uint64
	Name   string
}

// Numbers of events that others name.
const (
	EventCycles       = 1
	EventInstructions = 2
	// EventRaw is the first of the machine's own events, and EventRawMask selects the bits
	// that all of them share.
	EventRaw     = 0x100
	EventRawMask = hpmEvent &^ 0xff
)

// eventReader returns how often something has happened on a hart since it was made: a number
// that only grows, kept in any case.
type eventReader func(*Hart) uint64

// tlb returns the reader of one of the MMU's counts.
func tlb(count func(shardedtlb.Stats) uint64) eventReader {
	return func(h *Hart) uint64 { return count(h.MMU.Counted()) }
}

// retired reads cycles and instructions: an instruction takes one cycle.
func retired(h *Hart) uint64 { return h.S.Count }

// events are all events, a row each.
var events = []struct {
	Event
	read eventReader
}{
	{Event{EventCycles, "cycles"}, retired},
	{Event{EventInstructions, "instructions"}, retired},
	{Event{0x10019, "dTLB-load-misses"}, tlb(func(s shardedtlb.Stats) uint64 { return s.LoadMisses })},
	{Event{0x1001b, "dTLB-store-misses"}, tlb(func(s shardedtlb.Stats) uint64 { return s.StoreMisses })},
	{Event{0x10021, "iTLB-load-misses"}, tlb(func(s shardedtlb.Stats) uint64 { return s.FetchMisses })},

	{Event{EventRaw, "page-table walks"}, tlb(func(s shardedtlb.Stats) uint64 { return s.Walks })},
	{Event{EventRaw + 1, "page-table entries read by walks"}, tlb(func(s shardedtlb.Stats) uint64 { return s.WalkLevels })},
	{Event{EventRaw + 2, "second-level TLB hits"}, tlb(func(s shardedtlb.Stats) uint64 { return s.L2Hits })},
	{Event{EventRaw + 3, "second-level TLB misses"}, tlb(func(s shardedtlb.Stats) uint64 { return s.L2Misses })},
	{Event{EventRaw + 4, "A and D bits set"}, tlb(func(s shardedtlb.Stats) uint64 { return s.ADUpdates })},
	{Event{EventRaw + 5, "translations fenced"}, tlb(func(s shardedtlb.Stats) uint64 { return s.Fences })},
	{Event{EventRaw + 6, "exceptions"}, func(h *Hart) uint64 { return h.traps.Load() - h.interrupts }},
	{Event{EventRaw + 7, "interrupts"}, func(h *Hart) uint64 { return h.interrupts }},
	{Event{EventRaw + 8, "page faults"}, func(h *Hart) uint64 {
		return h.exceptions[interp.CauseFetchPage] + h.exceptions[interp.CauseLoadPage] + h.exceptions[interp.CauseStorePage]
	}},
	{Event{EventRaw + 9, "SBI calls answered by the built-in firmware"}, func(h *Hart) uint64 { return h.calls }},
	{Event{EventRaw + 10, "waits for an interrupt"}, func(h *Hart) uint64 { return h.waits }},
	{Event{EventRaw + 11, "instructions in native code"}, func(h *Hart) uint64 { return h.Core.Native.Insns }},
	{Event{EventRaw + 12, "exits from native code"}, func(h *Hart) (n uint64) {
		for _, exits := range h.Core.Native.Exits {
			n += exits
		}
		return n
	}},
}

// readers finds an event's reader by its number.
var readers = func() map[uint64]eventReader {
	m := make(map[uint64]eventReader)
	for _, e := range events {
		if m[e.Number] != nil {
			panic("BUG: two events have one number")
		}
		m[e.Number] = e.read
	}
	return m
}()

// Events returns what programmable counters can count, in ascending order.
func Events() []Event {
	var l []Event
	for _, e := range events {
		l = append(l, e.Event)
	}
	return l
}
