package device_test

import (
	"errors"
	"testing"

	"github.com/hartwood-vm/hartwood/runtime/device"
	"github.com/hartwood-vm/hartwood/runtime/device/internal/statetest"
)

type part struct{ A, B uint8 }

type state struct {
	Flag  bool
	Parts []part
}

// box is a device that is nothing but its state.
type box struct {
	s    state
	busy error
}

func (b *box) Save() (state, error) { return b.s, b.busy }

func (b *box) Restore(s state) error {
	if len(s.Parts) > 2 {
		return device.BadField("Parts", "%d of them", len(s.Parts))
	}
	b.s = s
	return nil
}

func TestStateOf(t *testing.T) {
	from, to := &box{s: state{true, []part{{1, 2}, {3, 4}}}}, &box{}
	saver := func(b *box) device.Saver { return device.StateOf(1, b) }
	if got := string(statetest.Save(t, saver(from))); got != `{"version":1,"state":{"Flag":true,"Parts":[{"A":1,"B":2},{"A":3,"B":4}]}}` {
		t.Errorf("encoded as %s", got)
	}
	statetest.Spoil(t, saver(from), saver(to))
	statetest.Move(t, saver(from), saver(to))
	statetest.Move(t, saver(&box{}), saver(to))
	from.s.Parts = make([]part, 3)
	if err := saver(to).UnmarshalJSON(statetest.Save(t, saver(from))); !errors.Is(err, device.ErrState) {
		t.Errorf("the device's own refusal: %v", err)
	}
	from.busy = errors.New("busy")
	if _, err := saver(from).MarshalJSON(); !errors.Is(err, from.busy) {
		t.Errorf("a device that cannot be saved: %v", err)
	}
}
