package vcpu

import (
	"slices"
	"sync/atomic"
	"testing"

	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
	"github.com/hartwood-vm/hartwood/vcpu/mutator"
)

const (
	tp        = 4
	userStack = 0x20_0000              // where processes have their stacks
	tables    = heapAt + heapSize      // page tables
	userLeaf  = 1<<4 | 1<<2 | 1<<1 | 1 // U W R V, neither accessed nor dirty
)

// process is an Sv39 address space.
type process struct {
	w    *world
	root uint64
	next *uint64 // free memory for tables
}

// processes returns a maker of empty address spaces.
func processes(w *world) func() *process {
	next := uint64(tables)
	return func() *process {
		p := &process{w, next, &next}
		next += physmem.PageSize
		return p
	}
}

// entry is the entry of va in the table of a level.
func (p *process) entry(va uint64, level int) *atomic.Uint64 {
	table := p.root
	for at := 2; ; at-- {
		e, _ := p.w.mem.Word64(table + va>>(12+9*at)&0x1ff*8)
		if at == level {
			return e
		}
		if e.Load() == 0 {
			e.Store(*p.next>>2 | 1)
			*p.next += physmem.PageSize
		}
		table = e.Load() >> 10 << 12
	}
}

// run has h run a thread of p in U-mode.
func (p *process) run(h *Hart, thread, sp uint64) {
	h.csrs.satp = 8<<60 | p.root>>12
	h.SetX(tp, thread)
	h.SetX(2, sp)
	h.enter(shardedtlb.U)
}

// resume returns from a trap to a thread of p, with the registers as they are otherwise.
func (p *process) resume(h *Hart, thread, sp uint64) {
	h.csrs.satp = 8<<60 | p.root>>12
	h.SetX(tp, thread)
	h.SetX(2, sp)
	h.csrs.mepc = ram
	h.S.MStatus &^= 3 << statusMPPShift
	h.exec(isa.Insn{Op: isa.MRET})
}

// fill gives a word of RAM a value.
func (w *world) fill(pa, v uint64) {
	p, _ := w.mem.Word64(pa)
	p.Store(v)
}

// running returns what of the thread that h runs a collection sees.
func running(h *Hart) (words []uint64) {
	h.ScanThread(func(w []uint64, _ mutator.Source) bool { words = append(words, w...); return true })
	return words
}

// saved returns what of the threads that nobody runs a collection sees.
func saved(h *Hart) (words []uint64, all bool) {
	all = h.threads.ScanSaved(func(w []uint64, _ mutator.Source) bool { words = append(words, w...); return true })
	return words, all
}

// A thread's registers are the hart's while it runs, and from its trap on those that it
// had then; its stack is found both times, by its process's page table, which stays as
// it is while the thread does not run.
func TestThreadIsSavedAtItsTrap(t *testing.T) {
	w, h, g := newHeapHart(t, shardedtlb.U)
	p := processes(w)()
	for i := range uint64(2) {
		p.entry(userStack+i*physmem.PageSize, 0).Store((data+(1-i)*physmem.PageSize)>>2 | userLeaf | 0xc0)
	}
	w.fill(data+physmem.PageSize+0xff8, 111) // the end of the first page
	w.fill(data, 222)                        // the beginning of the second
	const low, high = userStack, userStack + physmem.PageSize + 8
	p.run(h, 0x7000, high-16)
	if e := h.attach(low, high); e != heapDone {
		t.Fatal(e)
	}
	h.SetX(20, 0xabc)
	h.S.R[hart.F+3] = 0xdef
	want := append(slices.Clone(h.S.R[:64]), 111, 222)
	if got := running(h); !slices.Equal(got, want) {
		t.Errorf("running: %d words, want %d", len(got), len(want))
	}
	if roots(h) != nil {
		t.Error("the hart has attached itself")
	}
	want[10] = h.X(10)
	if !h.exec(isa.Insn{Op: isa.ECALL}) {
		t.Fatal("no trap")
	}
	for i := range 64 {
		h.S.R[i] = 5 // the kernel's
	}
	h.S.R[0] = 0
	if got := running(h); got != nil {
		t.Errorf("the kernel shows %d words of the thread", len(got))
	}
	h.threads.Begin()
	for range 2 {
		p.entry(userStack, 0).And(^uint64(0xc0))
		got, all := saved(h)
		if !slices.Equal(got, want) || !all {
			t.Errorf("saved: %d words, %v, want %d", len(got), all, len(want))
		}
		if flags := p.entry(userStack, 0).Load() & 0xff; flags != userLeaf {
			t.Errorf("the page's flags are %#x", flags)
		}
		if got, all := saved(h); got != nil || !all {
			t.Error("scanned twice in a round")
		}
		h.threads.Begin()
	}
	saved(h)
	p.entry(userStack, 0).Or(0xc0)
	if p.resume(h, 0x7000, high-8); g.threadScans != 0 {
		t.Errorf("a thread that has been scanned was scanned %d times when it ran", g.threadScans)
	}
	if got := running(h); len(got) != 64+1 || got[20] != 5 || got[64] != 222 {
		t.Errorf("running again: %d words", len(got))
	}
}

// A thread that begins to run in a round that has not seen it is scanned first, by the
// hart that it comes to; until then it counts as one that does not run.
func TestThreadIsScannedWhenItRuns(t *testing.T) {
	w, h, g := newHeapHart(t, shardedtlb.U)
	p := processes(w)()
	p.run(h, 1, userStack)
	h.attach(userStack, userStack+64)
	h.exec(isa.Insn{Op: isa.ECALL})
	h.threads.Begin()
	p.resume(h, 1, userStack)
	if g.threadScans != 1 {
		t.Errorf("%d scans", g.threadScans)
	}
	if got, all := saved(h); got != nil || !all {
		t.Errorf("a thread that runs was scanned as one that does not: %d words", len(got))
	}
	h.exec(isa.Insn{Op: isa.ECALL})
	if got, _ := saved(h); got != nil {
		t.Error("scanned twice in a round")
	}
	if p.resume(h, 1, userStack); g.threadScans != 1 {
		t.Errorf("%d scans", g.threadScans)
	}
}

// A thread is its page table's root and its thread pointer, on whatever hart it runs, by
// whatever ASID; the same pointer in another process is another thread.
func TestThreadsAreToldApart(t *testing.T) {
	w, h, _ := newHeapHart(t, shardedtlb.U)
	space := processes(w)
	p, q := space(), space()
	p.run(h, 1, userStack)
	h.attach(userStack, userStack+64)
	for _, c := range []struct {
		name   string
		resume func()
		is     bool
	}{
		{"itself", func() { p.resume(h, 1, userStack) }, true},
		{"another pointer", func() { p.resume(h, 2, userStack) }, false},
		{"another process", func() { q.resume(h, 1, userStack) }, false},
		{"no translation", func() { (&process{w: w}).resume(h, 1, userStack) }, false},
		{"another ASID", func() {
			p.resume(h, 3, userStack)
			h.exec(isa.Insn{Op: isa.ECALL})
			h.csrs.satp |= 77 << 44
			h.SetX(tp, 1)
			h.csrs.mepc = ram
			h.S.MStatus &^= 3 << statusMPPShift
			h.exec(isa.Insn{Op: isa.MRET})
		}, true},
		{"S-mode", func() {
			h.csrs.satp, h.csrs.mepc = 8<<60|p.root>>12, ram
			h.S.MStatus = h.S.MStatus&^(3<<statusMPPShift) | 1<<statusMPPShift
			h.exec(isa.Insn{Op: isa.MRET})
		}, false},
	} {
		h.enter(shardedtlb.M)
		if h.thread != nil {
			h.leaveThread()
		}
		if c.resume(); (h.thread != nil) != c.is {
			t.Errorf("%s: %v", c.name, h.thread != nil)
		}
	}
	h.enter(shardedtlb.S)
	h.S.SEPC = ram
	h.S.MStatus &^= 1 << 8
	h.csrs.satp = 8<<60 | p.root>>12
	h.SetX(tp, 1)
	if h.exec(isa.Insn{Op: isa.SRET}); h.thread == nil {
		t.Error("SRET does not lead to the thread")
	}
}

// Outside of processes gc.attach is about the hart.
func TestHartAttachesOutsideOfProcesses(t *testing.T) {
	for _, c := range []struct {
		priv shardedtlb.Priv
		satp uint64
		hart bool
	}{{shardedtlb.M, 8 << 60, true}, {shardedtlb.S, 8 << 60, true}, {shardedtlb.U, 0, true}, {shardedtlb.U, 8 << 60, false}} {
		_, h, _ := newHeapHart(t, c.priv)
		h.csrs.satp = c.satp
		h.attach(8, 16)
		if (h.high != 0) != c.hart || (h.thread == nil) != c.hart {
			t.Errorf("mode %d, satp %#x: hart %v, thread %v", c.priv, c.satp, h.high != 0, h.thread != nil)
		}
		if h.exec(isa.Insn{Op: isa.GC_DETACH, Rd: asm.A0}); h.high != 0 || h.thread != nil || h.threads.count.Load() != 0 {
			t.Errorf("mode %d, satp %#x: not detached", c.priv, c.satp)
		}
	}
}

// A page that its entry says to be elsewhere makes the scan incomplete, one that was
// never there has no roots; large pages are found as small ones are.
func TestSavedStackByPageTable(t *testing.T) {
	for _, c := range []struct {
		name  string
		level int
		pte   uint64
		word  uint64 // 0: none
		all   bool
	}{
		{"page", 0, data>>2 | userLeaf, 0x1000, true},
		{"execute only", 0, data>>2 | 1<<3 | 1, 0x1000, true},
		{"64 KiB", 0, (data+0x8000)>>2 | 1<<63 | userLeaf, 0x1005, true},
		{"2 MiB", 1, data>>2 | userLeaf, 0x1005, true},
		{"1 GiB", 2, ram>>2 | userLeaf, 0x1005, true},
		{"never there", 0, 0, 0, true},
		{"elsewhere", 0, 0x123 << 2, 0, false},
		{"a device", 0, 0x1000>>2 | userLeaf, 0, true},
		{"table that is no RAM", 1, 0x1000>>2 | 1, 0, true},
		{"table below the last", 0, data>>2 | 1, 0, true},
	} {
		w, h, _ := newHeapHart(t, shardedtlb.U)
		for i := range uint64(16) {
			w.fill(data+i*physmem.PageSize, 0x1000+i)
		}
		va := uint64(userStack + 5*physmem.PageSize)
		p := processes(w)()
		p.entry(va, c.level).Store(c.pte)
		p.run(h, 1, va)
		h.attach(va, va+8)
		h.exec(isa.Insn{Op: isa.ECALL})
		h.threads.Begin()
		words, all := saved(h)
		var want []uint64
		if c.word != 0 {
			want = []uint64{c.word}
		}
		if !slices.Equal(words[64:], want) || all != c.all {
			t.Errorf("%s: %#x, %v, want %#x, %v", c.name, words[64:], all, want, c.all)
		}
		if !c.all { // it is scanned anew when it is back
			p.entry(va, c.level).Store(data>>2 | userLeaf)
			if words, all := saved(h); len(words) != 65 || words[64] != 0x1000 || !all {
				t.Errorf("%s, then back: %d words, %v", c.name, len(words), all)
			}
		}
	}
}

// A program that changes its thread pointer and attaches again leaves a thread behind
// that does not run: its roots stay until it detaches.
func TestThreadThatIsLeftBehind(t *testing.T) {
	w, h, _ := newHeapHart(t, shardedtlb.U)
	p := processes(w)()
	p.run(h, 1, userStack)
	h.SetX(20, 0x111)
	h.attach(userStack, userStack+8)
	h.SetX(tp, 2)
	h.SetX(20, 0x222)
	h.attach(userStack+64, userStack+72)
	h.threads.Begin()
	if words, all := saved(h); len(words) != 64 || words[20] != 0x222 && words[20] != 0x111 || !all {
		t.Errorf("%d words of the one left behind, %v", len(words), all)
	}
	if n := h.threads.count.Load(); n != 2 {
		t.Errorf("%d threads", n)
	}
	h.exec(isa.Insn{Op: isa.GC_DETACH, Rd: asm.A0})
	if n := h.threads.count.Load(); n != 1 {
		t.Errorf("%d threads after one has detached", n)
	}
}

// The number of threads is bounded; detaching makes room, and who attaches again, as a
// new process may whose page table and pointer are those of one that has died, takes none.
func TestThreadsAreBounded(t *testing.T) {
	w, h, _ := newHeapHart(t, shardedtlb.U)
	p := processes(w)()
	for i := range uint64(MaxThreads) {
		p.run(h, i, userStack)
		if e := h.attach(userStack, userStack+8); e != heapDone {
			t.Fatalf("thread %d: %d", i, e)
		}
		h.exec(isa.Insn{Op: isa.ECALL})
	}
	p.run(h, MaxThreads, userStack)
	if e := h.attach(userStack, userStack+8); e != heapFull {
		t.Errorf("one more: %d", e)
	}
	p.resumeFromM(h, 7)
	if e := h.attach(userStack+8, userStack+24); e != heapDone || h.thread.low != userStack+8 {
		t.Errorf("again: %d", e)
	}
	h.exec(isa.Insn{Op: isa.GC_DETACH, Rd: asm.A0})
	p.run(h, MaxThreads, userStack)
	if e := h.attach(userStack, userStack+8); e != heapDone {
		t.Errorf("one more when there is room: %d", e)
	}
	h.threads.Clear()
	if n := h.threads.count.Load(); n != 0 {
		t.Errorf("%d threads are left", n)
	}
	h.exec(isa.Insn{Op: isa.ECALL}) // of one that is forgotten
	h.threads.Begin()
	if words, all := saved(h); words != nil || !all {
		t.Errorf("%d words of forgotten threads", len(words))
	}
}

// resumeFromM is resume for a hart that is in U-mode already.
func (p *process) resumeFromM(h *Hart, thread uint64) {
	h.enter(shardedtlb.M)
	p.resume(h, thread, userStack)
}
