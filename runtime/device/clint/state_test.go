package clint

import (
	"errors"
	"testing"

	"github.com/hartwood-vm/hartwood/runtime/device"
	"github.com/hartwood-vm/hartwood/runtime/device/internal/statetest"
)

func TestState(t *testing.T) {
	harts := [2]*fakeHarts{newHarts(3), newHarts(3)}
	var devices [2]*Device
	for i, f := range harts {
		d, err := New(Config{f})
		if err != nil {
			t.Fatal(err)
		}
		devices[i] = d
	}
	from, to := devices[0], devices[1]
	from.Store(4, 4, 1)
	from.Store(mtimecmpBase+16, 8, 1<<40)
	from.Store(mtimeOffset, 8, 99)
	to.Store(0, 4, 1)
	statetest.Spoil(t, from.State(), to.State())
	statetest.Move(t, from.State(), to.State())
	for _, off := range []uint64{0, 4, 8, mtimecmpBase, mtimecmpBase + 8, mtimecmpBase + 16, mtimecmpBase + 20, mtimeOffset} {
		a, _ := from.Load(off, 4)
		if b, _ := to.Load(off, 4); a != b {
			t.Errorf("register %#x reads %#x, was %#x", off, b, a)
		}
	}
	for h := range 3 {
		if got := harts[1].software[h].Load(); got != (h == 1) {
			t.Errorf("hart %d has a software interrupt: %v", h, got)
		}
	}
	for _, bad := range []State{{Compare: make([]uint64, 3)}, {Software: make([]bool, 3), Compare: make([]uint64, 4)}} {
		if err := to.Restore(bad); !errors.Is(err, device.ErrState) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}
