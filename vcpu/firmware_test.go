package vcpu

import (
	"testing"

	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/blocks"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// Under strict alignment S-mode may leave misaligned loads and stores to the firmware: then
// they are carried out, by whatever engine, whatever mode. Other misaligned accesses, and
// faults that come to light, are S-mode's.
func TestFirmwareCarriesOutMisalignedAccesses(t *testing.T) {
	const delegated = misalignedAccess
	for _, test := range []struct {
		op        isa.Op
		at        uint64
		store     bool
		delegated bool
		cause     uint64 // 0: none
	}{
		{isa.LD, data + 1, false, false, 0}, {isa.LW, data + 2, false, false, 0}, {isa.LHU, data + 3, false, false, 0},
		{isa.FLD, data + 4, false, false, 0}, {isa.SD, data + 5, true, false, 0}, {isa.FSW, data + 6, true, false, 0},
		{isa.LD, data + 0xffd, false, false, 0}, {isa.SD, data + 0xfff, true, false, 0},
		{isa.LD, data + 1, false, true, 4}, {isa.SD, data + 1, true, true, 6},
		{isa.AMOADD_D, data + 1, true, false, 6}, {isa.LR_W, data + 2, false, false, 4},
		{isa.LD, ram - 4, false, false, interp.CauseLoadAccess}, {isa.SD, ram - 4, true, false, interp.CauseStoreAccess},
	} {
		w, h := newStrictHart(t)
		h.Supervise(callFunc(func(*Hart) CallResult { return CallStopped }))
		h.csrs.stvec = stvec
		if !test.delegated {
			h.csrs.medeleg &^= delegated
		}
		h.S.MStatus = statusFS
		const value = 0x1122334455667788
		if err := w.mem.WriteAt([]byte{0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11}, max(test.at, ram)); err != nil {
			t.Fatal(err)
		}
		h.SetX(int(asm.A1), test.at)
		h.SetX(int(asm.A0), ^uint64(value))
		h.S.R[32+int(asm.A0)] = ^uint64(value)
		p := asm.New(ram)
		switch row := test.op.Row(); {
		case row.Class == isa.ClassAtomic:
			p.R(test.op, asm.A0, asm.A1, asm.Zero)
		case test.store:
			p.S(test.op, asm.A0, asm.A1, 0)
		default:
			p.I(test.op, asm.A0, asm.A1, 0)
		}
		p.Op(isa.ECALL)
		w.load(p, ram)
		w.load(asm.New(stvec).Label("here").Jump(asm.Zero, "here"), stvec)
		h.S.PC = ram
		before := h.S.Count
		h.S.Arm(2)
		h.burst()
		if test.cause != 0 {
			if h.S.PC != stvec || h.S.SCause != test.cause || h.S.SEPC != ram || h.priv != shardedtlb.S {
				t.Errorf("%v at %#x: pc %#x, cause %d", test.op, test.at, h.S.PC, h.S.SCause)
			}
			continue
		}
		if h.S.PC != ram+8 || h.S.Count != before+2 || h.S.PC == stvec {
			t.Errorf("%v at %#x: pc %#x, %d instructions, cause %d", test.op, test.at, h.S.PC, h.S.Count-before, h.S.SCause)
			continue
		}
		cause := 4
		if test.store {
			cause = 6
		}
		if h.Exceptions(cause) != 1 {
			t.Errorf("%v: %d exceptions counted", test.op, h.Exceptions(cause))
		}
		var got, want uint64
		n := map[isa.Op]int{isa.LD: 8, isa.SD: 8, isa.FLD: 8, isa.LW: 4, isa.FSW: 4, isa.LHU: 2}[test.op]
		if test.store {
			var b [8]byte
			if err := w.mem.ReadAt(b[:n], test.at); err != nil {
				t.Fatal(err)
			}
			for i := range n {
				got |= uint64(b[i]) << (8 * i)
			}
			want = ^uint64(value) & (1<<(8*n) - 1)
			if n == 8 {
				want = ^uint64(value)
			}
		} else {
			got, want = h.X(int(asm.A0)), value
			if test.op == isa.FLD {
				got = h.S.R[32+int(asm.A0)]
			}
			if n < 8 {
				want = value & (1<<(8*n) - 1)
			}
		}
		if got != want {
			t.Errorf("%v at %#x: %#x, want %#x", test.op, test.at, got, want)
		}
	}
}

// newStrictHart is newHart whose accesses have to be aligned.
func newStrictHart(t *testing.T) (*world, *Hart) {
	w, h := newHart(t, shardedtlb.M)
	w.cache = blocks.NewCache(w.mem, func(func()) {})
	h.Core = interp.NewCore(h.S, h.MMU, w.mem, w.cache)
	h.Core.SetMode(code.Strict)
	return w, h
}

// A hart that the firmware starts anew finds what a firmware sets up, whatever it had set.
func TestStartedHartFindsDefaults(t *testing.T) {
	w, h := newHart(t, shardedtlb.M)
	h.Supervise(new(stopper))
	w.load(asm.New(data).Op(isa.ECALL), data)
	deleg := h.csrs.medeleg
	h.WriteCSR(isa.CSR_MEDELEG, 0)
	h.WriteCSR(isa.CSR_MHPMEVENT3, EventInstructions)
	h.WriteCSR(isa.CSR_MCOUNTINHIBIT, 0)
	h.KeepStealTime(data + 0x1000)
	if !h.Start(data, shardedtlb.S, 0, 0) {
		t.Fatal("it does not start")
	}
	w.run()
	if h.csrs.medeleg != deleg || h.ReadCSR(isa.CSR_MHPMEVENT3) != hpmOF|hpmMINH || h.ReadCSR(isa.CSR_MCOUNTINHIBIT) != ProgrammableCounters {
		t.Errorf("medeleg %#x, mhpmevent3 %#x, mcountinhibit %#x", h.csrs.medeleg, h.ReadCSR(isa.CSR_MHPMEVENT3), h.ReadCSR(isa.CSR_MCOUNTINHIBIT))
	}
	if h.steal.on.Load() {
		t.Error("it keeps the account of the one before")
	}
}
