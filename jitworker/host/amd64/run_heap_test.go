package amd64_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/hartwood-vm/hartwood/jitworker/engine"
	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
	"github.com/hartwood-vm/hartwood/vcpu/mutator"
	"github.com/hartwood-vm/hartwood/vcpu/mutator/mutatortest"
)

const (
	heapAt    = ram + 3<<20 + 64<<10 // physical address
	heapPages = 96
	heapSize  = heapPages * physmem.PageSize
	tables    = ram + 3<<20 + 768<<10
	heapVA    = 0x12_3000_0000 // where a paged machine has it
	// alias is the distance to where it has it once more: pages that contend with the
	// others for places in the first level.
	alias = shardedtlb.FirstLevelEntries * physmem.PageSize
)

// heapRig is a rig with a managed heap.
type heapRig struct {
	*rig
	heap *mutatortest.Heap
	base uint64 // of the heap for the guest
}

// newHeapRig returns one in which every block is native from its first execution on, or
// that has no native code. paged puts the heap behind a page table, which maps some of
// its pages for reading only and some not at all.
func newHeapRig(t testing.TB, native, paged bool) *heapRig {
	t.Helper()
	var cfg *engine.Config
	if native {
		c := eager()
		cfg = &c
	}
	r := &heapRig{rig: newRigWith(t, cfg), base: heapAt}
	if paged {
		r.base = heapVA
		set := r.paged()
		for pa := uint64(ram); pa < heapAt; pa += physmem.PageSize {
			set(pa, pa, leaf)
		}
		for i := range uint64(heapPages) {
			flags := uint64(leaf)
			switch i % 16 {
			case 5:
				flags &^= 0x84
			case 11:
				continue
			}
			set(heapVA+i*physmem.PageSize, heapAt+i*physmem.PageSize, flags)
			set(heapVA+alias+i*physmem.PageSize, heapAt+i*physmem.PageSize, flags)
		}
	}
	r.core.SetMode(code.Heap)
	host, _ := r.mem.Host(heapAt, heapSize)
	r.heap = mutatortest.New(t, &r.core.S.Heap, host, r.base, heapSize)
	r.core.Heap = r.heap
	return r
}

// heapPair is two harts with the same programs and heaps, one of which has native code.
type heapPair struct {
	testing.TB
	native, interpreted *heapRig
}

func newHeapPair(t testing.TB, paged bool) *heapPair {
	return &heapPair{t, newHeapRig(t, true, paged), newHeapRig(t, false, paged)}
}

func (p *heapPair) each(f func(r *heapRig)) {
	f(p.native)
	f(p.interpreted)
}

// differences compares the harts' states, and their heaps as far as harts see them.
func (p *heapPair) differences() (lines []string) {
	a, b := p.native, p.interpreted
	add := func(name string, got, want uint64) {
		if got != want {
			lines = append(lines, fmt.Sprintf("%s is %#x, want %#x", name, got, want))
		}
	}
	for i := range uint8(32) {
		add(isa.XName(i), a.core.S.R[hart.X+i], b.core.S.R[hart.X+i])
		add(isa.FName(i), a.core.S.R[hart.F+i], b.core.S.R[hart.F+i])
	}
	add("fflags", uint64(a.core.S.FFlags), uint64(b.core.S.FFlags))
	add("pc", a.core.S.PC, b.core.S.PC)
	add("count", a.core.S.Count, b.core.S.Count)
	add("cause", a.core.Cause, b.core.Cause)
	add("tval", a.core.Tval, b.core.Tval)
	add("calls of Alloc", uint64(a.heap.Allocs), uint64(b.heap.Allocs))
	add("flushes", uint64(a.heap.Flushes), uint64(b.heap.Flushes))
	if got, want := a.heap.Logged(), b.heap.Logged(); !slices.Equal(got, want) {
		lines = append(lines, fmt.Sprintf("logged %#x, want %#x", got, want))
	}
	for i, got := range a.core.S.Heap.Buffers {
		if got != b.core.S.Heap.Buffers[i] {
			lines = append(lines, fmt.Sprintf("Buffer %d is %x, want %x", i, got, b.core.S.Heap.Buffers[i]))
		}
	}
	return lines
}

// memories compares what the heap and the data beside it hold.
func (p *heapPair) memories() (lines []string) {
	for _, span := range [][2]uint64{{data, dataBytes}, {heapAt, heapSize}} {
		got, errA := p.native.mem.Slice(span[0], span[1])
		want, errB := p.interpreted.mem.Slice(span[0], span[1])
		if errA != nil || errB != nil {
			p.Fatal(errA, errB)
		}
		for i := range got {
			if got[i] != want[i] {
				lines = append(lines, fmt.Sprintf("the byte at %#x is %#x, want %#x", span[0]+uint64(i), got[i], want[i]))
				break
			}
		}
	}
	return lines
}

// Registers of the random programs: pointers to data and into the heap, a counter, and
// the rest.
const (
	heapBase = asm.S2
	counter  = asm.S3
	address  = asm.S4
)

var heapOperands = []uint8{asm.A0, asm.A1, asm.A2, asm.T3, asm.T4, asm.Zero}

// heapProgram builds a random loop with the instructions of the managed heap; paged says
// that there is an alias.
func (d dice) heapProgram(p *asm.Program, paged bool) {
	reg := func() uint8 { return pick(d, heapOperands) }
	// place is a displacement: nearby, mostly of a doubleword.
	place := func() int32 {
		off := int32(d.IntN(40)*8 - 64)
		if d.IntN(40) == 0 {
			off += int32(d.IntN(8))
		}
		return off
	}
	pointer := func() uint8 { return pick(d, []uint8{heapBase, heapBase, base, address}) }
	p.Label("loop")
	for i := range 6 + d.IntN(40) {
		switch d.IntN(17) {
		case 0, 1:
			p.S(isa.GC_SD, reg(), pointer(), place())
		case 2:
			p.I(isa.GC_LD, reg(), pointer(), place())
		case 3:
			p.I(isa.ADDI, address, pointer(), place())
			p.R(pick(d, []isa.Op{isa.GC_SWAP, isa.GC_CAS}), reg(), address, reg())
		case 4: // a comparison that often succeeds
			r := reg()
			p.I(isa.ADDI, address, pointer(), place()).I(isa.LD, r, address, 0).R(isa.GC_CAS, r, address, reg())
		case 5, 6: // all known
			p.LI(asm.T5, uint64(d.IntN(5)))
			length := uint64(d.IntN(12))
			if d.IntN(10) == 0 {
				length = pick(d, []uint64{700, 2044, 16376, 16377, 1 << 31, 1<<32 - 1, 1 << 32, 1 << 40, ^uint64(0)})
			}
			p.LI(asm.T6, length).R(isa.GC_NEW, reg(), asm.T5, asm.T6)
		case 7: // the type alone, or the length alone
			p.LI(asm.T5, pick(d, []uint64{0, 1, 2, 3, 4, 5, 6, 1 << 20, 1 << 27, 1 << 32, 1<<36 + 1, ^uint64(0)}))
			if d.IntN(2) == 0 {
				p.R(isa.GC_NEW, reg(), asm.T5, reg())
			} else {
				p.I(isa.ANDI, reg(), reg(), 7).R(isa.GC_NEW, reg(), reg(), asm.T5)
			}
		case 8: // nothing known, often sensible
			a, b := reg(), reg()
			if d.IntN(3) > 0 {
				p.I(isa.ANDI, a, a, 3).I(isa.ANDI, b, b, 31)
			}
			p.R(isa.GC_NEW, reg(), a, b)
		case 9:
			p.R(pick(d, []isa.Op{isa.ADD, isa.XOR, isa.SUB}), reg(), reg(), reg())
		case 10:
			p.S(isa.SD, reg(), pointer(), place()).I(isa.LD, reg(), pointer(), place())
		case 11: // into the new object, if there is one
			r := pick(d, heapOperands[:5])
			p.LI(asm.T5, mutatortest.Array).LI(asm.T6, 3).R(isa.GC_NEW, r, asm.T5, asm.T6)
			p.Branch(isa.BEQ, r, asm.Zero, fmt.Sprint("none", i))
			p.S(isa.GC_SD, reg(), r, 16).S(isa.GC_SD, r, heapBase, place()).S(isa.GC_SD, asm.Zero, r, 8)
			p.Label(fmt.Sprint("none", i))
		case 12:
			p.Branch(pick(d, []isa.Op{isa.BEQ, isa.BLTU}), reg(), reg(), fmt.Sprint("on", i))
			p.S(isa.GC_SD, reg(), heapBase, place()).Label(fmt.Sprint("on", i))
		case 13: // far away: another page, which may not be there
			p.LI(asm.T5, uint64(d.IntN(heapSize))&^7).R(isa.ADD, asm.T5, asm.T5, heapBase)
			if d.IntN(8) == 0 {
				p.I(isa.ADDI, asm.T5, asm.T5, 1<<d.IntN(3))
			}
			p.S(isa.GC_SD, reg(), asm.T5, 0)
		case 14: // between floating point, whose registers are loaded then
			p.Insn(isa.Insn{Op: isa.FADD_D, Rd: uint8(d.IntN(32)), Rs1: uint8(d.IntN(32)), Rs2: uint8(d.IntN(32)), Imm: 7})
		case 15:
			p.S(isa.FSD, uint8(d.IntN(32)), pointer(), place()).I(isa.FLD, uint8(d.IntN(32)), pointer(), place())
		case 16:
			if paged {
				p.LI(asm.T5, alias).R(isa.ADD, asm.T5, asm.T5, heapBase).S(isa.GC_SD, reg(), asm.T5, place())
			}
		}
	}
	p.I(isa.ADDI, counter, counter, -1).Branch(isa.BNE, counter, asm.Zero, "loop").Op(isa.EBREAK)
}

// Random programs with the managed heap's instructions leave the same behind natively
// and interpreted, wherever they stop, while the collector's phase changes, the log
// fills, Buffers run out and memory is missing.
func TestHeapLockstep(t *testing.T) {
	if !engine.Supported {
		t.Skip("no native code on this host")
	}
	programs := 600
	if testing.Short() {
		programs = 100
	}
	faults, stalls, flushes, ends := 0, 0, 0, 0
	for seed := range uint64(8) {
		d := newDice(seed)
		p := newHeapPair(t, seed%2 == 1)
		for i := range programs / 8 {
			at := uint64(0)
			text := asm.New(p.native.next)
			d.heapProgram(text, seed%2 == 1)
			p.each(func(r *heapRig) {
				at = r.next
				r.next += uint64(len(text.Bytes())+63) &^ 63
				r.must(r.mem.WriteAt(text.Bytes(), at))
				r.core.FenceI()
				r.heap.Empty()
				if r.next >= data-8192 {
					r.next = ram
				}
			})
			first := d.situation(false)
			first.x[heapBase] = p.native.base + uint64(d.IntN(heapSize/2))&^7
			first.x[address] = first.x[heapBase]
			first.x[base], first.x[counter] = data+64, 1+uint64(d.IntN(60))
			for j := range 3 {
				first.x[heapOperands[j]] = p.native.base + uint64(d.IntN(heapSize))&^15
				if d.IntN(8) == 0 {
					first.x[heapOperands[j]] = p.native.base + pick(d, []uint64{0, heapSize - 1, heapSize, ^uint64(0)})
				}
			}
			runs := []uint64{1 + d.Uint64()%4, 1 + d.Uint64()%9}
			p.each(func(r *heapRig) {
				r.must(r.mem.WriteAt(first.memory, data))
				copy(r.core.S.R[hart.X:], first.x[:])
				copy(r.core.S.R[hart.F:], first.f[:])
				r.core.S.MStatus, r.core.S.FFlags, r.core.S.FRM = 3<<13, 0, 0
				r.core.S.R[hart.X], r.core.S.PC = 0, at
				r.heap.Runs = runs
			})
			for step, running := 0, true; running; step++ {
				budget := 1 + d.Uint64()%200
				if d.IntN(3) == 0 {
					marking := d.Uint64() % 3
					p.each(func(r *heapRig) { r.core.S.Heap.Marking = marking })
				}
				if d.IntN(6) == 0 {
					n := d.IntN(3)
					p.each(func(r *heapRig) { r.heap.Stalls = n })
				}
				if d.IntN(8) == 0 {
					n := mutator.LogEntries - uint64(d.IntN(6))
					p.each(func(r *heapRig) { r.core.S.Heap.LogLen = n })
				}
				var exits [2]interp.Exit
				for k, r := range []*heapRig{p.native, p.interpreted} {
					r.core.Cause, r.core.Tval = 0, 0
					r.core.S.Arm(budget)
					exits[k] = r.core.Run()
					for _, done := range r.pending {
						r.core.MMU.DropStores()
						done()
					}
					r.pending = nil
				}
				lines := p.differences()
				if exits[0] != exits[1] {
					lines = append(lines, fmt.Sprintf("exit %d, want %d", exits[0], exits[1]))
				}
				running = exits[1] == interp.ExitPoll && step < 2000
				if exits[1] == interp.ExitException && p.interpreted.core.Cause == interp.CauseStall {
					running = true
					stalls++
				}
				if !running {
					lines = append(lines, p.memories()...)
					if exits[1] == interp.ExitException {
						faults++
					} else {
						ends++
					}
				}
				if len(lines) > 0 {
					t.Fatalf("seed %d, program %d at %#x, step %d: %s", seed, i, at, step, lines)
				}
			}
			flushes += p.native.heap.Flushes
		}
		if n := p.native.core.Native.Insns; n < 100 {
			t.Errorf("%d instructions were executed natively", n)
		}
	}
	t.Logf("%d programs ended, %d with an exception, %d stalls, %d flushes", ends+faults, faults, stalls, flushes)
	if ends < programs/4 || faults < programs/20 || stalls < programs/10 || flushes < programs/10 {
		t.Error("the programs do not do what they are for")
	}
}

// With the log and the Buffers not at their ends, nothing is left to the interpreter,
// whatever the collector's phase, once it has shown the pages to the first level.
func TestHeapInstructionsRunNatively(t *testing.T) {
	if !engine.Supported {
		t.Skip("no native code on this host")
	}
	for _, marking := range []uint64{mutator.Off, mutator.Rooting, mutator.Marking} {
		r := newHeapRig(t, true, false)
		r.heap.Runs = []uint64{1 << 12}
		at := r.load(func(p *asm.Program) {
			p.Label("loop").LI(asm.A3, mutatortest.Array).LI(asm.A4, 1)
			p.R(isa.GC_NEW, asm.A0, asm.A3, asm.A4).R(isa.GC_NEW, asm.A1, asm.A5, asm.A4)
			p.S(isa.GC_SD, asm.A0, base, 0).I(isa.GC_LD, asm.T3, base, 0).R(isa.GC_SWAP, asm.T3, base, asm.A1)
			p.R(isa.GC_CAS, asm.T3, base, asm.A1)
			p.I(isa.ADDI, counter, counter, -1).Branch(isa.BNE, counter, asm.Zero, "loop").Op(isa.EBREAK)
		})
		r.core.S.R[hart.X+base], r.core.S.R[hart.X+counter] = heapAt+heapSize-64, 40
		r.core.S.R[hart.X+asm.A5] = mutatortest.Array
		r.core.S.Heap.Marking, r.core.S.PC = marking, at
		r.core.S.Arm(10_000)
		if e := r.core.Run(); e != interp.ExitSystem {
			t.Fatalf("exit %d at %#x, cause %d", e, r.core.S.PC, r.core.Cause)
		}
		for _, op := range []isa.Op{isa.GC_NEW, isa.GC_CAS, isa.GC_SD, isa.LD, isa.GC_SWAP} {
			if n := r.core.NativeExits[op].Load(); n > 1 {
				t.Errorf("marking %d: operation %d was left to the interpreter %d times", marking, op, n)
			}
		}
		if r.heap.Allocs != 1 || r.heap.Flushes != 0 {
			t.Errorf("marking %d: %d Buffers, %d flushes", marking, r.heap.Allocs, r.heap.Flushes)
		}
	}
}

// Native code of a page from which execution has been forbidden is not found any more,
// by links of its own page, by the way through the jump table, and by its address.
func TestForbiddenNativeCode(t *testing.T) {
	if !engine.Supported {
		t.Skip("no native code on this host")
	}
	r := newHeapRig(t, true, false)
	const first, second = ram, ram + physmem.PageSize
	p := asm.New(first)
	p.I(isa.ADDI, asm.A0, asm.A0, 1).Jump(asm.Zero, "second")
	p.Org(second).Label("second").I(isa.ADDI, asm.A1, asm.A1, 1).Jump(asm.Zero, "third")
	p.Org(second+64).Label("third").I(isa.ADDI, asm.A2, asm.A2, 1).Op(isa.EBREAK)
	r.must(r.mem.WriteAt(p.Bytes(), first))
	run := func(pc uint64) interp.Exit {
		r.core.S.PC = pc
		r.core.S.Arm(1000)
		return r.core.Run()
	}
	for range 3 {
		if e := run(first); e != interp.ExitSystem {
			t.Fatalf("exit %d", e)
		}
	}
	if r.core.Native.Insns < 9 {
		t.Fatalf("%d instructions were executed natively", r.core.Native.Insns)
	}
	r.mem.Forbid(second, physmem.PageSize)
	r.core.FenceI()
	for _, pc := range []uint64{first, second, second + 64} {
		at := max(pc, second)
		e := run(pc)
		if e != interp.ExitException || r.core.S.PC != at || r.core.Cause != interp.CauseFetchAccess || r.core.Tval != at {
			t.Errorf("from %#x: exit %d at %#x, cause %d, tval %#x", pc, e, r.core.S.PC, r.core.Cause, r.core.Tval)
		}
	}
	if a1, a2 := r.core.S.R[hart.X+asm.A1], r.core.S.R[hart.X+asm.A2]; a1 != 3 || a2 != 3 {
		t.Errorf("forbidden code was executed: %d, %d", a1, a2)
	}
}
