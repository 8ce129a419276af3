package pcie

import (
	"encoding/binary"
	"errors"
	"slices"
	"testing"

	"github.com/hartwood-vm/hartwood/runtime/device"
	"github.com/hartwood-vm/hartwood/runtime/device/internal/statetest"
)

// capability returns where a function's capability of that kind is, as a driver looks for it.
func (r *rig) capability(slot int, kind uint64) uint64 {
	for at := r.config(slot, regCapabilities, 1); at != 0; at = r.config(slot, at+1, 1) {
		if r.config(slot, at, 1) == kind {
			return at
		}
	}
	return 0
}

const tableBase = 0x4000_0000 // where the tests put a BAR

func (r *rig) setTable(vector, field, v uint64) {
	r.Memory(tableBase).Store(testSize+vector*msixEntry+field, 4, v)
}

func (r *rig) table(vector, field uint64) uint64 {
	return r.read(tableBase + testSize + vector*msixEntry + field)
}
func (r *rig) array(word uint64) uint64 { return r.read(tableBase + testSize + msixPage + 4*word) }

// took returns the messages since it was called last.
func (r *rig) took() []sent {
	s := r.sent
	r.sent = nil
	return s
}

// messaging returns a rig whose device 1 has 33 messages in place, all of which go to 0x2800_0000 + vector, enabled but masked one by one.
func messaging(t testing.TB) (r *rig, control uint64) {
	r = newRigWith(t, 33, 1)
	r.place(1, tableBase, commandMemory|commandMaster)
	control = r.capability(1, capMSIX) + msixControl
	for v := range uint64(33) {
		r.setTable(v, 0, 0x2800_0000+v*4)
		r.setTable(v, 8, v+100)
	}
	r.setConfig(1, control, 2, msixEnable)
	return r, control
}

// The capability says how many vectors there are and where, in a BAR that has room for them behind the endpoint's registers.
func TestMSIXCapability(t *testing.T) {
	r := newRigWith(t, 33, 1)
	at := r.capability(1, capMSIX)
	if at == 0 || r.config(1, at+msixControl, 2) != 32 || r.config(1, at+4, 4) != testSize|bar || r.config(1, at+8, 4) != testSize+msixPage|bar {
		t.Fatalf("capability at %#x: %#x %#x %#x", at, r.config(1, at, 4), r.config(1, at+4, 4), r.config(1, at+8, 4))
	}
	if r.setConfig(1, at, 4, 0xffff_ffff); r.config(1, at+msixControl, 2) != msixEnable|msixMasked|32 || r.config(1, at, 1) != capMSIX {
		t.Errorf("control %#x after all bits were written", r.config(1, at+msixControl, 2))
	}
	r.setConfig(1, regBAR+4*bar, 4, 0xffff_ffff)
	if v := r.config(1, regBAR+4*bar, 4) &^ barAttributes; v != 0xffff_8000 {
		t.Errorf("the BAR's size reads as %#x", v)
	}
	r.place(1, tableBase, commandMemory)
	if r.read(tableBase+testSize-4) != r.endpoints[1].value(testSize-4) || r.table(0, 12) != msixMasks {
		t.Error("the table is not behind the endpoint's registers")
	}
	if plain := newRig(t, 1); plain.capability(1, capMSIX) != 0 || plain.functions[1].Vectors() != 0 || plain.functions[1].Signal(0) {
		t.Error("a bus without messages has them")
	}
	for _, c := range []Config{{Size: testSize, Vectors: maxVectors + 1}, {Size: 256, Vectors: 1}} {
		if _, err := r.Add(5, c, r.endpoints[1]); !errors.Is(err, ErrConfig) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// A message waits while its vector or the function is masked, or the function no bus master; the pin is off meanwhile.
func TestMessages(t *testing.T) {
	r, control := messaging(t)
	f := r.functions[1]
	r.setTable(3, 12, 0)
	r.setTable(32, 12, 0xfffe)
	if !f.Signal(3) || !slices.Equal(r.took(), []sent{{0x2800_000c, 103}}) || r.array(0) != 0 {
		t.Fatal("a vector that is not masked sends nothing, or is pending")
	}
	f.Signal(4)
	f.Signal(4)
	if r.took() != nil || r.array(0) != 1<<4 || r.array(1) != 0 {
		t.Errorf("pending %#x", r.array(0))
	}
	if r.setTable(4, 12, 0); !slices.Equal(r.took(), []sent{{0x2800_0010, 104}}) || r.array(0) != 0 {
		t.Error("what was pending is not sent, or stays")
	}
	for name, c := range map[string]struct{ hold, release func() }{
		"function mask": {func() { r.setConfig(1, control, 2, msixEnable|msixMasked) }, func() { r.setConfig(1, control, 2, msixEnable) }},
		"no bus master": {func() { r.setConfig(1, regCommand, 2, commandMemory) }, func() { r.setConfig(1, regCommand, 2, commandMemory|commandMaster) }},
	} {
		c.hold()
		f.Signal(32)
		if r.took() != nil || r.array(1) != 1 {
			t.Errorf("%s: pending %#x", name, r.array(1))
		}
		if c.release(); !slices.Equal(r.took(), []sent{{0x2800_0080, 132}}) || r.array(1) != 0 {
			t.Errorf("%s: what was pending is not sent, or stays", name)
		}
	}
	for _, v := range []int{33, 64, 0xffff} {
		if !f.Signal(v) || r.took() != nil {
			t.Errorf("vector %d", v)
		}
	}
	f.SetINTx(true)
	if r.lines[1].Load() {
		t.Error("the pin is on beside messages")
	}
	f.Signal(7)
	if r.setConfig(1, control, 2, 0); f.Signal(3) || !r.lines[1].Load() || r.took() != nil || r.array(0) != 0 {
		t.Errorf("without messages: pin %v, pending %#x", r.lines[1].Load(), r.array(0))
	}
	r.setConfig(1, control, 2, msixEnable)
	r.Reset()
	if r.place(1, tableBase, commandMemory|commandMaster); r.table(3, 12) != msixMasks || r.table(3, 0) != 0 || f.Signal(3) {
		t.Error("a reset leaves the table, or messages on")
	}
}

// What of the table can be read and written, in which sizes.
func TestTable(t *testing.T) {
	r, _ := messaging(t)
	w := r.Memory(tableBase)
	w.Store(testSize, 8, 0x1234_5678_2800_1003)
	w.Store(testSize+8, 8, 0xffff_ffff_0000_0007)
	for _, c := range []struct {
		off  uint64
		size int
		want uint64
	}{
		{0, 4, 0x2800_1000}, {4, 4, 0x1234_5678}, {8, 4, 7}, {12, 4, 1}, {0, 8, 0x1234_5678_2800_1000}, {8, 8, 1<<32 | 7},
		{0, 2, 0}, {0, 1, 0}, {33 * msixEntry, 4, 0}, {msixPage + 8, 4, 0}, {testSize - 8, 8, 0},
	} {
		if got, ok := w.Load(testSize+c.off, c.size); got != c.want || !ok {
			t.Errorf("%d bytes at %#x: %#x, want %#x", c.size, c.off, got, c.want)
		}
	}
	w.Store(testSize+12, 2, 0)
	w.Store(testSize+12, 1, 0)
	w.Store(testSize+msixPage, 4, 0xffff_ffff)
	w.Store(testSize+33*msixEntry+12, 4, 0)
	if r.table(0, 12) != 1 || r.array(0) != 0 || r.took() != nil {
		t.Error("what cannot be written was")
	}
}

// A function goes on as another one.
func TestMessagesState(t *testing.T) {
	from, _ := messaging(t)
	from.setTable(5, 12, 0)
	from.functions[1].Signal(32)
	to := newRigWith(t, 33, 1)
	statetest.Spoil(t, from.State(), to.State())
	statetest.Move(t, from.State(), to.State())
	if to.functions[1].Signal(5); !slices.Equal(to.took(), []sent{{0x2800_0014, 105}}) || to.array(1) != 1 {
		t.Errorf("pending %#x", to.array(1))
	}
	if to.setTable(32, 12, 0); !slices.Equal(to.took(), []sent{{0x2800_0080, 132}}) {
		t.Error("what was pending is lost")
	}
	for i, bad := range []func(*FunctionState){
		func(s *FunctionState) { s.Messages = s.Messages[:32] }, func(s *FunctionState) { s.Pending[1] |= 2 },
		func(s *FunctionState) { s.Pending = nil }, func(s *FunctionState) { s.Messages[0].Address |= 2 },
	} {
		s, err := from.Save()
		if err != nil {
			t.Fatal(err)
		}
		if bad(&s.Functions[1]); !errors.Is(to.Restore(s), device.ErrState) {
			t.Errorf("%d: accepted", i)
		}
	}
	few := newRigWith(t, 3, 1)
	few.place(1, tableBase, commandMemory|commandMaster)
	statetest.Scramble(t, few.State(), newRigWith(t, 3, 1), ecam(2, 0))
}

// FuzzMessages has a guest do what it likes to configuration space and table while the endpoint signals. What goes out is what the
// registers say, and what is pending may not go.
func FuzzMessages(f *testing.F) {
	step := func(kind byte, at uint16, v uint32) []byte {
		return binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint16([]byte{kind}, at), v)
	}
	f.Add(slices.Concat(step(1, 12, 0), step(2, 0, 0), step(1, 12, 1), step(2, 0, 0), step(0, 0x4a, msixEnable|msixMasked), step(1, 12, 0), step(0, 0x4a, msixEnable)))
	f.Add(slices.Concat(step(2, 32, 0), step(0, regCommand, 0), step(1, 32*16+12, 0), step(0, regCommand, 6), step(3, 8, 0)))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, control := messaging(t)
		fn := r.functions[1]
		for ; len(data) >= 7; data = data[7:] {
			at, v := uint64(binary.LittleEndian.Uint16(data[1:])), uint64(binary.LittleEndian.Uint32(data[3:]))
			size := 1 << (data[0] >> 2 & 3)
			r.sent = nil
			signalled := -1
			switch data[0] & 3 {
			case 0:
				r.setConfig(1, at%spaceSize&^uint64(size-1), size, v)
			case 1:
				withMessages{r.endpoints[1], fn.messages}.Store(testSize+at%(2*msixPage)&^uint64(size-1), size, v)
			case 2:
				signalled = int(at)
				fn.Signal(signalled)
			case 3:
				withMessages{r.endpoints[1], fn.messages}.Load(testSize+at%(2*msixPage)&^uint64(size-1), size)
			}
			c, command := r.config(1, control, 2), r.config(1, regCommand, 2)
			may := c&msixEnable != 0 && c&msixMasked == 0 && command&commandMaster != 0
			if len(r.sent) > 33 || len(r.sent) > 0 && !may || signalled >= 33 && len(r.sent) > 0 {
				t.Fatalf("%d messages, control %#x, command %#x", len(r.sent), c, command)
			}
			for v, e := range fn.messages.entries {
				if pending := fn.messages.pending[v/32]>>(v%32)&1 != 0; pending && (c&msixEnable == 0 || may && !e.masked) {
					t.Fatalf("vector %d waits", v)
				}
				if e.address%4 != 0 {
					t.Fatalf("address %#x", e.address)
				}
			}
			if signalled >= 0 && signalled < 33 && may && !fn.messages.entries[signalled].masked != (len(r.sent) == 1) {
				t.Fatalf("vector %d is not sent", signalled)
			}
		}
	})
}
