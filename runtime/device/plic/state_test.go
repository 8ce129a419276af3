package plic

import (
	"errors"
	"testing"

	"github.com/hartwood-vm/hartwood/runtime/device"
	"github.com/hartwood-vm/hartwood/runtime/device/internal/statetest"
)

// A controller with sources pending, in service and masked goes on as another one, whose lines are as the devices'.
func TestState(t *testing.T) {
	from, to := newRig(t, 4), newRig(t, 4)
	for _, src := range []int{1, 40, 95} {
		from.store(uint64(4*src), uint64(src%7+1))
		from.enable(1, src)
		from.enable(2, src)
		from.line(src)(true)
	}
	from.store(contextBase+2*contextStride, 7)
	claimed := from.load(contextBase + contextStride + regClaim)
	to.store(4*7, 3)
	to.enable(3, 7)
	to.line(7)(true) // of no device of from's
	to.line(7)(false)
	statetest.Spoil(t, from.d.State(), to.d.State())
	for _, src := range []int{1, 40, 95} {
		to.line(src)(true)
	}
	statetest.Move(t, from.d.State(), to.d.State())
	same := func() {
		t.Helper()
		for _, off := range []uint64{4, 4 * 7, 4 * 40, 4 * 95, pendingBase, pendingBase + 4, pendingBase + 8,
			enableBase + enableStride, enableBase + enableStride + 4, enableBase + 3*enableStride, contextBase + 2*contextStride} {
			if a, b := from.load(off), to.load(off); a != b {
				t.Errorf("register %#x reads %#x, was %#x", off, b, a)
			}
		}
		for ctx := range from.levels {
			if from.levels[ctx] != to.levels[ctx] {
				t.Errorf("context %d: level %v, was %v", ctx, to.levels[ctx], from.levels[ctx])
			}
		}
	}
	same()
	for _, r := range []*rig{from, to} {
		r.store(contextBase+contextStride+regClaim, claimed) // complete: the line is still up
	}
	same()
	for range 4 {
		if a, b := from.load(contextBase+contextStride+regClaim), to.load(contextBase+contextStride+regClaim); a != b {
			t.Errorf("claims %d, was %d", b, a)
		}
	}
	same()
	good := func() State {
		s, err := from.d.Save()
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	for i, spoil := range []func(*State){
		func(s *State) { s.Contexts = s.Contexts[1:] }, func(s *State) { s.Pending[0] |= 1 }, func(s *State) { s.Claimed[0] |= 1 },
		func(s *State) { s.Priority[0] = 1 }, func(s *State) { s.Priority[9] = 8 }, func(s *State) { s.Contexts[1].Enable[0] |= 1 },
		func(s *State) { s.Contexts[3].Threshold = 8 },
	} {
		s := good()
		if spoil(&s); !errors.Is(to.d.Restore(s), device.ErrState) {
			t.Errorf("%d: accepted", i)
		}
	}
	same()
	from.line(40)(false)
	to.line(40)(false)
	same()
}

func TestArbitraryStates(t *testing.T) {
	d, err := New(Config{Contexts: 2, Output: func(int, bool) {}})
	if err != nil {
		t.Fatal(err)
	}
	statetest.Scramble(t, newRig(t, 2).d.State(), d, 0x202000)
}
