package vcpu

import "github.com/hartwood-vm/hartwood/shardedtlb"

// A guest that hangs in traps runs as fast as one that works: its handler faults, or returns to what faults again. So
// each hart counts the traps in a row that have led nowhere.
//
// Traps into M-mode and into S-mode are counted apart, since a handler may trap into the mode above. A trap has led
// somewhere if, before the next one into the same mode, the hart has retired an instruction
//
//   - behind a return from the handler (MRET, SRET, MNRET), not counting those of M-mode's handlers for a trap into
//     S-mode; or
//   - at all, if the next trap is an interrupt, an environment call or a breakpoint: handlers that never return, as a
//     scheduler's that goes on in another thread, may run into these. Other exceptions in a handler are faults of it.

// StuckTraps is how many traps in a row without progress are reported to Environment.Stuck.
const StuckTraps = 1_000_000

// progress is what is known of a hart's traps into one mode. It belongs to the hart's owner.
type progress struct {
	fruitless uint64 // traps in a row that have led nowhere
	since     uint64 // the handler's clock when it was entered, or left, last
	returned  bool   // it was left since it was entered last
}

// trapped notes a trap into mode, S or M, before it changes anything.
func (h *Hart) trapped(mode shardedtlb.Priv, cause, value uint64) {
	if mode == shardedtlb.M && h.priv != shardedtlb.M {
		h.enteredM = h.S.Count
	}
	p, clock := &h.progress[mode/shardedtlb.M], h.handlerClock(mode)
	h.lastTrap = TrapView{cause, h.S.PC, value, mode, p.returned}
	if clock != p.since && (p.returned || deliberate(cause)) {
		p.fruitless = 0
	} else if p.fruitless++; p.fruitless == StuckTraps {
		h.env.Stuck(h)
	}
	p.since, p.returned = clock, false
}

// left notes that an instruction which has retired has returned from a handler of mode.
func (h *Hart) left(mode shardedtlb.Priv) {
	if mode == shardedtlb.M && h.priv != shardedtlb.M {
		h.insnsInM += h.S.Count - h.enteredM
	}
	p := &h.progress[mode/shardedtlb.M]
	p.since, p.returned = h.handlerClock(mode), true
}

// handlerClock counts the instructions that the hart has retired, for S-mode's handlers without those in M-mode.
func (h *Hart) handlerClock(mode shardedtlb.Priv) uint64 {
	if mode == shardedtlb.M {
		return h.S.Count
	}
	return h.S.Count - h.insnsInM
}

// deliberate says that a cause is no fault of the code that it interrupts.
func deliberate(cause uint64) bool {
	return cause&interruptBit != 0 || cause == causeBreakpoint || cause >= causeEcallU && cause <= causeEcallM
}

// forgetTraps begins anew.
func (h *Hart) forgetTraps() {
	h.progress = [2]progress{}
	h.lastTrap = TrapView{}
	h.enteredM, h.insnsInM = h.S.Count, 0
}
