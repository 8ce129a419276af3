package runtime

import (
	"fmt"
	"math/bits"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/vcpu"
)

// HartView is what a hart does at a moment between two of its instructions.
type HartView struct {
	ID int
	// Activity is what it does or waits for, Detail what may end that; both are for people, Detail may be "".
	Activity, Detail string
	// Runnable says that it executes instructions, or would if it had a worker.
	Runnable bool
	// Answered is false if the hart has not come to a safe point in time, as one that waits for the host. What follows
	// is then unknown, but for Instructions and Traps as of its last safe point.
	Answered bool
	// Instructions and Traps are how many there have been.
	Instructions, Traps uint64
	// Mode is M, S or U.
	Mode string
	// PC is the next instruction, Function the name of its function, "" if unknown, Offset the distance from its start.
	PC       uint64
	Function string
	Offset   uint64
	// LastTrap is the latest trap, "" if there was none.
	LastTrap string
	// Fruitless is how many traps there were in a row, up to the latest, that have led nowhere.
	Fruitless uint64
}

// looks are the questions to harts of what they do.
type looks struct {
	mu    sync.Mutex
	harts []look // protected by mu; one a hart
}

// look is a question to one hart, which so has at most one in its mailbox.
type look struct {
	asked  bool                      // protected by looks.mu: it is to answer
	answer atomic.Pointer[vcpu.View] // set by whoever executes the message; read by Harts
}

const lookPause = time.Millisecond

// HartState is what a hart does, as far as it is known without asking it.
type HartState string

// The states.
const (
	HartRuns   HartState = "running" // on a worker
	HartQueued HartState = "queued"  // would run if it had a worker
	HartWaits  HartState = "waiting" // for an interrupt, another hart, memory or its start
)

// HartStates returns what each hart does. It asks none.
func (m *Machine) HartStates() []HartState {
	states := make([]HartState, len(m.core.Harts))
	for i, h := range m.core.Harts {
		switch h.Doing() {
		case vcpu.Running:
			states[i] = HartRuns
		case vcpu.Ready:
			states[i] = HartQueued
		default:
			states[i] = HartWaits
		}
	}
	return states
}

// Harts returns what each hart does. It stops none, and waits no longer than patience for harts to come to a safe point.
func (m *Machine) Harts(patience time.Duration) []HartView {
	l := &m.looks
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.harts == nil {
		l.harts = make([]look, len(m.core.Harts))
	}
	for i, h := range m.core.Harts {
		if a := &l.harts[i]; !a.asked || a.answer.Load() != nil { // an answer of before is out of date
			a.asked = true
			a.answer.Store(nil)
			h.Post(func(h *vcpu.Hart) {
				v := h.View()
				a.answer.Store(&v)
			})
		}
	}
	for end := time.Now().Add(patience); !l.answered() && time.Now().Before(end); {
		time.Sleep(lookPause)
	}
	views := make([]HartView, len(m.core.Harts))
	for i, h := range m.core.Harts {
		views[i] = m.view(h, l.harts[i].answer.Load())
	}
	return views
}

// answered says that every hart has. The caller holds mu.
func (l *looks) answered() bool {
	for i := range l.harts {
		if l.harts[i].answer.Load() == nil {
			return false
		}
	}
	return true
}

var activities = map[vcpu.Activity]string{
	vcpu.Running: "runs", vcpu.Ready: "ready, waits for a worker", vcpu.Waiting: "sleeps in WFI", vcpu.Suspended: "suspended",
	vcpu.Halted: "stopped, until another hart starts it", vcpu.Starting: "starting",
	vcpu.Fencing: "waits for other harts to have done its remote fence", vcpu.Stalled: "waits for the managed heap's collector",
}

// view words a hart's answer; nil: there was none.
func (m *Machine) view(h *vcpu.Hart, v *vcpu.View) HartView {
	if v == nil {
		c := h.Counters()
		return HartView{
			ID: h.ID, Activity: "does not answer", Detail: "waits for the host: for standard output, or for a processor",
			Instructions: c.Instructions, Traps: c.Traps,
		}
	}
	out := HartView{
		ID: h.ID, Answered: true, Activity: activities[v.Activity], Instructions: v.Instructions, Traps: v.Traps,
		Mode: modeName(v.Priv), PC: v.PC, Fruitless: v.Fruitless,
	}
	out.Runnable = v.Activity == vcpu.Running || v.Activity == vcpu.Ready
	out.Function, out.Offset = m.names.find(v.PC)
	if v.Activity == vcpu.Waiting || v.Activity == vcpu.Suspended {
		out.Detail = wakers(v)
	}
	if v.LastTrap != (vcpu.TrapView{}) {
		out.LastTrap = m.names.trapWords(v.LastTrap)
	}
	return out
}

func modeName(p shardedtlb.Priv) string { return [...]string{"U", "S", "?", "M"}[p&3] }

// wakers names the interrupts that end WFI.
func wakers(v *vcpu.View) string {
	var list []string
	for set := v.Interrupts; set != 0; set &= set - 1 {
		if name, known := interrupts[uint64(bits.TrailingZeros64(set))]; known {
			list = append(list, name)
		}
	}
	if len(list) == 0 {
		return "no interrupt is enabled"
	}
	words := "until an interrupt: " + strings.Join(list, ", ")
	if v.Timer >= 0 && v.Timer < time.Hour { // systems without a timer set one centuries ahead
		words += fmt.Sprintf("; the timer's in %v", v.Timer.Round(10*time.Microsecond))
	}
	return words
}
