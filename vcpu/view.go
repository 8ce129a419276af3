package vcpu

import (
	"time"

	"github.com/hartwood-vm/hartwood/shardedtlb"
)

// Activity is what a hart does or waits for.
type Activity uint8

// The activities.
const (
	Running   Activity = iota // on a worker
	Ready                     // runnable, waits for a worker
	Waiting                   // in WFI
	Suspended                 // by the firmware's HSM, until an interrupt
	Halted                    // stopped, until it is started
	Starting                  // has been started, and has not begun
	Fencing                   // its firmware call waits for other harts
	Stalled                   // for memory of the managed heap, or a collection
)

// View is a hart between two instructions.
type View struct {
	PC       uint64
	Priv     shardedtlb.Priv
	Activity Activity
	// Instructions and Traps are how many there have been.
	Instructions, Traps uint64
	// LastTrap is the latest one, if there was any.
	LastTrap TrapView
	// Fruitless is how many traps in a row, up to the latest, have led nowhere: see progress.
	Fruitless uint64
	// Interrupts are those that end WFI, as bits of mip.
	Interrupts uint64
	// Timer is how long until the first timer interrupt ends WFI; negative: none does.
	Timer time.Duration
}

// TrapView is a trap. PC is the instruction that it interrupted.
type TrapView struct {
	Cause, PC, Value uint64
	// Mode is the mode of its handler, Returned whether the handler of the trap before had returned.
	Mode     shardedtlb.Priv
	Returned bool
}

// View returns what the hart does. The caller owns h; in a message the hart does what it does beside answering.
func (h *Hart) View() View {
	v := View{
		PC: h.S.PC, Priv: h.priv, Activity: h.activity(), Instructions: h.S.Count, Traps: h.traps.Load(),
		LastTrap: h.lastTrap, Fruitless: max(h.progress[0].fruitless, h.progress[1].fruitless),
		Interrupts: h.csrs.mie, Timer: -1,
	}
	if d := h.deadline(); d != never {
		left := min(max(d, h.env.Time())-h.env.Time(), uint64(time.Hour/tick))
		v.Timer = time.Duration(left) * tick
	}
	return v
}

const tick = time.Second / TimeFrequency

// Doing is what the hart does, as far as that can be told without asking it: Running, Ready or Waiting, for whatever. Safe
// for any goroutine.
func (h *Hart) Doing() Activity {
	switch h.state.Load() {
	case stateIdle:
		return Waiting
	case stateQueued:
		return Ready
	}
	return Running
}

func (h *Hart) activity() Activity {
	switch r := h.start.Load(); {
	case r == &off:
		return Halted
	case r != nil:
		return Starting
	case h.blocked.Load():
		return Fencing
	case h.stalled.Load():
		return Stalled
	case h.state.Load() == stateQueued:
		return Ready
	case h.state.Load() != stateIdle:
		return Running
	case h.suspended.Load():
		return Suspended
	}
	return Waiting
}
