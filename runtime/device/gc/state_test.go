package gc

import (
	"errors"
	"testing"

	"github.com/hartwood-vm/hartwood/runtime/device"
	"github.com/hartwood-vm/hartwood/runtime/device/internal/statetest"
)

// noHeap has no heap, and refuses to remove roots.
type noHeap struct{ Controller }

func (noHeap) RemoveRoots(uint64) Code { return BadRoots }
func (noHeap) Limit() uint64           { return 0 }
func (noHeap) Phase() Phase            { return Absent }
func (noHeap) Cycles() uint64          { return 0 }

func TestState(t *testing.T) {
	from, to := New(noHeap{}), New(noHeap{})
	for i := range uint64(numArgs) {
		from.Store(regArg+8*i, 8, i+1)
	}
	from.Store(regCommand, 8, cmdRemoveRoots)
	statetest.Spoil(t, from.State(), to.State())
	statetest.Move(t, from.State(), to.State())
	for off := uint64(regError); off < regArg+8*numArgs; off += 8 {
		a, _ := from.Load(off, 8)
		if b, _ := to.Load(off, 8); a != b || off != regResult && off != regResult+8 && a == 0 {
			t.Errorf("register %#x reads %#x, was %#x", off, b, a)
		}
	}
	if err := to.Restore(State{Code: Failed + 1}); !errors.Is(err, device.ErrState) {
		t.Errorf("an unknown code: %v", err)
	}
}

func TestArbitraryStates(t *testing.T) {
	statetest.Scramble(t, New(noHeap{}).State(), New(noHeap{}), regCommand)
}
