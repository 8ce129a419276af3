package sbi

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"
)

func TestDebugWrite(t *testing.T) {
	r := newRig(t)
	copy(r.p.ram[0x100:], "hello, console")
	r.want(Done, Success, 5, extDebug, 0, 5, ramBase+0x100, 0)
	r.p.accept = 3
	r.want(Done, Success, 3, extDebug, 0, 9, ramBase+0x105, 0)
	if string(r.p.out) != "hello, c" {
		t.Errorf("%q", r.p.out)
	}
	r.p.accept = 0
	r.want(Done, Success, 0, extDebug, 0, 9, ramBase, 0)
	r.p.accept = -1
	r.want(Done, Failed, 0, extDebug, 0, 9, ramBase, 0)
	r.want(Done, Success, 0, extDebug, 0, 0, 0x1234, 0)
}

func TestDebugBoundsOneCall(t *testing.T) {
	r := newRig(t)
	r.want(Done, Success, maxConsole, extDebug, 0, ramSize, ramBase, 0)
	r.p.in = bytes.Repeat([]byte("x"), ramSize)
	r.want(Done, Success, maxConsole, extDebug, 1, ramSize, ramBase, 0)
	if len(r.p.in) != ramSize-maxConsole {
		t.Errorf("%d bytes of input left", len(r.p.in))
	}
}

func TestDebugRead(t *testing.T) {
	r := newRig(t)
	r.want(Done, Success, 0, extDebug, 1, 16, ramBase+0x200, 0)
	r.p.in = []byte("typed text")
	r.want(Done, Success, 5, extDebug, 1, 5, ramBase+0x200, 0)
	r.want(Done, Success, 5, extDebug, 1, 100, ramBase+0x205, 0)
	if got := string(r.p.ram[0x200:0x20b]); got != "typed text\x00" {
		t.Errorf("%q", got)
	}
	r.p.accept = -1
	r.want(Done, Failed, 0, extDebug, 1, 1, ramBase, 0)
}

func TestDebugBadMemory(t *testing.T) {
	r := newRig(t)
	r.p.in = []byte("input")
	for _, a := range [][3]uint64{
		{1, 0, 0}, {8, ramBase - 4, 0}, {8, ramBase + ramSize - 4, 0}, {1, ramBase, 1}, {ramSize + 1, ramBase, 0},
		{all, ramBase, 0}, {all, 1, 0}, {1 << 63, ramBase, 0}, {16, all - 3, 0}, {1, ramBase, all},
	} {
		for fn := range uint64(2) {
			r.want(Done, InvalidParam, 0, extDebug, fn, a[0], a[1], a[2])
		}
	}
	if len(r.p.out) != 0 || string(r.p.in) != "input" {
		t.Errorf("wrote %q, left %q", r.p.out, r.p.in)
	}
}

func TestDebugWriteByte(t *testing.T) {
	r := newRig(t)
	r.want(Done, Success, 0, extDebug, 2, 0x141)
	if string(r.p.out) != "A" {
		t.Errorf("%q", r.p.out)
	}
	r.p.accept = -1
	r.want(Done, Failed, 0, extDebug, 2, 'A')
}

// legacy makes a legacy call and checks a0, and that a1 is left alone.
func (r *rig) legacy(res Result, a0 int64, ext uint64, args ...uint64) {
	r.Helper()
	got := r.raw(ext, 99, args...)
	a1 := uint64(0xdead0000 + regA1)
	if len(args) > 1 {
		a1 = args[1]
	}
	if got != res || int64(r.h.x[regA0]) != a0 || r.h.x[regA1] != a1 {
		r.Errorf("legacy %d %#x: result %d, a0 %d, a1 %#x; want %d, %d, %#x", ext, args, got, int64(r.h.x[regA0]), r.h.x[regA1], res, a0, a1)
	}
}

func TestLegacyConsole(t *testing.T) {
	r := newRig(t)
	r.legacy(Done, 0, legacyPutchar, 'H')
	r.legacy(Done, 0, legacyPutchar, 'i'|1<<40)
	if string(r.p.out) != "Hi" {
		t.Errorf("%q", r.p.out)
	}
	r.legacy(Done, -1, legacyGetchar)
	r.p.in = []byte{0xff, 'x'}
	r.legacy(Done, 0xff, legacyGetchar)
	r.legacy(Done, 'x', legacyGetchar)
	r.p.accept = -1
	r.legacy(Done, -1, legacyPutchar, 'H')
	r.legacy(Done, -1, legacyGetchar)
}

func TestLegacyTimerAndShutdown(t *testing.T) {
	r := newRig(t)
	r.legacy(Done, 0, legacySetTimer, 99)
	if r.h.timer != 99 {
		t.Errorf("timer %d", r.h.timer)
	}
	if res := r.raw(legacyShutdown, 0); res != Stop || !slices.Equal(r.p.resets, []reset{{Shutdown, false}}) {
		t.Errorf("%d %+v", res, r.p.resets)
	}
}

func TestLegacyIPI(t *testing.T) {
	r := newRig(t)
	r.h.ipi = true
	r.legacy(Done, 1, legacyClearIPI)
	r.legacy(Done, 0, legacyClearIPI)
	r.legacy(Done, 0, legacySendIPI, 0)
	if !slices.Equal(r.p.ipis, []int{0, 1, 2, 3}) {
		t.Errorf("%v", r.p.ipis)
	}
	r.p.ipis = nil
	r.h.virtual[0x4000] = binary.LittleEndian.AppendUint64(nil, 0xf5) // bits past hart 3 do not count
	r.legacy(Done, 0, legacySendIPI, 0x4000)
	if !slices.Equal(r.p.ipis, []int{0, 2}) {
		t.Errorf("%v", r.p.ipis)
	}
	r.legacy(Done, int64(InvalidAddress), legacySendIPI, 0x5000)
}

func TestLegacyMaskOfManyHarts(t *testing.T) {
	r := newRig(t)
	r.setHarts(65)
	v := make([]byte, 16)
	v[0], v[8] = 1, 0xff
	r.h.virtual[8] = v
	r.legacy(Done, 0, legacySendIPI, 8)
	if !slices.Equal(r.p.ipis, []int{0, 64}) {
		t.Errorf("%v", r.p.ipis)
	}
}

func TestLegacyFences(t *testing.T) {
	r := newRig(t)
	r.h.virtual[8] = binary.LittleEndian.AppendUint64(nil, 0b1001)
	r.legacy(Blocked, 0, legacyFenceI, 8)
	r.legacy(Blocked, 0, legacySFence, 8, 0x1000, 0x3000)
	r.legacy(Blocked, 0, legacySFenceASID, 8, 0x1000, all, 6)
	want := []FenceRequest{
		{Kind: FenceI}, {Kind: SFence, Start: 0x1000, Size: 0x3000}, {Kind: SFenceASID, Full: true, ASID: 6},
	}
	if !slices.Equal(r.p.fences, want) || !slices.Equal(r.p.targets, []int{0, 3}) {
		t.Errorf("%+v to %v", r.p.fences, r.p.targets)
	}
	for _, ext := range []uint64{legacyFenceI, legacySFence, legacySFenceASID} {
		r.legacy(Done, int64(InvalidAddress), ext, 0x9999)
	}
}
