package interp_test

import (
	"testing"

	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
	"github.com/hartwood-vm/hartwood/vcpu/interp/interptest"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

var stores = map[isa.Op]uint64{isa.SB: 1, isa.SH: 2, isa.SW: 4, isa.SD: 8, isa.FSH: 2, isa.FSW: 4, isa.FSD: 8}

var loads = map[isa.Op]uint64{
	isa.LB: 1, isa.LBU: 1, isa.LH: 2, isa.LHU: 2, isa.LW: 4, isa.LWU: 4, isa.LD: 8, isa.FLH: 2, isa.FLW: 4, isa.FLD: 8,
}

// A store across two pages of which one faults changes no byte of either; the
// address reported is that of the page at fault.
func TestTrap08CrossingStoreThatFaultsChangesNothing(t *testing.T) {
	const va, frame = 0x7000, data
	const ro = interptest.PTEV | interptest.PTER | interptest.PTEA | interptest.PTED
	for _, test := range []struct {
		name          string
		first, second uint64 // flags, 0: not mapped
		cause         uint64
		atSecond      bool
	}{
		{"second not mapped", interptest.PTERWX, 0, interp.CauseStorePage, true},
		{"second read-only", interptest.PTERWX, ro, interp.CauseStorePage, true},
		{"first not mapped", 0, interptest.PTERWX, interp.CauseStorePage, false},
		{"first read-only", ro, interptest.PTERWX, interp.CauseStorePage, false},
		{"both", 0, 0, interp.CauseStorePage, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newRig(t, 1, 0)
			c := r.Cores[0]
			s := r.Spaces()()
			const code = 0x10_0000
			s.Set(code, ram, interptest.PTERX)
			s.Set(va, frame, test.first)
			s.Set(va+0x1000, frame+0x3000, test.second)
			s.Enter(c)
			c.S.MStatus = hart.FSDirty
			c.S.R[hart.F+1] = ^uint64(0)
			for op, n := range stores {
				reg := choose(op == isa.FSH || op == isa.FSW || op == isa.FSD, 1, asm.A1)
				r.Load(asm.New(code).S(op, reg, asm.A0, 0), ram)
				for first := uint64(1); first < n; first++ {
					at := va + physmem.PageSize - first
					setX(c, asm.A0, at)
					setX(c, asm.A1, ^uint64(0))
					tval := at
					if test.atSecond {
						tval = va + 0x1000
					}
					r.WantFault(c, code, code, test.cause, tval, 0)
				}
			}
			if r.Word(frame+0xff8) != 0 || r.Word(frame+0x3000) != 0 {
				t.Error("a store that faulted changed memory")
			}
		})
	}
}

// The same into nothing at all: a page that is mapped to no RAM.
func TestTrap08CrossingStoreToNoMemory(t *testing.T) {
	r := newRig(t, 1, 0)
	c := r.Cores[0]
	r.Load(asm.New(ram).S(isa.SD, asm.A1, asm.A0, 0), ram)
	end := uint64(ram + size)
	setX(c, asm.A0, end-4)
	setX(c, asm.A1, ^uint64(0))
	r.WantFault(c, ram, ram, interp.CauseStoreAccess, end, 0)
	if r.Word(end-8) != 0 {
		t.Error("half of a store was done")
	}
}

// Misaligned loads and stores of every size, within and across pages.
func TestTrap12MisalignedAccesses(t *testing.T) {
	r := newRig(t, 1, 0)
	c := r.Cores[0]
	c.S.MStatus = hart.FSDirty
	pattern := func(off uint64) byte { return byte(off*7 + 1) }
	for base := uint64(data + physmem.PageSize - 16); base < data+physmem.PageSize+8; base++ {
		for op, n := range loads {
			mem, _ := r.Mem.Slice(data+physmem.PageSize-64, 128)
			for i := range mem {
				mem[i] = pattern(uint64(i))
			}
			fp := op == isa.FLH || op == isa.FLW || op == isa.FLD
			p := asm.New(ram).I(op, choose(fp, 3, asm.A1), asm.A0, 0)
			if fp {
				p.R(isa.FMV_X_D, asm.A1, 3, 0)
			}
			r.Load(p.Op(isa.EBREAK), ram)
			setX(c, asm.A0, base)
			r.ToEbreak(c, ram)
			want := uint64(0)
			for i := range n {
				want |= uint64(pattern(base-(data+physmem.PageSize-64)+i)) << (8 * i)
			}
			switch shift := 64 - 8*n; op {
			case isa.LB, isa.LH, isa.LW:
				want = uint64(int64(want<<shift) >> shift)
			case isa.FLH, isa.FLW:
				want |= ^uint64(0) << (8 * n)
			}
			if x(c, asm.A1) != want {
				t.Fatalf("%s at ...%03x: %#x, want %#x", op, base&0xfff, x(c, asm.A1), want)
			}
		}
		for op, n := range stores {
			mem, _ := r.Mem.Slice(data+physmem.PageSize-64, 128)
			clear(mem)
			fp := op == isa.FSH || op == isa.FSW || op == isa.FSD
			r.Load(asm.New(ram).S(op, choose(fp, 3, asm.A1), asm.A0, 0).Op(isa.EBREAK), ram)
			const v = 0x8877_6655_4433_2211
			setX(c, asm.A0, base)
			setX(c, asm.A1, v)
			c.S.R[hart.F+3] = v
			r.ToEbreak(c, ram)
			for i, b := range mem {
				off := uint64(i) - (base - (data + physmem.PageSize - 64))
				want := byte(0)
				if off < n {
					want = byte(uint64(v) >> (8 * off))
				}
				if b != want {
					t.Fatalf("%s at ...%03x: byte %d is %#x, want %#x", op, base&0xfff, i, b, want)
				}
			}
		}
	}
}

// Under strict alignment they raise their exceptions, unless floating point is
// off, which is the more urgent cause.
func TestTrap12StrictAlignment(t *testing.T) {
	r := newRig(t, 1, code.Strict)
	c := r.Cores[0]
	try := func(op isa.Op, n uint64, raw uint32, misaligned uint64, fp bool) {
		t.Helper()
		p := asm.New(ram).I(isa.ADDI, asm.T0, asm.T0, 1).Word(raw).Op(isa.EBREAK)
		r.Load(p, ram)
		for off := range uint64(8) {
			for _, on := range []bool{true, false} {
				c.S.MStatus = 0
				if on {
					c.S.MStatus = hart.FSDirty
				}
				setX(c, asm.A0, data+off)
				switch {
				case fp && !on:
					r.WantFault(c, ram, ram+4, interp.CauseIllegal, uint64(raw), 1)
				case off%n != 0:
					r.WantFault(c, ram, ram+4, misaligned, data+off, 1)
				default:
					r.ToEbreak(c, ram)
				}
			}
		}
		if t.Failed() {
			t.Fatalf("in %s", op)
		}
	}
	for op, n := range loads {
		fp := op == isa.FLH || op == isa.FLW || op == isa.FLD
		try(op, n, asm.Encode(isa.Insn{Op: op, Rd: asm.A1, Rs1: asm.A0}), interp.CauseLoadMisaligned, fp)
	}
	for op, n := range stores {
		fp := op == isa.FSH || op == isa.FSW || op == isa.FSD
		try(op, n, asm.Encode(isa.Insn{Op: op, Rs2: asm.A1, Rs1: asm.A0}), interp.CauseStoreMisaligned, fp)
	}
}

// Device accesses: aligned ones reach it with their size, others do not.
func TestDeviceAccesses(t *testing.T) {
	r := newRig(t, 1, 0)
	var log []uint64
	dev := logger{&log}
	if err := r.Mem.Map("device", 0x1000, 0x1000, dev); err != nil {
		t.Fatal(err)
	}
	c := r.Cores[0]
	for op, n := range map[isa.Op]uint64{isa.SB: 1, isa.SH: 2, isa.SW: 4, isa.SD: 8} {
		r.Load(asm.New(ram).S(op, asm.A1, asm.A0, 0).Op(isa.EBREAK), ram)
		log = nil
		setX(c, asm.A0, 0x1010)
		r.ToEbreak(c, ram)
		if len(log) != 1 || log[0] != 0x10<<8|n {
			t.Errorf("%s: %x", op, log)
		}
		if n > 1 {
			setX(c, asm.A0, 0x1011)
			r.WantFault(c, ram, ram, interp.CauseStoreMisaligned, 0x1011, 0)
			setX(c, asm.A0, 0x2000-1)
			r.WantFault(c, ram, ram, interp.CauseStoreAccess, 0x2000-1, 0)
		}
		if len(log) != 1 {
			t.Errorf("%s: a refused access reached the device", op)
		}
	}
	r.Load(asm.New(ram).I(isa.LW, asm.A1, asm.A0, 0).Op(isa.EBREAK), ram)
	setX(c, asm.A0, 0x1ffc)
	r.ToEbreak(c, ram)
	if x(c, asm.A1) != 0xffffffff_80000ffc {
		t.Errorf("the device's word is %#x", x(c, asm.A1))
	}
	for _, at := range []uint64{0x2000, 0, 1 << 56, ^uint64(0) - 3} {
		setX(c, asm.A0, at)
		r.WantFault(c, ram, ram, interp.CauseLoadAccess, at, 0)
	}
	r.WantFault(c, 0x1000, 0x1000, interp.CauseFetchAccess, 0x1000, 0) // no code in devices
}

// logger is a device that notes its stores as offset<<8 | size.
type logger struct{ log *[]uint64 }

func (l logger) Load(off uint64, size int) (uint64, bool) { return 0x8000_0000 | off, true }
func (l logger) Store(off uint64, size int, v uint64) bool {
	*l.log = append(*l.log, off<<8|uint64(size))
	return true
}
