package pcie

import (
	"errors"
	"math"
	"sync"
	"testing"

	"github.com/hartwood-vm/hartwood/runtime/device"
	"github.com/hartwood-vm/hartwood/runtime/device/internal/statetest"
)

var (
	_ device.Device = (*Bridge)(nil)
	_ device.Device = (*Window)(nil)
	_ device.Device = Ports{}
)

func TestHeader(t *testing.T) {
	r := newRig(t, 3)
	for _, c := range []struct {
		slot int
		reg  uint64
		size int
		want uint64
	}{
		{0, regVendor, 4, 0x00081b36}, {0, regClass, 2, 0}, {0, regClass + 2, 1, 6},
		{3, regVendor, 2, 0x1af4}, {3, regDevice, 2, 0x1003}, {3, regStatus, 2, statusCapabilities}, {3, regClass + 2, 1, 2},
		{3, 0x0e, 1, 0}, {3, regInterruptPin, 1, 1}, {3, regCapabilities, 1, headerSize},
		{3, headerSize, 4, 0x00080009 | 0x48<<8}, {3, headerSize + 8, 4, 0x00920010},
		{3, 0x30, 4, 0}, {3, 0x100, 4, 0}, {3, 0xffc, 4, 0}, {3, 0, 8, 0x0010_0000_1003_1af4},
	} {
		if got := r.config(c.slot, c.reg, c.size); got != c.want {
			t.Errorf("%d bytes at %#x of %d: %#x, want %#x", c.size, c.reg, c.slot, got, c.want)
		}
	}
}

// Buses, devices and functions that are not there read as all ones and take no stores.
func TestNobodyAnswers(t *testing.T) {
	r := newRig(t, 3, 31)
	for _, off := range []uint64{
		ecam(1, 0), ecam(30, 0), ecam(3, 0) | 1<<functionShift, ecam(31, 0) | 7<<functionShift,
		1 << busShift, 1<<busShift | ecam(3, 0), 255<<busShift | ecam(31, 0) | 7<<functionShift | 0xff8,
	} {
		for _, size := range []int{1, 2, 4, 8} {
			r.Store(off, size, 0)
			if v, ok := r.Load(off, size); v != math.MaxUint64>>(64-8*size) || !ok {
				t.Errorf("%d bytes at %#x: %#x, %v", size, off, v, ok)
			}
		}
	}
	if v, ok := (Ports{}).Load(0, 2); v != 0xffff || !ok || !(Ports{}).Store(0, 2, 0) {
		t.Error("an I/O port answers")
	}
}

func TestImpossibleFunctions(t *testing.T) {
	r := newRig(t, 3)
	good := Config{Size: 16}
	long := Config{Size: 16, Capabilities: []Capability{{Bytes: make([]byte, 0x90)}, {Bytes: make([]byte, 0x40)}}}
	for i, c := range []struct {
		slot int
		c    Config
		e    Endpoint
	}{
		{0, good, &echo{}}, {32, good, &echo{}}, {-1, good, &echo{}}, {3, good, &echo{}}, {4, good, nil}, {4, Config{Size: 24}, &echo{}},
		{4, Config{Size: 8}, &echo{}}, {4, long, &echo{}}, {4, Config{Size: 16, Capabilities: []Capability{{}}}, &echo{}},
		{4, Config{Size: 16, Capabilities: []Capability{{Bytes: make([]byte, 8), Mask: make([]byte, 4)}}}, &echo{}},
	} {
		if _, err := r.Add(c.slot, c.c, c.e); !errors.Is(err, ErrConfig) {
			t.Errorf("%d: %v", i, err)
		}
	}
	if _, err := r.Add(4, good, &echo{}); err != nil {
		t.Error(err)
	}
}

// A driver finds out how large a BAR is by writing all ones to it; only then, and only while memory is enabled, is anything there.
func TestSizingProbe(t *testing.T) {
	r := newRig(t, 1)
	r.place(1, math.MaxUint64, 0)
	if lo, hi := r.config(1, regBAR+4*bar, 4), r.config(1, regBAR+4*bar+4, 4); lo != 0xffff_c00c || hi != 0xffff_ffff {
		t.Errorf("probe reads %#x, %#x", lo, hi)
	}
	r.setConfig(1, regCommand, 2, commandMemory) // some probe with decoding on
	r.checkOwner(math.MaxUint64 - testSize + 1)
	for reg := uint64(regBAR); reg < regBAR+4*bar; reg += 4 {
		if r.setConfig(1, reg, 4, math.MaxUint32); r.config(1, reg, 4) != 0 {
			t.Errorf("there is a BAR at %#x", reg)
		}
	}
}

// Accesses follow a BAR wherever the guest moves it.
func TestBARsMove(t *testing.T) {
	r := newRig(t, 1, 2)
	e := r.endpoints[2]
	const low, high = 0x4000_8000, 0x4_0000_4000
	for _, base := range []uint64{low, high, low} {
		r.place(2, base, commandMemory)
		if v := r.read(base + 0x123c); v != e.value(0x123c) {
			t.Errorf("%#x at %#x", v, base)
		}
		if r.Memory(base).Store(testSize-8, 8, 0); e.stored.Load() != testSize-8 {
			t.Errorf("a store at %#x went to %#x", base, e.stored.Load())
		}
		other := uint64(low)
		if base == low {
			other = high
		}
		for _, a := range []uint64{base - 4, base + testSize, other} {
			if v := r.read(a); v != math.MaxUint32 {
				t.Errorf("%#x answers at %#x, and is at %#x", v, a, base)
			}
		}
	}
	if r.setConfig(2, regCommand, 2, 0); r.read(low) != math.MaxUint32 {
		t.Error("memory is disabled, and answers")
	}
	r.setConfig(2, regCommand, 2, commandMemory)
	if r.Reset(); r.read(low) != math.MaxUint32 || r.config(2, regBAR+4*bar, 4) != bar64|barPrefetch {
		t.Error("the BAR survived a reset")
	}
}

// Of BARs that overlap the lower device number's answers, whichever came first.
func TestOverlappingBARs(t *testing.T) {
	r := newRig(t, 4, 2, 9)
	for _, order := range [][]int{{2, 4, 9}, {9, 4, 2}} {
		for _, slot := range order {
			r.place(slot, 0x4000_0000, commandMemory)
		}
		for _, slot := range []int{2, 4, 9} {
			if v := r.read(0x4000_0010); v != r.endpoints[slot].value(0x10) {
				t.Errorf("%#x answers, want %d", v, slot)
			}
			r.setConfig(slot, regCommand, 2, 0)
		}
	}
}

func TestInterruptLines(t *testing.T) {
	r := newRig(t, 1, 5, 2)
	level := func(line int, want bool) {
		t.Helper()
		for i := range r.lines {
			if got := r.lines[i].Load(); got != (want && i == line) {
				t.Errorf("line %d is %v", i, got)
			}
		}
	}
	r.functions[1].SetINTx(true)
	r.functions[5].SetINTx(true)
	level(1, true)
	r.functions[1].SetINTx(false)
	level(1, true) // the other one on that line
	if s := r.config(5, regStatus, 2); s&statusInterrupt == 0 {
		t.Errorf("status %#x", s)
	}
	r.setConfig(5, regCommand, 2, commandNoINTx)
	level(1, false)
	if s := r.config(5, regCommand, 4) >> 16; s&statusInterrupt == 0 {
		t.Errorf("status %#x while disabled", s)
	}
	r.setConfig(5, regCommand, 2, 0)
	level(1, true)
	r.functions[5].SetINTx(false)
	level(1, false)
	r.functions[2].SetINTx(true)
	level(2, true)
}

func TestBusMaster(t *testing.T) {
	r := newRig(t, 1)
	m := &r.endpoints[1].master
	for _, c := range []struct{ command, on uint64 }{{commandMemory, 0}, {commandMaster, 1}, {commandMaster | commandNoINTx, 1}, {0, 0}} {
		if r.setConfig(1, regCommand, 2, c.command); m.Load() != (c.on == 1) {
			t.Errorf("command %#x: master %v", c.command, m.Load())
		}
	}
	r.setConfig(1, regCommand, 2, commandMaster)
	if r.Reset(); m.Load() {
		t.Error("still a master after a reset")
	}
}

// While one hart moves BARs, every access of another finds one of them or nothing.
func TestMoveHammer(t *testing.T) {
	r := newRig(t, 1, 2)
	const a, b = 0x4000_0000, 0x5000_0000
	r.place(1, a, commandMemory)
	r.place(2, b, commandMemory)
	var movers sync.WaitGroup
	stop := make(chan struct{})
	for _, slot := range []int{1, 2} {
		movers.Go(func() {
			for i := range 5000 {
				r.setConfig(slot, regBAR+4*bar, 4, []uint64{a, b}[i%2])
				if i%7 == 0 {
					r.setConfig(slot, regCommand, 2, 0)
					r.setConfig(slot, regCommand, 2, commandMemory)
				}
			}
		})
	}
	go func() {
		movers.Wait()
		close(stop)
	}()
	for open := true; open; {
		select {
		case <-stop:
			open = false
		default:
		}
		for _, base := range []uint64{a, b} {
			if v := r.read(base + 8); v != math.MaxUint32 && v != r.endpoints[1].value(8) && v != r.endpoints[2].value(8) {
				t.Fatalf("%#x at %#x", v, base)
			}
		}
	}
	r.checkOwner(a)
	r.checkOwner(b)
}

func TestState(t *testing.T) {
	from, to := newRig(t, 1, 7), newRig(t, 1, 7)
	from.place(7, 0x4000_0000, commandMemory|commandMaster)
	from.setConfig(7, regInterruptLine, 1, 33)
	statetest.Spoil(t, from.State(), to.State())
	statetest.Move(t, from.State(), to.State())
	if v := to.read(0x4000_0004); v != to.endpoints[7].value(4) || !to.endpoints[7].master.Load() {
		t.Errorf("%#x where the BAR is, master %v", v, to.endpoints[7].master.Load())
	}
	for i, spoil := range []func(*State){
		func(s *State) { s.Functions[2].Words[0]++ }, func(s *State) { s.Functions[1].Words[4+bar] |= 1 },
		func(s *State) { s.Functions[2].Slot = 8 }, func(s *State) { s.Functions[2].Words = []uint32{0} },
		func(s *State) { s.Functions = s.Functions[1:] },
	} {
		s, err := from.Save()
		if err != nil {
			t.Fatal(err)
		}
		if spoil(&s); !errors.Is(to.Restore(s), device.ErrState) {
			t.Errorf("%d: accepted", i)
		}
	}
	from, to = newRig(t, 1), newRig(t, 1)
	from.place(1, 0x4000_0000, commandMemory|commandMaster)
	statetest.Scramble(t, from.State(), to, ecam(2, 0))
}
