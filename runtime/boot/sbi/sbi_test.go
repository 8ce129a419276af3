package sbi

import (
	"slices"
	"testing"
)

const all = ^uint64(0)

func TestBase(t *testing.T) {
	r := newRig(t)
	r.want(Done, Success, 0x03000000, extBase, 0)
	r.want(Done, Success, implID, extBase, 1)
	r.want(Done, Success, implVersion, extBase, 2)
	r.want(Done, Success, 11, extBase, 4)
	r.want(Done, Success, 22, extBase, 5)
	r.want(Done, Success, 33, extBase, 6)
	r.want(Done, NotSupported, 0, extBase, 7)
	for _, ext := range []uint64{extBase, extTime, extIPI, extRFence, extHSM, extReset, extDebug, extPMU, extFeatures, extSuspend, extStealTime, extTriggers, 0, 1, 2, 3, 4, 5, 6, 7, 8} {
		r.want(Done, Success, 1, extBase, 3, ext)
	}
	for _, ext := range []uint64{9, 15, 0x43505043 /* CPPC */, 0x535345, 0x4e41434c, 0x0a000000, all} {
		r.want(Done, Success, 0, extBase, 3, ext)
	}
}

func TestUnknown(t *testing.T) {
	r := newRig(t)
	for _, ext := range []uint64{9, 0x43505043 /* CPPC */, 0x535345 /* SSE */, 0x4e41434c /* NACL */, all, 1 << 31} {
		r.want(Done, NotSupported, 0, ext, 0)
	}
	for _, ext := range []uint64{extTime, extIPI, extReset, extSuspend, extStealTime} {
		r.want(Done, NotSupported, 0, ext, 1)
	}
	for _, ext := range []uint64{extHSM, extDebug, extRFence, extBase, extPMU, extFeatures, extTriggers} {
		r.want(Done, NotSupported, 0, ext, 99)
		r.want(Done, NotSupported, 0, ext, all)
	}
}

func TestTime(t *testing.T) {
	r := newRig(t)
	r.want(Done, Success, 0, extTime, 0, 12345)
	if r.h.timer != 12345 {
		t.Errorf("timer %d", r.h.timer)
	}
}

func TestIPI(t *testing.T) {
	for _, tc := range []struct {
		mask, base uint64
		e          Error
		harts      []int
	}{
		{0b1011, 0, Success, []int{0, 1, 3}},
		{0b11, 2, Success, []int{2, 3}},
		{0, all, Success, []int{0, 1, 2, 3}},
		{0xdead, all, Success, []int{0, 1, 2, 3}},
		{0, 0, Success, nil},
		{0, 3, Success, nil},
		{0b10000, 0, InvalidParam, nil},
		{0b10, 3, InvalidParam, nil},
		{1, 4, InvalidParam, nil},
		{0, 4, InvalidParam, nil},
		{1 << 63, 0, InvalidParam, nil},
		{all, all - 1, InvalidParam, nil},
		{1, 1 << 63, InvalidParam, nil},
	} {
		r := newRig(t)
		r.want(Done, tc.e, 0, extIPI, 0, tc.mask, tc.base)
		if !slices.Equal(r.p.ipis, tc.harts) {
			t.Errorf("mask %#b base %d: %v, want %v", tc.mask, tc.base, r.p.ipis, tc.harts)
		}
	}
}

func TestIPIPassesOverStoppedHarts(t *testing.T) {
	r := newRig(t)
	r.p.states = map[int]State{0: Suspended, 2: Stopped}
	r.want(Done, Success, 0, extIPI, 0, 0, all)
	if !slices.Equal(r.p.ipis, []int{0, 1, 3}) {
		t.Errorf("%v", r.p.ipis)
	}
}

func TestMaskOfManyHarts(t *testing.T) {
	r := newRig(t)
	r.setHarts(4095)
	r.want(Done, Success, 0, extIPI, 0, 1<<62|1, 4032)
	if !slices.Equal(r.p.ipis, []int{4032, 4094}) {
		t.Errorf("%v", r.p.ipis)
	}
	r.want(Done, InvalidParam, 0, extIPI, 0, 1<<63, 4032)
	r.p.ipis = nil
	r.want(Done, Success, 0, extIPI, 0, 0, all)
	if len(r.p.ipis) != 4095 {
		t.Errorf("%d IPIs", len(r.p.ipis))
	}
}

func TestFence(t *testing.T) {
	for _, tc := range []struct {
		fn   uint64
		args []uint64
		want FenceRequest
	}{
		{0, []uint64{0b110, 0, 7, 7}, FenceRequest{Kind: FenceI}},
		{1, []uint64{0b110, 0, 0x1000, 0x2000}, FenceRequest{Kind: SFence, Start: 0x1000, Size: 0x2000}},
		{1, []uint64{0b110, 0, 0, 0}, FenceRequest{Kind: SFence, Full: true}},
		{1, []uint64{0b110, 0, 0x1000, all}, FenceRequest{Kind: SFence, Full: true}},
		{1, []uint64{0b110, 0, all - 5, 0x1000}, FenceRequest{Kind: SFence, Full: true}},
		{2, []uint64{0b110, 0, 0x1000, 0x2000, 9}, FenceRequest{Kind: SFenceASID, Start: 0x1000, Size: 0x2000, ASID: 9}},
		{2, []uint64{0b110, 0, 0, all, 9}, FenceRequest{Kind: SFenceASID, Full: true, ASID: 9}},
	} {
		r := newRig(t)
		r.want(Blocked, Success, 0, extRFence, tc.fn, tc.args...)
		if !slices.Equal(r.p.fences, []FenceRequest{tc.want}) || !slices.Equal(r.p.targets, []int{1, 2}) {
			t.Errorf("%d %#x: %+v to %v", tc.fn, tc.args, r.p.fences, r.p.targets)
		}
	}
}

func TestFenceOfNothing(t *testing.T) {
	r := newRig(t)
	r.want(Done, Success, 0, extRFence, 0, 0, 0)
	r.want(Done, Success, 0, extRFence, 1, 1, 0, 0x1000, 0)
	r.want(Done, InvalidParam, 0, extRFence, 1, 1, 4, 0, 0)
	r.want(Done, InvalidParam, 0, extRFence, 2, 0b11, 3, 0, 0, 0)
	for fn := uint64(3); fn < 8; fn++ {
		r.want(Done, NotSupported, 0, extRFence, fn, 1, 0)
	}
	if r.p.fences != nil {
		t.Errorf("%+v", r.p.fences)
	}
}

// TestResultsComeBeforeTheHandOver checks that the registers are set when the
// platform gets the hart: it may run on another goroutine from then on.
func TestResultsComeBeforeTheHandOver(t *testing.T) {
	r := newRig(t)
	handed := 0
	r.p.onBlock = func(h Hart) {
		if h.X(regA0) != 0 || h.X(regA1) != 0 {
			t.Errorf("a0 %#x a1 %#x at the hand-over", h.X(regA0), h.X(regA1))
		}
		h.SetX(regA0, 77) // the hart has run on
		handed++
	}
	for _, args := range [][]uint64{{extRFence, 0, 0, all}, {extRFence, 2, 1, 0, 0, 0, 3}, {extHSM, 3, 0, 0, 0}} {
		if res := r.raw(args[0], args[1], args[2:]...); res != Blocked || r.h.x[regA0] != 77 {
			t.Errorf("%#x: result %d, a0 %#x after the hand-over", args, res, r.h.x[regA0])
		}
	}
	if handed != 3 {
		t.Errorf("%d hand-overs", handed)
	}
}

func TestHartStart(t *testing.T) {
	r := newRig(t)
	r.p.states[2] = Stopped
	r.want(Done, Success, 0, extHSM, 0, 2, ramBase+0x100, 0xabc)
	if !slices.Equal(r.p.starts, []start{{2, ramBase + 0x100, 0xabc}}) {
		t.Errorf("%+v", r.p.starts)
	}
	r.want(Done, AlreadyAvailable, 0, extHSM, 0, 1, ramBase, 0)
	r.want(Done, InvalidParam, 0, extHSM, 0, 4, ramBase, 0)
	r.want(Done, InvalidParam, 0, extHSM, 0, all, ramBase, 0)
	for _, pc := range []uint64{0, 0x10000000, ramBase + 1, ramBase + ramSize, ramBase + ramSize - 1, ramBase - 2, all - 1, all} {
		r.want(Done, InvalidAddress, 0, extHSM, 0, 2, pc, 0)
	}
}

func TestHartStop(t *testing.T) {
	r := newRig(t)
	if res := r.raw(extHSM, 1); res != Stop {
		t.Errorf("result %d", res)
	}
	r.p.stopErr = Failed
	r.want(Done, Failed, 0, extHSM, 1)
}

func TestHartStatus(t *testing.T) {
	r := newRig(t)
	r.p.states = map[int]State{1: Stopped, 2: StartPending, 3: Suspended}
	for i, want := range []uint64{0, 1, 2, 4} { // numbers of the specification
		r.want(Done, Success, want, extHSM, 2, uint64(i))
	}
	r.want(Done, InvalidParam, 0, extHSM, 2, 4)
	r.want(Done, InvalidParam, 0, extHSM, 2, all)
}

func TestHartSuspend(t *testing.T) {
	r := newRig(t)
	r.want(Blocked, Success, 0, extHSM, 3, 0, 1, 2)
	if res := r.raw(extHSM, 3, 0xffffffff80000000, ramBase+8, 5); res != Stop { // sign-extended, as the ABI passes it
		t.Errorf("non-retentive: %d", res)
	}
	want := []Suspend{{Retentive: true}, {Resume: ramBase + 8, Opaque: 5}}
	if !slices.Equal(r.p.suspend, want) {
		t.Errorf("%+v", r.p.suspend)
	}
	r.want(Done, InvalidAddress, 0, extHSM, 3, 0x80000000, 0x1000, 0)
	r.want(Done, InvalidAddress, 0, extHSM, 3, 0x80000000, ramBase+1, 0)
	for _, typ := range []uint64{1, 0x0fffffff, 0x10000000, 0x7fffffff, 0x80000001, 0x90000000, 0xffffffff} {
		r.want(Done, InvalidParam, 0, extHSM, 3, typ, ramBase, 0)
	}
	r.p.suspErr = Failed
	r.want(Done, Failed, 0, extHSM, 3, 0, 0, 0)
	r.want(Done, Failed, 0, extHSM, 3, 0x80000000, ramBase, 0)
}

func TestReset(t *testing.T) {
	r := newRig(t)
	for _, tc := range []struct {
		kind, reason uint64
		want         reset
	}{
		{0, 0, reset{Shutdown, false}}, {0, 1, reset{Shutdown, true}},
		{1, 0, reset{ColdReboot, false}}, {2, 1, reset{WarmReboot, true}},
	} {
		r.p.resets = nil
		if res := r.raw(extReset, 0, tc.kind, tc.reason); res != Stop || !slices.Equal(r.p.resets, []reset{tc.want}) {
			t.Errorf("%+v: %d %+v", tc, res, r.p.resets)
		}
	}
	r.p.resets = nil
	for _, bad := range [][]uint64{{3, 0}, {0xf0000000, 0}, {0, 2}, {0, 0xe0000000}, {all, all}} {
		r.want(Done, InvalidParam, 0, extReset, 0, bad...)
	}
	if r.p.resets != nil {
		t.Errorf("%+v", r.p.resets)
	}
}
