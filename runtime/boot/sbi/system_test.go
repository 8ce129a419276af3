package sbi

import (
	"slices"
	"testing"

	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// FWFT: misaligned exceptions can be given to the firmware and taken back, and locked; what
// the harts lack is not supported, what nobody has defined is denied.
func TestFeatures(t *testing.T) {
	r := newRig(t)
	const set, get = 0, 1
	r.want(Done, Success, 1, extFeatures, get, 0)
	r.want(Done, Success, 0, extFeatures, set, 0, 0, 0)
	r.csr(isa.CSR_MEDELEG, 0xb1ff&^0x50)
	r.want(Done, Success, 0, extFeatures, get, 0)
	for _, bad := range []struct {
		value, flags uint64
		e            Error
	}{{2, 0, InvalidParam}, {all, 0, InvalidParam}, {1, 2, InvalidParam}, {1, all, InvalidParam}} {
		r.want(Done, bad.e, 0, extFeatures, set, 0, bad.value, bad.flags)
		r.csr(isa.CSR_MEDELEG, 0xb1ff&^0x50)
	}
	r.want(Done, Success, 0, extFeatures, set, 0, 1, 1)
	r.csr(isa.CSR_MEDELEG, 0xb1ff)
	r.want(Done, DeniedLocked, 0, extFeatures, set, 0, 0, 0)
	r.want(Done, DeniedLocked, 0, extFeatures, set, 0, 1, 0)
	r.want(Done, Success, 1, extFeatures, get, 0)
	r.raw(extHSM, 1) // a hart that is started anew is not locked
	r.want(Done, Success, 0, extFeatures, set, 0, 0, 0)
	for feature := uint64(1); feature < 6; feature++ {
		r.want(Done, NotSupported, 0, extFeatures, get, feature)
		r.want(Done, NotSupported, 0, extFeatures, set, feature, 0, 0)
	}
	for _, feature := range []uint64{6, 0x3fffffff, 0x40000000, 0x80000000, 0xc0000000, 0xffffffff} {
		r.want(Done, Denied, 0, extFeatures, get, feature)
		r.want(Done, Denied, 0, extFeatures, set, feature, 0, 0)
	}
}

// SUSP: all other harts have to be stopped, the sleep has to be one there is, and the way back
// has to lead somewhere.
func TestSystemSuspend(t *testing.T) {
	r := newRig(t)
	at := uint64(ramBase + 0x40)
	r.p.states = map[int]State{0: Stopped, 2: Stopped, 3: StartPending}
	r.want(Done, Denied, 0, extSuspend, 0, 0, at, 7)
	r.p.states[3] = Suspended
	r.want(Done, Denied, 0, extSuspend, 0, 0, at, 7)
	r.p.states[3] = Stopped
	for _, kind := range []uint64{1, 0x7fffffff, 0x80000000, 0xffffffff} {
		r.want(Done, InvalidParam, 0, extSuspend, 0, kind, at, 7)
	}
	r.want(Done, InvalidAddress, 0, extSuspend, 0, 0, 0x1000, 7)
	if len(r.p.suspend) != 0 {
		t.Errorf("suspended: %+v", r.p.suspend)
	}
	if res := r.raw(extSuspend, 0, 0, at, 7); res != Stop {
		t.Errorf("result %d", res)
	}
	if !slices.Equal(r.p.suspend, []Suspend{{Resume: at, Opaque: 7}}) {
		t.Errorf("suspended: %+v", r.p.suspend)
	}
}

// STA: where the account goes, and what is no place for it.
func TestStealTime(t *testing.T) {
	r := newRig(t)
	for i := range r.p.ram {
		r.p.ram[i] = 0xff
	}
	r.want(Done, Success, 0, extStealTime, 0, ramBase+0x80, 0, 0)
	for i := range 64 {
		if r.p.ram[0x80+i] != 0 {
			t.Fatalf("byte %d of the account is not zero", i)
		}
	}
	if r.p.ram[0x7f] != 0xff || r.p.ram[0xc0] != 0xff {
		t.Error("bytes around the account have changed")
	}
	for _, bad := range []struct {
		lo, hi, flags uint64
		e             Error
	}{
		{ramBase + 0x20, 0, 0, InvalidParam}, {ramBase, 0, 1, InvalidParam}, {all, all, 1, InvalidParam}, {all, 0, 0, InvalidParam},
		{ramBase, 1, 0, InvalidAddress}, {0x1000, 0, 0, InvalidAddress}, {ramBase + ramSize, 0, 0, InvalidAddress},
	} {
		r.want(Done, bad.e, 0, extStealTime, 0, bad.lo, bad.hi, bad.flags)
	}
	r.want(Done, Success, 0, extStealTime, 0, all, all, 0)
	if !slices.Equal(r.h.steal, []uint64{ramBase + 0x80, 0}) {
		t.Errorf("the hart was told %#x", r.h.steal)
	}
}
