// Package plic is the platform-level interrupt controller of the RISC-V PLIC
// specification in SiFive's register layout: 95 level-triggered sources, routed to
// contexts, of which hart h has two: 2h for machine mode, 2h+1 for supervisor mode.
//
//	0x000000  priority   4 bytes a source, 0 (never) to 7
//	0x001000  pending    a bit a source, read-only
//	0x002000  enable     0x80 bytes a context, a bit a source
//	0x200000  contexts   0x1000 bytes each: threshold, claim/complete at +4
//
// It knows neither devices nor harts: sources are Lines that it hands out,
// contexts are numbers given to Config.Output.
//
// # Gateways
//
// A source whose level is up and which is not in service becomes pending. A claim
// takes the pending bit and puts the source in service; completion ends that, and
// if the level is (still or again) up the source becomes pending once more. A
// level that drops does not take a pending bit back: the handler then finds
// nothing to do, as the specification has it. The threshold masks a context's
// output but not its claims. Completion of a source that the context has not
// enabled is ignored.
//
// # Locks
//
// One mutex guards everything. Output is called while it is held, so that a
// context's levels arrive in order; Output must not block and not come back here.
// Lines may be called with a device's lock held (see package device). No
// goroutine.
//
// # Cost
//
// Each context keeps its enable bits (16 bytes), and each source that was ever
// enabled a bitmap of the contexts that enable it, so that a change of one source
// looks only at those; 8,190 contexts take 128 KiB and at most 96 KiB.
package plic
