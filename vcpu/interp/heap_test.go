package interp_test

import (
	"slices"
	"testing"

	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/blocks"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
	"github.com/hartwood-vm/hartwood/vcpu/interp/interptest"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
	"github.com/hartwood-vm/hartwood/vcpu/mutator"
	"github.com/hartwood-vm/hartwood/vcpu/mutator/mutatortest"
)

const (
	heapAt   = ram + 2<<20
	heapSize = 1 << 20
	device   = 0x1000
)

// newHeapRig is a rig with one core and a managed heap, and a device.
func newHeapRig(t *testing.T, mode code.Mode) (*interptest.Rig, *interp.Core, *mutatortest.Heap) {
	t.Helper()
	r := newRig(t, 1, mode|code.Heap)
	if err := r.Mem.Map("device", device, 0x1000, nothing{}); err != nil {
		t.Fatal(err)
	}
	host, _ := r.Mem.Host(heapAt, heapSize)
	c := r.Cores[0]
	h := mutatortest.New(t, &c.S.Heap, host, heapAt, heapSize)
	c.Heap = h
	return r, c, h
}

// Without a managed heap its instructions are illegal; the ones that no engine
// executes are the hart's.
func TestHeapInstructionsNeedAHeap(t *testing.T) {
	for _, managed := range []bool{false, true} {
		r := newRig(t, 1, 0)
		if managed {
			r.Cores[0].SetMode(code.Heap)
		}
		for _, row := range isa.Rows() {
			if row.Class != isa.ClassHeap {
				continue
			}
			hart := row.Op == isa.GC_ATTACH || row.Op == isa.GC_DETACH || row.Op == isa.GC_WAIT
			if managed && !hart {
				continue
			}
			r.Load(asm.New(ram).Insn(isa.Insn{Op: row.Op, Rd: asm.A0, Rs1: asm.A1, Rs2: asm.A2}), ram)
			if e := run(r.Cores[0], ram); e != interp.ExitSystem || r.Cores[0].Insn.Op != row.Op || r.Cores[0].S.PC != ram {
				t.Errorf("managed %v: %s ends with exit %d at %#x", managed, row.Name, e, r.Cores[0].S.PC)
			}
		}
	}
}

// The barrier logs what memory has before the store, with the store's address, and the
// stored value too while roots are scanned.
func TestBarrierComesBeforeTheStore(t *testing.T) {
	const slot, old, stored = heapAt + 64, heapAt + 0x100, heapAt + 0x200
	for _, test := range []struct {
		name   string
		build  func(p *asm.Program)
		a3     uint64 // before
		result uint64 // of a3 behind it
		memory uint64
	}{
		{"sd", func(p *asm.Program) { p.S(isa.GC_SD, asm.A1, asm.A0, -8) }, 5, 5, stored},
		{"swap", func(p *asm.Program) { p.I(isa.ADDI, asm.A0, asm.A0, -8).R(isa.GC_SWAP, asm.A3, asm.A0, asm.A1) }, 5, old, stored},
		{"swap into x0", func(p *asm.Program) { p.I(isa.ADDI, asm.A0, asm.A0, -8).R(isa.GC_SWAP, 0, asm.A0, asm.A1) }, 5, 5, stored},
		{"cas", func(p *asm.Program) { p.I(isa.ADDI, asm.A0, asm.A0, -8).R(isa.GC_CAS, asm.A3, asm.A0, asm.A1) }, old, old, stored},
		{"failing cas", func(p *asm.Program) { p.I(isa.ADDI, asm.A0, asm.A0, -8).R(isa.GC_CAS, asm.A3, asm.A0, asm.A1) }, 5, old, old},
		{"cas with x0", func(p *asm.Program) { p.I(isa.ADDI, asm.A0, asm.A0, -8).R(isa.GC_CAS, 0, asm.A0, asm.A1) }, 5, 5, old},
		{"ld", func(p *asm.Program) { p.I(isa.GC_LD, asm.A3, asm.A0, -8) }, 5, old, old},
	} {
		for _, marking := range []uint64{mutator.Off, mutator.Rooting, mutator.Marking} {
			r, c, h := newHeapRig(t, 0)
			p := asm.New(ram)
			test.build(p)
			r.Load(p.Op(isa.EBREAK), ram)
			r.SetWord(slot, old)
			setX(c, asm.A0, slot+8)
			setX(c, asm.A1, stored)
			setX(c, asm.A3, test.a3)
			c.S.Heap.Marking = marking
			r.ToEbreak(c, ram)
			var want []uint64
			switch {
			case test.name == "ld":
			case marking == mutator.Rooting:
				want = []uint64{old, stored}
			case marking == mutator.Marking:
				want = []uint64{old}
			}
			if !slices.Equal(h.Logged(), want) {
				t.Errorf("%s, marking %d: logged %#x, want %#x", test.name, marking, h.Logged(), want)
			}
			if x(c, asm.A3) != test.result || r.Word(slot) != test.memory {
				t.Errorf("%s, marking %d: a3 is %#x, memory %#x", test.name, marking, x(c, asm.A3), r.Word(slot))
			}
		}
	}
}

// gc.cas compares with rd and gives what memory had; a null reference is x0.
func TestCASWithZero(t *testing.T) {
	r, c, _ := newHeapRig(t, 0)
	r.Load(asm.New(ram).R(isa.GC_CAS, 0, asm.A0, asm.A1).R(isa.GC_CAS, asm.A0, asm.A0, asm.A0).Op(isa.EBREAK), ram)
	setX(c, asm.A0, heapAt)
	setX(c, asm.A1, heapAt)
	c.S.R[hart.Sink] = 5 // what writes to x0 have left
	r.ToEbreak(c, ram)
	if r.Word(heapAt) != heapAt || x(c, asm.A0) != heapAt {
		t.Errorf("memory %#x, a0 %#x", r.Word(heapAt), x(c, asm.A0))
	}
}

// A log that is full is flushed, and nothing is lost or logged twice.
func TestFullLogIsFlushed(t *testing.T) {
	r, c, h := newHeapRig(t, 0)
	p := asm.New(ram).LI(asm.S0, 3000)
	p.Label("loop").S(isa.GC_SD, asm.A1, asm.A0, 0).I(isa.ADDI, asm.A1, asm.A1, 16)
	p.I(isa.ADDI, asm.S0, asm.S0, -1).Branch(isa.BNE, asm.S0, asm.Zero, "loop").Op(isa.EBREAK)
	r.Load(p, ram)
	setX(c, asm.A0, heapAt)
	setX(c, asm.A1, heapAt+64)
	c.S.Heap.Marking = mutator.Rooting
	r.ToEbreak(c, ram)
	var want []uint64
	for i := range uint64(3000) {
		if i > 0 {
			want = append(want, heapAt+64+16*(i-1))
		}
		want = append(want, heapAt+64+16*i)
	}
	if got := h.Logged(); !slices.Equal(got, want) {
		t.Errorf("%d values logged, want %d", len(got), len(want))
	}
	if h.Flushes != len(want)/mutator.LogEntries {
		t.Errorf("%d flushes", h.Flushes)
	}
}

// The exceptions are those of ld, sd and amoswap.d, whatever the barrier does: at their
// place, with nothing changed.
func TestHeapFaultsArePrecise(t *testing.T) {
	const far, readOnly = 0x4000_0000, 0x5000
	type want struct{ cause, tval uint64 }
	for _, mode := range []code.Mode{0, code.Strict} {
		for _, marking := range []uint64{mutator.Off, mutator.Rooting, mutator.Marking} {
			for _, op := range []isa.Op{isa.GC_LD, isa.GC_SD, isa.GC_SWAP, isa.GC_CAS} {
				r, c, h := newHeapRig(t, mode)
				space := r.Spaces()()
				space.Set(ram, ram, interptest.PTERWX)
				space.Set(heapAt, heapAt, interptest.PTERWX)
				space.Set(readOnly, heapAt+physmem.PageSize, interptest.PTEV|interptest.PTER|interptest.PTEA)
				space.Set(device, device, interptest.PTERWX)
				space.Enter(c)
				atomic := op == isa.GC_SWAP || op == isa.GC_CAS
				cases := map[uint64]want{far: {interp.CauseStorePage, far}, readOnly: {interp.CauseStorePage, readOnly}}
				switch {
				case op == isa.GC_LD:
					cases = map[uint64]want{far: {interp.CauseLoadPage, far}}
				case atomic:
					cases[device] = want{interp.CauseStoreAccess, device}
				}
				if mode == code.Strict || atomic {
					cause := uint64(interp.CauseStoreMisaligned)
					if op == isa.GC_LD {
						cause = interp.CauseLoadMisaligned
					}
					cases[heapAt+4] = want{cause, heapAt + 4}
					cases[far+1] = want{cause, far + 1}
				}
				p := asm.New(ram).I(isa.ADDI, asm.T0, asm.T0, 1)
				if op == isa.GC_LD || op == isa.GC_SD {
					p.Insn(isa.Insn{Op: op, Rd: asm.A3, Rs1: asm.A0, Rs2: asm.A1, Imm: 16})
				} else {
					p.I(isa.ADDI, asm.A0, asm.A0, 16).R(op, asm.A3, asm.A0, asm.A1)
				}
				r.Load(p.Op(isa.EBREAK), ram)
				for va, w := range cases {
					setX(c, asm.A0, va-16)
					setX(c, asm.A1, heapAt+0x200)
					setX(c, asm.A3, 7)
					r.SetWord(heapAt, heapAt+0x300)
					c.S.Heap.Marking = marking
					at, retired := uint64(ram+4), uint64(1)
					if atomic {
						at, retired = ram+8, 2
					}
					r.WantFault(c, ram, at, w.cause, w.tval, retired)
					if x(c, asm.A3) != 7 || r.Word(heapAt) != heapAt+0x300 || r.Word(heapAt+physmem.PageSize) != 0 {
						t.Errorf("%s at %#x changed something", op, va)
					}
				}
				if n := len(h.Logged()); n != 0 && marking == mutator.Off {
					t.Errorf("%s: %d values logged with marking off", op, n)
				}
			}
		}
	}
}

// Ordinary alignment rules hold for gc.ld and gc.sd: a misaligned access works, and logs
// nothing, for it stores no reference; so does one that reaches a device.
func TestMisalignedReferenceAccess(t *testing.T) {
	r, c, h := newHeapRig(t, 0)
	p := asm.New(ram).S(isa.GC_SD, asm.A1, asm.A0, 3).I(isa.GC_LD, asm.A3, asm.A0, 3).S(isa.GC_SD, asm.A1, asm.A4, 0).Op(isa.EBREAK)
	r.Load(p, ram)
	setX(c, asm.A0, heapAt+physmem.PageSize-8) // over a page's end
	setX(c, asm.A1, heapAt+0x500)
	setX(c, asm.A4, device)
	c.S.Heap.Marking = mutator.Rooting
	r.ToEbreak(c, ram)
	if x(c, asm.A3) != heapAt+0x500 || len(h.Logged()) != 0 {
		t.Errorf("loaded %#x, logged %#x", x(c, asm.A3), h.Logged())
	}
}

// gc.new takes from the Buffer, asks for more when it is empty, and gives 0 where there
// cannot be an object.
func TestNew(t *testing.T) {
	r, c, h := newHeapRig(t, 0)
	r.Load(asm.New(ram).R(isa.GC_NEW, asm.A0, asm.A1, asm.A2).R(isa.GC_NEW, 0, asm.A1, asm.A2).Op(isa.EBREAK), ram)
	for _, test := range []struct {
		typ, length uint64
		allocs      int
	}{
		{mutatortest.Pair, 0, 1}, {mutatortest.Pair, 0, 0}, {mutatortest.Pair, 0, 1}, {mutatortest.Array, 9, 1},
		{mutatortest.Data, 70_000, 2},
	} {
		before := h.Allocs
		setX(c, asm.A1, test.typ)
		setX(c, asm.A2, test.length)
		r.ToEbreak(c, ram)
		ref := x(c, asm.A0)
		if ref-heapAt >= heapSize || r.Word(ref) != test.typ|test.length<<32 {
			t.Errorf("type %d, %d elements: %#x", test.typ, test.length, ref)
		}
		if n := h.Allocs - before; n != test.allocs {
			t.Errorf("type %d, %d elements: %d calls, want %d", test.typ, test.length, n, test.allocs)
		}
	}
	if x(c, 0) != 0 {
		t.Error("x0 has changed")
	}
	for _, bad := range [][2]uint64{{mutatortest.Missing, 0}, {99, 0}, {1 << 63, 0}, {mutatortest.Pair, 1 << 32}, {mutatortest.Huge, 0}, {mutatortest.Data, heapSize}} {
		setX(c, asm.A0, 1)
		setX(c, asm.A1, bad[0])
		setX(c, asm.A2, bad[1])
		r.ToEbreak(c, ram)
		if x(c, asm.A0) != 0 {
			t.Errorf("type %d, %d elements: %#x, want 0", bad[0], bad[1], x(c, asm.A0))
		}
	}
}

// A gc.new that has to wait has not happened: PC and the instructions retired are its
// own, and it is executed again.
func TestNewStalls(t *testing.T) {
	r, c, h := newHeapRig(t, 0)
	p := asm.New(ram).I(isa.ADDI, asm.T0, asm.T0, 1).R(isa.GC_NEW, asm.A1, asm.A1, asm.A2).I(isa.ADDI, asm.T0, asm.T0, 1)
	r.Load(p.Op(isa.EBREAK), ram)
	setX(c, asm.A1, mutatortest.Array)
	setX(c, asm.A2, 5)
	h.Stalls = 2
	r.WantFault(c, ram, ram+4, interp.CauseStall, 0, 1)
	r.WantFault(c, c.S.PC, ram+4, interp.CauseStall, 0, 0)
	if x(c, asm.A1) != mutatortest.Array || x(c, asm.T0) != 1 {
		t.Errorf("a1 is %#x, t0 %d", x(c, asm.A1), x(c, asm.T0))
	}
	if n := r.ToEbreak(c, c.S.PC); n != 2 || x(c, asm.T0) != 2 || r.Word(x(c, asm.A1)) != mutatortest.Array|5<<32 {
		t.Errorf("%d instructions, t0 %d, a1 %#x", n, x(c, asm.T0), x(c, asm.A1))
	}
}

// An instruction of two micro-operations counts as one and stays whole at a block's
// limit, and one that crosses two pages has its barrier too.
func TestBarrierAndStoreAreOneInstruction(t *testing.T) {
	r, c, h := newHeapRig(t, code.Strict)
	const at = ram + physmem.PageSize - 2 - 4*70
	p := asm.New(at)
	for range 70 { // more than a block has
		p.S(isa.GC_SD, asm.A1, asm.A0, 0)
	}
	p.S(isa.GC_SD, asm.A1, asm.A0, 8).Op(isa.EBREAK)
	r.Load(p, at)
	setX(c, asm.A0, heapAt)
	setX(c, asm.A1, heapAt+16)
	r.SetWord(heapAt, heapAt+32)
	r.SetWord(heapAt+8, heapAt+48)
	c.S.Heap.Marking = mutator.Marking
	if n := r.ToEbreak(c, at); n != 71 {
		t.Errorf("%d instructions, want 71", n)
	}
	got := h.Logged()
	if len(got) != 71 || got[0] != heapAt+32 || got[1] != heapAt+16 || got[70] != heapAt+48 {
		t.Errorf("%d values logged", len(got))
	}
}

// Between an LR and its SC the instructions end the reservation, as loads and stores do.
func TestHeapInstructionsEndAReservation(t *testing.T) {
	for _, op := range []isa.Op{isa.GC_LD, isa.GC_SD, isa.GC_SWAP, isa.GC_CAS, isa.GC_NEW} {
		r, c, _ := newHeapRig(t, 0)
		p := asm.New(ram).I(isa.LR_D, asm.T0, asm.A0, 0).Insn(isa.Insn{Op: op, Rd: asm.A3, Rs1: asm.A2, Rs2: asm.A1})
		r.Load(p.R(isa.SC_D, asm.T1, asm.A0, asm.A1).Op(isa.EBREAK), ram)
		setX(c, asm.A0, heapAt)
		setX(c, asm.A2, heapAt+8)
		r.ToEbreak(c, ram)
		if op != isa.GC_LD && x(c, asm.T1) == 0 {
			t.Errorf("SC succeeded behind %s", op)
		}
	}
}

// Where execution is forbidden a fetch raises an access fault, for code that is there
// already too, in the middle of a block's page and behind a page's end.
func TestForbiddenFetch(t *testing.T) {
	r := newRig(t, 1, 0)
	c := r.Cores[0]
	const code = ram + physmem.PageSize
	p := asm.New(code).I(isa.ADDI, asm.T0, asm.T0, 1).Op(isa.EBREAK)
	r.Load(p, code)
	cross := asm.New(code-6).I(isa.ADDI, asm.T0, asm.T0, 1).Half(uint16(addi(asm.T0, asm.T0, 1)))
	r.Load(cross, code-6) // an instruction whose second half is the first of code
	r.ToEbreak(c, code)
	r.Shoot()
	r.Mem.Forbid(code, physmem.PageSize)
	r.WantFault(c, code, code, interp.CauseFetchAccess, code, 0)
	r.WantFault(c, code+4, code+4, interp.CauseFetchAccess, code+4, 0)
	r.WantFault(c, code-6, code-2, interp.CauseFetchAccess, code, 1)
	if r.Mem.HasCode(code) {
		t.Error("a forbidden page is marked as code")
	}
	if b := r.Cache.Get(blocks.Key{PA: code}, nil); b != nil {
		t.Error("there is a block")
	}
	r.Mem.Forbid(code+physmem.PageSize, physmem.PageSize)
	r.ToEbreak(c, code)
	r.Mem.Forbid(code, 4*physmem.PageSize)
	r.WantFault(c, code, code, interp.CauseFetchAccess, code, 0)
	r.Mem.Forbid(0, 0)
	r.ToEbreak(c, code)
	if x(c, asm.T0) != 4 {
		t.Errorf("%d executions of the code, want 4", x(c, asm.T0))
	}
}
