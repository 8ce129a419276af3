package interp

import (
	"sync"
	"testing"

	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

const (
	ram   = 0x8000_0000
	page0 = ram
	size  = 4 << 20
	data  = ram + 2<<20 // where tests keep data, away from code
)

// rig is a machine without a scheduler: memory, block cache and cores, and a
// shootdown that happens when the test says so.
type rig struct {
	testing.TB
	mem   *physmem.Memory
	tlb   *shardedtlb.Shared
	cache *Cache
	arena *hart.Arena
	cores []*Core

	mu      sync.Mutex
	pending []func() // shootdowns under way
	asked   int      // shootdowns asked for
}

func newRig(t testing.TB, harts int, strict bool) *rig {
	t.Helper()
	r := &rig{TB: t}
	var err error
	if r.mem, err = physmem.New(ram, size, physmem.Options{}); err != nil {
		t.Fatal(err)
	}
	if r.tlb, err = shardedtlb.NewShared(shardedtlb.DefaultConfig(), r.mem); err != nil {
		t.Fatal(err)
	}
	if r.arena, err = hart.NewArena(harts); err != nil {
		t.Fatal(err)
	}
	r.cache = NewCache(r.mem, strict, func(done func()) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.asked++
		r.pending = append(r.pending, done)
	})
	for i := range harts {
		s := r.arena.State(i)
		mmu := shardedtlb.NewMMU(&s.TLB, r.mem, r.tlb)
		mmu.PMP().WriteAddr(0, ^uint64(0)>>10)
		mmu.PMP().WriteCfg(0, 0x1f)
		mmu.PMPChanged()
		r.cores = append(r.cores, NewCore(s, mmu, r.mem, r.cache))
	}
	t.Cleanup(func() {
		if err := r.arena.Close(); err != nil {
			t.Error(err)
		}
		if err := r.mem.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// shoot carries out the shootdowns asked for, and those that they lead to. No
// core may run meanwhile.
func (r *rig) shoot() {
	for {
		r.mu.Lock()
		todo := r.pending
		r.pending = nil
		r.mu.Unlock()
		if len(todo) == 0 {
			return
		}
		for _, c := range r.cores {
			c.MMU.DropStores()
		}
		for _, done := range todo {
			done()
		}
	}
}

// load puts a program into memory, as a device would.
func (r *rig) load(p *asm.Program, at uint64) {
	r.Helper()
	if err := r.mem.WriteAt(p.Bytes(), at); err != nil {
		r.Fatal(err)
	}
}

func (r *rig) word(pa uint64) uint64 {
	r.Helper()
	w, ok := r.mem.Word64(pa)
	if !ok {
		r.Fatalf("no word at %#x", pa)
	}
	return w.Load()
}

func (r *rig) setWord(pa, v uint64) {
	r.Helper()
	w, ok := r.mem.Word64(pa)
	if !ok {
		r.Fatalf("no word at %#x", pa)
	}
	w.Store(v)
	r.mem.NoteWrite(pa, 8)
}

// maxRun bounds what run executes.
const maxRun = 100_000_000

// run executes from pc until something is the caller's to do.
func run(c *Core, pc uint64) Exit {
	c.S.PC = pc
	for end := c.S.Count + maxRun; c.S.Count < end; {
		c.S.Arm(10_000)
		if e := c.Run(); e != ExitPoll {
			return e
		}
	}
	return ExitPoll
}

// toEbreak runs to an EBREAK and returns the number of instructions retired.
func (r *rig) toEbreak(c *Core, pc uint64) uint64 {
	r.Helper()
	before := c.S.Count
	if e := run(c, pc); e != ExitSystem || c.Insn.Op != isa.EBREAK {
		r.Fatalf("exit %d at %#x: cause %d, tval %#x, raw %#x", e, c.S.PC, c.Cause, c.Tval, c.Insn.Raw)
	}
	return c.S.Count - before
}

// wantFault runs and checks the exception, the PC of the faulting instruction and
// the number of instructions retired before it.
func (r *rig) wantFault(c *Core, pc, at, cause, tval, retired uint64) {
	r.Helper()
	before := c.S.Count
	e := run(c, pc)
	if e != ExitException || c.S.PC != at || c.Cause != cause || c.Tval != tval || c.S.Count-before != retired {
		r.Errorf("exit %d, pc %#x cause %d tval %#x after %d; want pc %#x cause %d tval %#x after %d",
			e, c.S.PC, c.Cause, c.Tval, c.S.Count-before, at, cause, tval, retired)
	}
}

func x(c *Core, n uint8) uint64 { return c.S.R[hart.X+n] }

func setX(c *Core, n uint8, v uint64) { c.S.R[hart.X+n] = v }

const (
	pteV   = 1 << 0
	pteR   = 1 << 1
	pteW   = 1 << 2
	pteX   = 1 << 3
	pteA   = 1 << 6
	pteD   = 1 << 7
	pteRWX = pteV | pteR | pteW | pteX | pteA | pteD
	pteRX  = pteV | pteR | pteX | pteA
)

// space is an Sv39 page table in the last megabyte of RAM.
type space struct {
	r    *rig
	root uint64
	next *uint64
}

// spaces returns a maker of empty address spaces.
func (r *rig) spaces() func() *space {
	next := uint64(ram + 3<<20)
	return func() *space {
		s := &space{r, next, &next}
		next += physmem.PageSize
		return s
	}
}

// set maps the page at va to the one at pa.
func (s *space) set(va, pa, flags uint64) {
	table := s.root
	for level := 2; ; level-- {
		at := table + va>>(12+9*level)&0x1ff*8
		if level == 0 {
			s.r.setWord(at, pa>>2|flags)
			return
		}
		pte := s.r.word(at)
		if pte == 0 {
			pte = *s.next>>2 | pteV
			*s.next += physmem.PageSize
			s.r.setWord(at, pte)
		}
		table = pte >> 10 << 12
	}
}

// enter switches a core to the space, in S-mode.
func (s *space) enter(c *Core) {
	c.MMU.Switch(8<<60|s.root>>12, shardedtlb.S, shardedtlb.S, false, false)
}
