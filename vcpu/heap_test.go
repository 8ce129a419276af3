package vcpu

import (
	"slices"
	"sync/atomic"
	"testing"

	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
	"github.com/hartwood-vm/hartwood/vcpu/mutator"
	"github.com/hartwood-vm/hartwood/vcpu/mutator/mutatortest"
)

const (
	heapAt   = ram + 3<<20
	heapSize = 512 << 10
)

// Registers as X and SetX number them.
const (
	s1 = 9
	a0 = 10
	a1 = 11
	a2 = 12
)

// testHeap is a managed heap whose cycles the test ends.
type testHeap struct {
	*mutatortest.Heap
	cycles      atomic.Uint64
	threadScans int // times that a thread's words were shown because it began to run
}

func (g *testHeap) Hart(*Hart) interp.Heap { return g }
func (g *testHeap) Cycles() uint64         { return g.cycles.Load() }

// ThreadRuns scans the thread, as a cycle under way would.
func (g *testHeap) ThreadRuns(h *Hart) {
	h.ScanThread(func(_ []uint64, from mutator.Source) bool {
		if from == mutator.Registers {
			g.threadScans++
		}
		return true
	})
}

// newHeapHart is newHart with a managed heap.
func newHeapHart(t *testing.T, priv shardedtlb.Priv) (*world, *Hart, *testHeap) {
	t.Helper()
	w, h := newHart(t, priv)
	host, _ := w.mem.Host(heapAt, heapSize)
	g := &testHeap{Heap: mutatortest.New(t, &h.S.Heap, host, heapAt, heapSize)}
	h.Manage(g, NewThreads(w.mem))
	return w, h, g
}

// roots returns what the hart shows a collection.
func roots(h *Hart) (words []uint64) {
	h.ScanRoots(func(w []uint64, _ mutator.Source) bool { words = append(words, w...); return true })
	return words
}

func (h *Hart) attach(low, high uint64) uint64 {
	h.SetX(a1, low)
	h.SetX(a2, high)
	h.exec(isa.Insn{Op: isa.GC_ATTACH, Rd: asm.A0, Rs1: asm.A1, Rs2: asm.A2})
	return h.X(a0)
}

// Without a managed heap its instructions are illegal in every mode.
func TestHeapInstructionsAreIllegalWithoutAHeap(t *testing.T) {
	for _, priv := range []shardedtlb.Priv{shardedtlb.U, shardedtlb.S, shardedtlb.M} {
		for _, row := range isa.Rows() {
			if row.Class != isa.ClassHeap {
				continue
			}
			w, h := newHart(t, priv)
			w.load(asm.New(ram).Insn(isa.Insn{Op: row.Op, Rd: asm.A0, Rs1: asm.A1, Rs2: asm.A2}), ram)
			w.load(asm.New(mtvec).Op(isa.WFI), mtvec)
			h.Launch()
			h.S.Arm(1)
			if h.burst(); h.csrs.mcause != causeIllegal || h.csrs.mepc != ram || h.csrs.mtval == 0 {
				t.Errorf("%s in mode %d: cause %d at %#x, tval %#x", row.Name, priv, h.csrs.mcause, h.csrs.mepc, h.csrs.mtval)
			}
		}
	}
}

func TestAttachChecksTheStack(t *testing.T) {
	_, h, _ := newHeapHart(t, shardedtlb.M)
	for _, c := range []struct{ low, high, want uint64 }{
		{data, data + 8, heapDone}, {data, data + maxStack, heapDone},
		{^uint64(0) - 15, ^uint64(0) - 7, heapDone}, {0, 8, heapDone},
		{data, data, heapNoStack}, {data + 8, data, heapNoStack}, {data + 1, data + 8, heapNoStack},
		{data, data + 9, heapNoStack}, {data, data + maxStack + 8, heapNoStack}, {0, ^uint64(0) - 7, heapNoStack},
		{0, 0, heapNoStack}, {8, 0, heapNoStack},
	} {
		h.low, h.high = 0, 0
		h.S.PC = ram
		before := h.S.Count
		if got := h.attach(c.low, c.high); got != c.want || (h.high != 0) != (c.want == heapDone) {
			t.Errorf("%#x to %#x: %d, want %d", c.low, c.high, got, c.want)
		}
		if h.S.PC != ram+4 || h.S.Count != before+1 {
			t.Errorf("%#x to %#x: PC %#x, %d instructions", c.low, c.high, h.S.PC, h.S.Count-before)
		}
	}
}

// The roots are x0 to x31, f0 to f31, and the stack from sp up; the whole range if sp
// lies elsewhere, and none of a hart that has not attached.
func TestScanRoots(t *testing.T) {
	w, h, _ := newHeapHart(t, shardedtlb.M)
	const low, high = data + physmem.PageSize - 64, data + 2*physmem.PageSize + 32
	var stack []uint64
	for a := uint64(low); a < high; a += 8 {
		v, _ := w.mem.Word64(a)
		v.Store(a * 3)
		stack = append(stack, a*3)
	}
	for i := range 64 {
		h.S.R[hart.X+i] = uint64(i) * 1001
	}
	if got := roots(h); got != nil {
		t.Errorf("%d words of a hart that has not attached", len(got))
	}
	if e := h.attach(low, high); e != heapDone {
		t.Fatal(e)
	}
	for _, c := range []struct{ sp, from uint64 }{
		{low, low}, {low + 8, low + 8}, {low + 15, low + 8}, {data + physmem.PageSize, data + physmem.PageSize},
		{high - 8, high - 8}, {high, high}, {high + 8, low}, {low - 8, low}, {0, low}, {^uint64(0), low},
	} {
		h.SetX(2, c.sp)
		want := append(slices.Clone(h.S.R[:64]), stack[(c.from-low)/8:]...)
		if got := roots(h); !slices.Equal(got, want) {
			t.Errorf("sp %#x: %d words, want %d", c.sp, len(got), len(want))
		}
	}
	if h.exec(isa.Insn{Op: isa.GC_DETACH, Rd: asm.A0}); h.X(a0) != heapDone || roots(h) != nil {
		t.Error("the hart has not detached")
	}
	h.attach(low, high)
	if h.Reset(ram, 0, 0, 0); roots(h) != nil {
		t.Error("a hart is attached after a reset")
	}
}

// What of the stack cannot be read has no roots: pages that are not mapped or not
// readable, devices, addresses where nothing is, the end of the address space.
func TestScanRootsOfUnreadablePages(t *testing.T) {
	w, h, _ := newHeapHart(t, shardedtlb.S)
	if err := w.mem.Map("device", 0x1000, 0x1000, noisy{t}); err != nil {
		t.Fatal(err)
	}
	const (
		table = ram + 2<<20
		leaf  = 0x43 // V R A
	)
	setWord := func(pa, v uint64) {
		p, _ := w.mem.Word64(pa)
		p.Store(v)
	}
	setWord(table, (table+physmem.PageSize)>>2|1)
	setWord(table+physmem.PageSize, (table+2*physmem.PageSize)>>2|1)
	frame := func(page, pa, flags uint64) { setWord(table+2*physmem.PageSize+8*page, pa>>2|flags) }
	const first, second = ram + 1<<20, ram + 1<<20 + 2*physmem.PageSize
	frame(1, first, leaf)
	frame(3, second, 0x49) // execute only
	frame(4, 0x1000, leaf) // the device
	frame(5, 0x2000, leaf) // nothing
	frame(6, second, leaf)
	setWord(first+0x10, 0x111)
	setWord(second+0x20, 0x222)
	h.csrs.satp = 8<<60 | table>>12
	h.switchView()
	if e := h.attach(0, 16*physmem.PageSize); e != heapDone {
		t.Fatal(e)
	}
	h.SetX(2, 1<<40)
	var want []uint64
	for _, pa := range []uint64{first, second} {
		for i := range uint64(physmem.PageSize) / 8 {
			want = append(want, w.word(pa+8*i))
		}
	}
	if got := roots(h)[64:]; !slices.Equal(got, want) {
		t.Errorf("%d words, want %d", len(got), len(want))
	}
	for _, bounds := range [][2]uint64{
		{^uint64(0) - 3*physmem.PageSize + 1, ^uint64(0) - 7}, {1<<38 - physmem.PageSize, 1<<38 + physmem.PageSize},
	} {
		h.attach(bounds[0], bounds[1])
		if n := len(roots(h)); n != 64 {
			t.Errorf("%d words of a stack at %#x", n, bounds[0])
		}
	}
}

// noisy is a device that must not be read.
type noisy struct{ testing.TB }

func (n noisy) Load(uint64, int) (uint64, bool) { n.Error("the device was read"); return 0, true }
func (n noisy) Store(uint64, int, uint64) bool  { return true }

// A hart in gc.wait holds no worker until the cycle has ended, and gives its number.
func TestHeapWait(t *testing.T) {
	w, h, g := newHeapHart(t, shardedtlb.M)
	w.load(asm.New(ram).R(isa.GC_WAIT, asm.A0, asm.A1, 0).Op(isa.WFI).Jump(asm.Zero, "end").Label("end"), ram)
	h.SetX(a1, 3)
	g.cycles.Store(2)
	before := h.S.Count
	h.Launch()
	w.run()
	if h.state.Load() != stateIdle || h.S.PC != ram || h.S.Count != before {
		t.Fatalf("state %d, PC %#x after %d instructions", h.state.Load(), h.S.PC, h.S.Count-before)
	}
	h.Resume() // not yet
	if w.run(); h.S.PC != ram || h.state.Load() != stateIdle {
		t.Fatalf("PC %#x, state %d", h.S.PC, h.state.Load())
	}
	g.cycles.Store(5)
	h.Resume()
	if w.run(); h.S.PC != ram+8 || h.X(a0) != 5 { // in WFI
		t.Errorf("PC %#x, a0 %d", h.S.PC, h.X(a0))
	}
	if h.stalled.Load() {
		t.Error("the hart is still stalled")
	}
	h.Resume()
	if w.run(); h.S.PC != ram+8 {
		t.Error("Resume has ended a WFI")
	}
}

// A gc.new that finds no memory waits in the same way, and is executed again.
func TestHeapStall(t *testing.T) {
	w, h, g := newHeapHart(t, shardedtlb.M)
	w.load(asm.New(ram).R(isa.GC_NEW, asm.A0, asm.A1, asm.A2).Op(isa.WFI), ram)
	h.SetX(a1, mutatortest.Array)
	h.SetX(a2, 3)
	g.Stalls, g.OnStall = 2, h.Stall
	h.Launch()
	for range 2 {
		if w.run(); h.state.Load() != stateIdle || h.S.PC != ram || h.X(a0) != 0 {
			t.Fatalf("state %d, PC %#x, a0 %#x", h.state.Load(), h.S.PC, h.X(a0))
		}
		h.Resume()
	}
	w.run()
	if h.S.PC != ram+8 || w.word(h.X(a0)) != mutatortest.Array|3<<32 || h.S.Count != 2 {
		t.Errorf("PC %#x, a0 %#x, %d instructions", h.S.PC, h.X(a0), h.S.Count)
	}
}

// A Resume between the look and the sleep is not lost.
func TestHeapStallSeesAnEarlyResume(t *testing.T) {
	w, h, g := newHeapHart(t, shardedtlb.M)
	w.load(asm.New(ram).R(isa.GC_NEW, asm.A0, asm.A1, asm.A2).Op(isa.WFI), ram)
	g.Stalls = 5
	g.OnStall = func() { h.Stall(); h.Resume() }
	h.Launch()
	if w.run(); h.S.PC != ram+8 || g.Allocs != 6 {
		t.Errorf("PC %#x after %d attempts", h.S.PC, g.Allocs)
	}
}

// An interrupt that the hart takes ends the wait, and its handler finds the instruction
// itself as the interrupted one. An interrupt that it cannot take leaves it asleep.
func TestHeapWaitIsInterruptible(t *testing.T) {
	for _, op := range []isa.Op{isa.GC_WAIT, isa.GC_NEW} {
		for _, enabled := range []bool{true, false} {
			w, h, g := newHeapHart(t, shardedtlb.M)
			w.load(asm.New(ram).R(op, asm.A0, asm.A1, 0).CSR(isa.CSRRW, 0, isa.CSR_MIE, 0).Op(isa.WFI), ram)
			w.load(asm.New(mtvec).I(isa.ADDI, asm.S1, asm.S1, 1).CSR(isa.CSRRW, 0, isa.CSR_MIE, 0).Op(isa.WFI), mtvec)
			h.SetX(a1, 1)
			g.Stalls, g.OnStall = 1000, h.Stall
			h.csrs.mie = ipMSIP
			if enabled {
				h.S.MStatus |= statusMIE
			}
			h.Launch()
			w.run()
			if h.S.PC != ram || h.state.Load() != stateIdle {
				t.Fatalf("%s: PC %#x, state %d", op, h.S.PC, h.state.Load())
			}
			h.SetLine(ipMSIP, true)
			if w.run(); !enabled {
				if h.S.PC != ram || h.state.Load() != stateIdle || !h.stalled.Load() {
					t.Errorf("%s: an interrupt that is not taken ends the wait: PC %#x", op, h.S.PC)
				}
				g.Stalls = 0
				g.cycles.Store(1)
				h.Resume()
				if w.run(); h.S.PC != ram+12 {
					t.Errorf("%s: PC %#x after the wait", op, h.S.PC)
				}
				continue
			}
			if h.S.PC != mtvec+12 || h.csrs.mepc != ram || h.X(s1) != 1 || h.stalled.Load() {
				t.Fatalf("%s: PC %#x, mepc %#x, s1 %d", op, h.S.PC, h.csrs.mepc, h.X(s1))
			}
			h.Resume() // the wait is over
			if w.run(); h.S.PC != mtvec+12 {
				t.Errorf("%s: PC %#x", op, h.S.PC)
			}
		}
	}
}

// A comparator wakes the waiting hart if its interrupt can be taken; else no host timer
// is left behind, which would find it waiting again at once.
func TestHeapWaitAndTimers(t *testing.T) {
	w, h, _ := newHeapHart(t, shardedtlb.M)
	w.load(asm.New(ram).R(isa.GC_WAIT, asm.A0, asm.A1, 0), ram)
	w.load(asm.New(mtvec).CSR(isa.CSRRW, 0, isa.CSR_MIE, 0).Op(isa.WFI), mtvec)
	h.SetX(a1, 1)
	h.csrs.mie = ipMTIP
	h.mtimecmp.Store(1000)
	h.Launch()
	w.run()
	if d := h.deadline(); d != never || h.timer != nil {
		t.Errorf("deadline %d, timer %v of a hart that takes no interrupts", d, h.timer)
	}
	h.S.MStatus |= statusMIE
	if d := h.deadline(); d != 1000 {
		t.Errorf("deadline %d, want 1000", d)
	}
	h.Wake()
	if w.run(); h.timer == nil {
		t.Error("no host timer wakes a hart that takes the interrupt")
	}
	w.now.Store(2000)
	h.Wake()
	w.run()
	if h.csrs.mcause != interruptBit|7 || h.csrs.mepc != ram {
		t.Errorf("cause %#x, mepc %#x", h.csrs.mcause, h.csrs.mepc)
	}
}

// A waiting hart answers messages, and shows its roots, without being woken.
func TestHeapWaitAnswersMessages(t *testing.T) {
	w, h, _ := newHeapHart(t, shardedtlb.M)
	p := asm.New(ram).R(isa.GC_ATTACH, asm.A0, asm.A1, asm.A2).R(isa.GC_WAIT, asm.A0, asm.A2, 0)
	w.load(p, ram)
	h.SetX(a1, data)
	h.SetX(a2, data+16)
	h.Launch()
	w.run()
	wakeups := h.wakeups.Load()
	n := 0
	h.Post(func(h *Hart) { n = len(roots(h)) })
	if n != 64+2 || h.wakeups.Load() != wakeups || h.state.Load() != stateIdle {
		t.Errorf("%d words, %d wake-ups, state %d", n, h.wakeups.Load()-wakeups, h.state.Load())
	}
}

// Harts that wait for cycles while others end them lose no wake-up.
func TestHeapWaitHammer(t *testing.T) {
	const rounds = 2000
	w, h, g := newHeapHart(t, shardedtlb.M)
	p := asm.New(ram).LI(asm.S0, rounds)
	p.Label("loop").I(isa.ADDI, asm.A1, asm.A1, 1).R(isa.GC_WAIT, asm.A0, asm.A1, 0)
	p.Branch(isa.BLT, asm.A1, asm.S0, "loop").Op(isa.WFI)
	w.load(p, ram)
	h.Launch()
	stop := w.workers(1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range rounds {
			g.cycles.Add(1)
			h.Resume()
		}
	}()
	<-done
	for h.Counters().Instructions < rounds*3 && h.state.Load() != stateIdle {
		h.Wake()
	}
	stop()
	if w.run(); h.X(a1) != rounds || !h.waiting {
		t.Errorf("the hart has waited for %d cycles of %d", h.X(a1), rounds)
	}
}
