package vcpu

import (
	"testing"

	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// A hart whose blocking call has ended is urgent, one that was woken otherwise is not.
func TestUnblockedHartIsUrgent(t *testing.T) {
	w := newWorld(t, 1)
	h := w.harts[0]
	w.load(asm.New(ram).Label("loop").Jump(asm.Zero, "loop"), ram)
	h.Reset(ram, 0, 0, 0)
	h.Launch()
	if n := w.urgent.Load(); n != 0 {
		t.Errorf("%d urgent harts after a launch", n)
	}
	h.Block()
	w.run()
	if w.urgent.Load() != 0 || len(w.queue) != 0 {
		t.Fatal("the blocked hart is runnable")
	}
	h.Unblock()
	if w.urgent.Load() != 1 || len(w.queue) != 1 {
		t.Errorf("%d urgent harts of %d in the queue, want 1 of 1", w.urgent.Load(), len(w.queue))
	}
}

// A hart leaves its worker to an urgent one, but never before it has had a small budget.
func TestHartMakesRoomForAnUrgentOne(t *testing.T) {
	for _, urgent := range []bool{false, true} {
		w := newWorld(t, 1)
		h := w.harts[0]
		h.fixedBudget = 2 * haste
		w.load(asm.New(ram).Label("loop").I(isa.ADDI, asm.S0, asm.S0, 1).Jump(asm.Zero, "loop"), ram)
		h.Reset(ram, 0, 0, 0)
		h.Launch()
		w.hurry.Store(urgent)
		if (<-w.queue).Slice(4) != Again {
			t.Fatal("the hart is not runnable any more")
		}
		want := uint64(8 * haste)
		if urgent {
			want = haste
		}
		if h.S.Count < want || h.S.Count > want+100 {
			t.Errorf("urgent hart waits: %v: %d instructions in the slice, want %d", urgent, h.S.Count, want)
		}
	}
}
