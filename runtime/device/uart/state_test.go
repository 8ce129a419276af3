package uart

import (
	"errors"
	"testing"

	"github.com/hartwood-vm/hartwood/runtime/device"
	"github.com/hartwood-vm/hartwood/runtime/device/internal/statetest"
)

// A port in the midst of everything goes on as another one.
func TestState(t *testing.T) {
	from, to := newRig(t, nil, nil), newRig(t, nil, nil)
	from.out(regIIR, fcrEnable|2<<6)
	from.out(regLCR, lcrDLAB)
	from.out(regData, 7)
	from.out(regIER, 1)
	from.out(regLCR, 3)
	from.out(regSCR, 0x5a)
	from.out(regMCR, mcrLoop|mcrRTS)
	for i := range byte(20) { // four too many
		from.out(regData, i)
	}
	from.out(regLCR, 3|lcrBreak)
	from.out(regIER, ierReceive|ierTransmit|ierModem)
	to.out(regSCR, 1)
	to.out(regMCR, mcrLoop)
	to.out(regData, 0xee)
	statetest.Spoil(t, from.State(), to.State())
	statetest.Move(t, from.State(), to.State())
	if !from.level.Load() || !to.level.Load() {
		t.Error("the interrupt is down")
	}
	for _, off := range []uint64{regIER, regLCR, regMCR, regSCR, regIIR, regLSR, regMSR, regMSR, regIIR, regLSR} { // some twice: reading them has effects
		a := from.in(off)
		to.expect("the port", off, a)
	}
	for range 17 {
		a := from.in(regData)
		to.expect("FIFO", regData, a)
		a = from.in(regLSR)
		to.expect("line", regLSR, a)
	}
	for _, off := range []uint64{regData, regIER} {
		from.out(regLCR, lcrDLAB)
		to.out(regLCR, lcrDLAB)
		a := from.in(off)
		to.expect("divisor", off, a)
	}
	for i, spoil := range []func(*State){
		func(s *State) { s.IER = 0x10 }, func(s *State) { s.FCR = 2 }, func(s *State) { s.MCR = 0x20 }, func(s *State) { s.MSR ^= msrCTS },
		func(s *State) { s.Receive = make([]Received, 17) }, func(s *State) { s.FCR, s.Receive = 0, make([]Received, 2) },
		func(s *State) { s.Receive = []Received{{1, lsrData}} },
	} {
		s, err := from.Save()
		if err != nil {
			t.Fatal(err)
		}
		if spoil(&s); !errors.Is(to.Restore(s), device.ErrState) {
			t.Errorf("%d: accepted", i)
		}
	}
	from.Reset()
	statetest.Move(t, from.State(), to.State())
	if to.level.Load() {
		t.Error("the interrupt is up without a cause")
	}
}

// A port whose transmitter was busy finds that of another machine empty.
func TestStateOfABusyTransmitter(t *testing.T) {
	to := newRig(t, nil, nil)
	s := State{Registers: powerOn}
	s.IER, s.Waiting = ierTransmit, true
	if err := to.Restore(s); err != nil {
		t.Fatal(err)
	}
	if !to.level.Load() {
		t.Error("the driver is not told that there is room")
	}
}

func TestArbitraryStates(t *testing.T) {
	from, to := newRig(t, nil, nil), newRig(t, nil, nil)
	from.out(regMCR, mcrLoop)
	for i := range byte(2) {
		from.out(regData, i)
	}
	statetest.Scramble(t, from.State(), to, registers)
}
