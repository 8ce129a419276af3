package sbi

import (
	"encoding/binary"
	"testing"

	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// Functions of the PMU extension.
const (
	pmuNum = iota
	pmuInfo
	pmuConfig
	pmuStart
	pmuStop
	pmuRead
	pmuReadHigh
	pmuSnapshot
	pmuEventInfo
)

const (
	everyCounter = 1<<pmuCounters - 1
	fwBase       = 15 << 16 // firmware events' indices
)

func (r *rig) csr(n isa.CSR, want uint64) {
	r.Helper()
	if got := r.h.csrs[n]; got != want {
		r.Errorf("%v is %#x, want %#x", n, got, want)
	}
}

func TestPMUCounters(t *testing.T) {
	r := newRig(t)
	r.want(Done, Success, 48, extPMU, pmuNum)
	r.want(Done, Success, 0xc00|63<<12, extPMU, pmuInfo, 0)
	r.want(Done, InvalidParam, 0, extPMU, pmuInfo, 1) // time
	r.want(Done, Success, 0xc02|63<<12, extPMU, pmuInfo, 2)
	r.want(Done, Success, 0xc1f|63<<12, extPMU, pmuInfo, 31)
	for _, n := range []uint64{32, 47} {
		r.raw(extPMU, pmuInfo, n)
		if Error(r.h.x[regA0]) != Success || r.h.x[regA1]>>63 != 1 {
			t.Errorf("counter %d: %v, %#x", n, Error(r.h.x[regA0]), r.h.x[regA1])
		}
	}
	r.want(Done, InvalidParam, 0, extPMU, pmuInfo, 48)
	r.want(Done, InvalidParam, 0, extPMU, pmuInfo, all)
	r.want(Done, NotSupported, 0, extPMU, pmuSnapshot, ramBase, 0, 0)
}

// What configure accepts, and what it writes.
func TestPMUConfigure(t *testing.T) {
	for _, test := range []struct {
		base, mask, flags, event, data uint64
		e                              Error
		n, mhpmevent                   uint64
	}{
		{0, everyCounter, 0, 1, 0, Success, 3, hpmOF | hpmMINH | 1},
		{0, everyCounter, cfgSINH, 0x10019, 0, Success, 3, hpmOF | hpmMINH | hpmSINH | 0x10019},
		{5, 1, cfgUINH | 1<<7, 2, 0, Success, 5, hpmOF | hpmMINH | hpmUINH | 2},
		{0, everyCounter, 0, 2 << 16, 0xffff<<48 | 0x100, Success, 3, hpmOF | hpmMINH | 0x100}, // bits above 47 are not the caller's
		{0, everyCounter, 0, 3 << 16, 0xff<<56 | 0x100, Success, 3, hpmOF | hpmMINH | 0x100},
		{0, everyCounter, 0, 3 << 16, 0x101, NotSupported, 0, 0},
		{0, everyCounter, 0, 3 << 16, 1<<55 | 0x100, NotSupported, 0, 0},
		{0, everyCounter, 0, 3, 0, NotSupported, 0, 0},       // cache references
		{0, everyCounter, 0, 0, 0, NotSupported, 0, 0},       // no event
		{0, everyCounter, 0, 0x1001d, 0, NotSupported, 0, 0}, // prefetches into the data TLB
		{0, everyCounter, 0, fwBase + 6, 0, Success, 32, 0},
		{40, 0x80, 0, fwBase + 21, 0, Success, 47, 0},
		{3, 1 << 29, 0, fwBase + 6, 0, Success, 32, 0},
		{0, 1 << 40, 0, 1, 0, NotSupported, 0, 0}, // that one is the firmware's
		{0, 8, 0, fwBase, 0, NotSupported, 0, 0},  // and that one is not
		{0, 1, 0, 1, 0, Success, 0, 0}, {0, 4, 0, 2, 0, Success, 2, 0},
		{0, 1, 0, 2, 0, NotSupported, 0, 0}, {0, 2, 0, 1, 0, NotSupported, 0, 0},
		// Nonsense.
		{0, 0, 0, 1, 0, InvalidParam, 0, 0}, {0, 1 << 48, 0, 1, 0, InvalidParam, 0, 0}, {47, 2, 0, 1, 0, InvalidParam, 0, 0},
		{all, 1, 0, 1, 0, InvalidParam, 0, 0}, {48, 1, 0, 1, 0, InvalidParam, 0, 0},
		{0, 8, 1 << 8, 1, 0, InvalidParam, 0, 0}, {0, 8, 0, 11, 0, InvalidParam, 0, 0}, {0, 8, 0, 1 << 20, 0, InvalidParam, 0, 0},
		{0, 8, 0, 0x10038, 0, InvalidParam, 0, 0}, {0, 8, 0, 0x10006, 0, InvalidParam, 0, 0}, {0, 8, 0, 2<<16 | 1, 0, InvalidParam, 0, 0},
		{0, 8, 0, 4 << 16, 0, InvalidParam, 0, 0}, {0, everyCounter, 0, fwBase + 22, 0, InvalidParam, 0, 0},
		{0, everyCounter, 0, fwBase + 256, 0, InvalidParam, 0, 0}, {0, everyCounter, 0, fwBase + 65535, 0, InvalidParam, 0, 0},
	} {
		r := newRig(t)
		r.want(Done, test.e, test.n, extPMU, pmuConfig, test.base, test.mask, test.flags, test.event, test.data)
		if test.n >= 3 && test.n < 32 {
			r.csr(isa.CSR_MHPMEVENT3+isa.CSR(test.n-3), test.mhpmevent)
		}
	}
}

// A counter that is set up is not given away again until it has been reset; when all are
// taken, cycles and instructions fall back to their own.
func TestPMUCountersRunOut(t *testing.T) {
	r := newRig(t)
	for n := range uint64(29) {
		r.want(Done, Success, 3+n, extPMU, pmuConfig, 0, everyCounter, 0, 2, 0)
	}
	r.want(Done, NotSupported, 0, extPMU, pmuConfig, 0, everyCounter, 0, 0x10019, 0)
	r.want(Done, Success, 2, extPMU, pmuConfig, 0, everyCounter, cfgUINH, 2, 0)
	r.csr(isa.CSR_MINSTRETCFG, hpmMINH|hpmUINH|2)
	r.want(Done, Success, 0, extPMU, pmuConfig, 0, everyCounter, cfgSINH, 1, 0)
	r.csr(isa.CSR_MCYCLECFG, hpmMINH|hpmSINH|1)
	r.want(Done, AlreadyStopped, 0, extPMU, pmuStop, 7, 1, stopReset)
	r.csr(isa.CSR_MHPMEVENT3+4, 0)
	r.want(Done, Success, 7, extPMU, pmuConfig, 0, everyCounter, 0, 0x10019, 0)
	for n := range uint64(16) {
		r.want(Done, Success, 32+n, extPMU, pmuConfig, 0, everyCounter, 0, fwBase+n, 0)
	}
	r.want(Done, NotSupported, 0, extPMU, pmuConfig, 0, everyCounter, 0, fwBase, 0)
}

// Counters start and stop one by one and in sets, with and without a value.
func TestPMUStartStop(t *testing.T) {
	r := newRig(t)
	inhibit := func(want uint64) { t.Helper(); r.csr(isa.CSR_MCOUNTINHIBIT, want) }
	const none = 0xfffffff8
	r.want(Done, Success, 3, extPMU, pmuConfig, 3, 1, 0, 1, 0)
	r.want(Done, Success, 4, extPMU, pmuConfig, 4, 1, 0, 2, 0)
	r.h.csrs[isa.CSR_MHPMCOUNTER3] = 55
	r.want(Done, Success, 0, extPMU, pmuStart, 3, 1, startValue, 1000)
	inhibit(none &^ 8)
	r.csr(isa.CSR_MHPMCOUNTER3, 1000)
	r.csr(isa.CSR_MHPMEVENT3, hpmMINH|1) // asks for interrupts now
	r.want(Done, AlreadyStarted, 0, extPMU, pmuStart, 3, 1, startValue, 7)
	r.csr(isa.CSR_MHPMCOUNTER3, 1000) // and nothing has changed
	r.want(Done, AlreadyStarted, 0, extPMU, pmuStart, 3, 3, 0, 0)
	inhibit(none &^ 0x18) // the other one starts all the same
	r.want(Done, Success, 0, extPMU, pmuStop, 0, 0x18, 0)
	inhibit(none)
	r.want(Done, AlreadyStopped, 0, extPMU, pmuStop, 3, 1, 0)
	// An overflow that nobody has served: no second interrupt.
	r.h.csrs[isa.CSR_MIP] = 1 << 13
	r.want(Done, Success, 0, extPMU, pmuStart, 3, 1, 0, 0)
	r.csr(isa.CSR_MHPMEVENT3, hpmOF|hpmMINH|1)
	// Sets of counters that nobody has set up, that do not exist, and flags.
	for _, fn := range []uint64{pmuStart, pmuStop} {
		r.want(Done, InvalidParam, 0, extPMU, fn, 10, 1, 0, 0)
		r.want(Done, InvalidParam, 0, extPMU, fn, 1, 1, 0, 0)
		r.want(Done, InvalidParam, 0, extPMU, fn, 0, 0, 0, 0)
		r.want(Done, InvalidParam, 0, extPMU, fn, 47, 2, 0, 0)
		r.want(Done, InvalidParam, 0, extPMU, fn, 4, 1, 4, 0)
		r.want(Done, NoSharedMemory, 0, extPMU, fn, 4, 1, 2, 0)
	}
	// Everything at once, as a kernel does when it comes up; then cycles run again.
	r.want(Done, AlreadyStopped, 0, extPMU, pmuStop, 0, everyCounter, stopReset)
	inhibit(none | 5)
	r.want(Done, Success, 0, extPMU, pmuStart, 0, 1, 0, 0)
	inhibit(none | 4)
	r.want(Done, InvalidParam, 0, extPMU, pmuStart, 3, 1, 0, 0)
	// Without a match, with a start: only of a counter that has been set up.
	r.want(Done, InvalidParam, 0, extPMU, pmuConfig, 3, 1, cfgSkipMatch|cfgAutoStart, 1, 0)
	r.h.csrs[isa.CSR_MINSTRET] = 9
	r.want(Done, Success, 2, extPMU, pmuConfig, 0, 4, cfgSkipMatch|cfgAutoStart|cfgClear, 2, 0)
	inhibit(none)
	r.csr(isa.CSR_MINSTRET, 0)
}

// Each firmware event is counted while its counter runs, by the caller and by others.
func TestPMUFirmwareEvents(t *testing.T) {
	other := &fakeHart{id: 2, csrs: map[isa.CSR]uint64{}}
	from := func(r *rig, ext, fn uint64, args ...uint64) { // a call of hart 2
		me := r.h
		r.h = other
		r.raw(ext, fn, args...)
		r.h = me
	}
	for code, happen := range map[uint64]func(*rig){
		0: func(r *rig) { r.h.traps[4]++ }, 1: func(r *rig) { r.h.traps[6]++ },
		2: func(r *rig) { r.h.traps[5]++ }, 3: func(r *rig) { r.h.traps[7]++ }, 4: func(r *rig) { r.h.traps[2]++ },
		5: func(r *rig) { r.raw(extTime, 0, 5) },
		6: func(r *rig) { r.raw(extIPI, 0, 0b11, 1) }, // one to itself, which is none
		7: func(r *rig) { from(r, extIPI, 0, 0b1010, 0) },
		8: func(r *rig) { r.raw(extRFence, 0, 0b100, 0) }, 9: func(r *rig) { from(r, extRFence, 0, 0, all) },
		10: func(r *rig) { r.raw(extRFence, 1, 0b1, 0, 0, 4096) }, 11: func(r *rig) { from(r, extRFence, 1, 0b10, 0, 0, 4096) },
		12: func(r *rig) { r.raw(extRFence, 2, 0b1, 0, 0, 4096, 3) }, 13: func(r *rig) { from(r, extRFence, 2, 0b10, 0, 0, 4096, 3) },
	} {
		r := newRig(t)
		happen(r) // before the counter runs
		r.want(Done, Success, 33, extPMU, pmuConfig, 33, 1, 0, fwBase+code, 0)
		r.want(Done, Success, 0, extPMU, pmuRead, 33)
		happen(r)
		r.want(Done, Success, 0, extPMU, pmuStart, 33, 1, startValue, 100)
		happen(r)
		happen(r)
		r.want(Done, Success, 102, extPMU, pmuRead, 33)
		r.want(Done, Success, 0, extPMU, pmuReadHigh, 33)
		r.want(Done, Success, 0, extPMU, pmuStop, 33, 1, 0)
		happen(r)
		r.want(Done, Success, 102, extPMU, pmuRead, 33)
		r.want(Done, Success, 33, extPMU, pmuConfig, 33, 1, cfgSkipMatch|cfgAutoStart|cfgClear, fwBase+code, 0)
		happen(r)
		r.want(Done, Success, 1, extPMU, pmuRead, 33)
		r.want(Done, Success, 0, extPMU, pmuStop, 33, 1, stopReset)
		r.want(Done, InvalidParam, 0, extPMU, pmuRead, 33)
		for _, n := range []uint64{3, 48, all} {
			r.want(Done, InvalidParam, 0, extPMU, pmuRead, n)
			r.want(Done, InvalidParam, 0, extPMU, pmuReadHigh, n)
		}
	}
}

// A hart that stops, and is started again, finds its counters free.
func TestPMUForgetsStoppedHarts(t *testing.T) {
	r := newRig(t)
	r.want(Done, Success, 3, extPMU, pmuConfig, 3, 1, 0, 1, 0)
	r.want(Done, NotSupported, 0, extPMU, pmuConfig, 3, 1, 0, 2, 0)
	r.raw(extHSM, 1)
	r.want(Done, Success, 3, extPMU, pmuConfig, 3, 1, 0, 2, 0)
}

// The table of events says which are counted; what surrounds it stays as it is.
func TestPMUEventInfo(t *testing.T) {
	r := newRig(t)
	table := []struct {
		event uint32
		data  uint64
		want  uint32
	}{
		{1, 0, 1}, {3, 0, 0}, {0x10019, 0, 1}, {0x1001b, 0, 0}, {2 << 16, 0x100, 1}, {3 << 16, 0x200, 0},
		{fwBase, 0, 1}, {fwBase + 30, 0, 0}, {9 << 16, 0, 0},
	}
	for i, e := range table {
		b := r.p.ram[64+16*i:]
		binary.LittleEndian.PutUint32(b, e.event)
		binary.LittleEndian.PutUint32(b[4:], 0xffffffff)
		binary.LittleEndian.PutUint64(b[8:], e.data)
	}
	r.p.ram[64+16*len(table)] = 0xaa
	n := uint64(len(table))
	r.want(Done, Success, 0, extPMU, pmuEventInfo, ramBase+64, 0, n, 0)
	for i, e := range table {
		b := r.p.ram[64+16*i:]
		if got := binary.LittleEndian.Uint32(b[4:]); got != e.want || binary.LittleEndian.Uint32(b) != e.event {
			t.Errorf("event %#x: %#x, want %d", e.event, got, e.want)
		}
	}
	if r.p.ram[64+16*len(table)] != 0xaa || r.p.ram[63] != 0 {
		t.Error("bytes around the table have changed")
	}
	for _, bad := range []struct {
		lo, hi, n, flags uint64
		e                Error
	}{
		{ramBase + 64, 0, n, 1, InvalidParam}, {ramBase + 72, 0, n, 0, InvalidParam}, {ramBase, 0, 0, 0, InvalidParam},
		{ramBase, 1, n, 0, InvalidAddress}, {ramBase + ramSize - 16, 0, 2, 0, InvalidAddress}, {0, 0, 1, 0, InvalidAddress},
		{ramBase, 0, maxInfos + 1, 0, Failed}, {ramBase, 0, all, 0, Failed}, {ramBase, 0, 1 << 60, 0, Failed},
	} {
		r.want(Done, bad.e, 0, extPMU, pmuEventInfo, bad.lo, bad.hi, bad.n, bad.flags)
	}
	binary.LittleEndian.PutUint32(r.p.ram[64:], 1<<20|1)
	r.want(Done, InvalidParam, 0, extPMU, pmuEventInfo, ramBase+64, 0, n, 0)
}
