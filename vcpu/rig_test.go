package vcpu

import (
	"encoding/binary"
	goruntime "runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/blocks"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

const (
	ram     = 0x8000_0000
	ramSize = 4 << 20
	data    = ram + 2<<20
	mtvec   = ram + 0x10_0000 // where trap tests let handlers be
	stvec   = ram + 0x11_0000
)

// world is the machine around harts: a clock that tests set and a queue of
// runnable harts.
type world struct {
	testing.TB
	mem   *physmem.Memory
	cache *blocks.Cache
	harts []*Hart

	now       atomic.Uint64
	contended atomic.Bool
	hurry     atomic.Bool  // what Urgent says
	urgent    atomic.Int32 // harts that were runnable and urgent
	queue     chan *Hart

	mu      sync.Mutex
	missing []string // protected by mu
	stuck   []View   // protected by mu: what Stuck was told of
}

func (w *world) Time() uint64 { return w.now.Load() }
func (w *world) Runnable(h *Hart, urgent bool) {
	if urgent {
		w.urgent.Add(1)
	}
	w.queue <- h
}
func (w *world) Contended() bool { return w.contended.Load() }
func (w *world) Urgent() bool    { return w.hurry.Load() }
func (w *world) Missing(ext string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.missing = append(w.missing, ext)
}

func (w *world) Stuck(h *Hart) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stuck = append(w.stuck, h.View())
}

func newWorld(t testing.TB, harts int) *world {
	t.Helper()
	w := &world{TB: t, queue: make(chan *Hart, harts)}
	var err error
	if w.mem, err = physmem.New(ram, ramSize, physmem.Options{}); err != nil {
		t.Fatal(err)
	}
	tlb, err := shardedtlb.NewShared(shardedtlb.DefaultConfig(), w.mem)
	if err != nil {
		t.Fatal(err)
	}
	arena, err := hart.NewArena(harts)
	if err != nil {
		t.Fatal(err)
	}
	w.cache = blocks.NewCache(w.mem, func(done func()) {
		var left atomic.Int64
		left.Store(int64(harts))
		for _, h := range w.harts {
			h.Post(func(h *Hart) {
				h.MMU.DropStores()
				if left.Add(-1) == 0 {
					done()
				}
			})
		}
	})
	for i := range harts {
		w.harts = append(w.harts, New(Params{ID: i, State: arena.State(i), Mem: w.mem, TLB: tlb, Cache: w.cache, Env: w}))
	}
	t.Cleanup(func() {
		for _, h := range w.harts {
			h.Close()
		}
		if err := arena.Close(); err != nil {
			t.Error(err)
		}
		if err := w.mem.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// load puts a program at its base.
func (w *world) load(p *asm.Program, at uint64) {
	w.Helper()
	if err := w.mem.WriteAt(p.Bytes(), at); err != nil {
		w.Fatal(err)
	}
}

func (w *world) word(pa uint64) uint64 {
	w.Helper()
	v, ok := w.mem.Word64(pa)
	if !ok {
		w.Fatalf("no word at %#x", pa)
	}
	return v.Load()
}

// run gives the runnable harts slices until none is runnable, on this goroutine.
func (w *world) run() {
	for {
		select {
		case h := <-w.queue:
			if h.Slice(4) == Again {
				w.queue <- h
			}
		default:
			return
		}
	}
}

// workers lets n goroutines run the harts until stop is called.
func (w *world) workers(n int) (stop func()) {
	quit := make(chan struct{})
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			for {
				select {
				case h := <-w.queue:
					if h.Slice(4) == Again {
						w.queue <- h
					}
					goruntime.Gosched() // the test's own goroutine needs a processor too
				case <-quit:
					return
				}
			}
		})
	}
	return func() {
		close(quit)
		wg.Wait()
	}
}

// hart returns a fresh hart 0 with trap vectors set, in the given mode.
func newHart(t testing.TB, priv shardedtlb.Priv) (*world, *Hart) {
	t.Helper()
	w := newWorld(t, 1)
	h := w.harts[0]
	h.csrs.mtvec, h.csrs.stvec = mtvec, stvec
	h.MMU.PMP().WriteAddr(0, ^uint64(0)>>10)
	h.MMU.PMP().WriteCfg(0, 0x1f)
	h.MMU.PMPChanged()
	h.enter(priv)
	return w, h
}

// enter changes the mode.
func (h *Hart) enter(priv shardedtlb.Priv) {
	h.priv = priv
	h.S.PC = ram
	h.switchView()
}

// exec executes one system instruction at ram; trapped says that it raised an exception.
func (h *Hart) exec(in isa.Insn) (trapped bool) {
	h.S.PC = ram
	in = isa.Decode(asm.Encode(in))
	if class := in.Op.Row().Class; class == isa.ClassCSR && code.FloatCSR(int64(in.Imm)) || in.Op == isa.CBO_ZERO {
		h.execute1(in.Raw)
	} else {
		h.system(in)
	}
	return h.S.PC == mtvec || h.S.PC == stvec
}

// execute1 has the engine execute one instruction at ram.
func (h *Hart) execute1(raw uint32) {
	code := binary.LittleEndian.AppendUint32(nil, raw)
	if err := h.Core.Mem.WriteAt(binary.LittleEndian.AppendUint32(code, asm.Encode(isa.Insn{Op: isa.EBREAK})), ram); err != nil {
		panic(err)
	}
	h.Core.FenceI()
	h.S.Arm(10)
	if h.Core.Run() == interp.ExitException {
		h.exception()
	}
}

// read, write, set and clear are the CSR instructions; ok is false if they trapped.
func (h *Hart) read(n isa.CSR) (v uint64, ok bool) {
	h.SetX(5, 0xdead)
	trapped := h.exec(isa.Insn{Op: isa.CSRRS, Rd: 5, Imm: int32(n)})
	return h.X(5), !trapped
}

func (h *Hart) write(n isa.CSR, v uint64) (ok bool) {
	h.SetX(6, v)
	return !h.exec(isa.Insn{Op: isa.CSRRW, Rs1: 6, Imm: int32(n)})
}

func (h *Hart) set(n isa.CSR, v uint64) (ok bool) {
	h.SetX(6, v)
	return !h.exec(isa.Insn{Op: isa.CSRRS, Rs1: 6, Imm: int32(n)})
}

func (h *Hart) clear(n isa.CSR, v uint64) (ok bool) {
	h.SetX(6, v)
	return !h.exec(isa.Insn{Op: isa.CSRRC, Rs1: 6, Imm: int32(n)})
}

// csrRead and csrWrite are what CSR instructions do behind their checks.
func (h *Hart) csrRead(n isa.CSR) uint64              { return h.existing(n).load(h, n) }
func (h *Hart) csrWrite(n isa.CSR, v, touched uint64) { h.existing(n).store(h, n, v, touched) }
