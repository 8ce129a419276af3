package interptest

import (
	"sync"
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

// Where RAM is, its bytes, and where in it tests keep data, away from code.
const (
	RAM  = 0x8000_0000
	Size = 4 << 20
	Data = RAM + 2<<20
)

// Rig is a machine without a scheduler: memory, block cache and cores, and a
// shootdown that happens when the test says so.
type Rig struct {
	testing.TB
	Mem   *physmem.Memory
	TLB   *shardedtlb.Shared
	Cache *blocks.Cache
	Arena *hart.Arena
	Cores []*interp.Core

	mu      sync.Mutex
	Pending []func() // shootdowns under way
	Asked   int      // shootdowns asked for
}

// New returns a machine with harts whose code is made for mode.
func New(t testing.TB, harts int, mode code.Mode) *Rig {
	t.Helper()
	r := &Rig{TB: t}
	var err error
	if r.Mem, err = physmem.New(RAM, Size, physmem.Options{}); err != nil {
		t.Fatal(err)
	}
	if r.TLB, err = shardedtlb.NewShared(shardedtlb.DefaultConfig(), r.Mem); err != nil {
		t.Fatal(err)
	}
	if r.Arena, err = hart.NewArena(harts); err != nil {
		t.Fatal(err)
	}
	r.Cache = blocks.NewCache(r.Mem, func(done func()) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.Asked++
		r.Pending = append(r.Pending, done)
	})
	for i := range harts {
		s := r.Arena.State(i)
		mmu := shardedtlb.NewMMU(&s.TLB, r.Mem, r.TLB)
		mmu.PMP().WriteAddr(0, ^uint64(0)>>10)
		mmu.PMP().WriteCfg(0, 0x1f)
		mmu.PMPChanged()
		c := interp.NewCore(s, mmu, r.Mem, r.Cache)
		c.SetMode(mode)
		r.Cores = append(r.Cores, c)
	}
	t.Cleanup(func() {
		if err := r.Arena.Close(); err != nil {
			t.Error(err)
		}
		if err := r.Mem.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// Take returns the shootdowns under way, which are the caller's to carry out.
func (r *Rig) Take() (todo []func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	todo, r.Pending = r.Pending, nil
	return todo
}

// Shoot carries out the shootdowns asked for, and those that they lead to. No
// core may run meanwhile.
func (r *Rig) Shoot() {
	for {
		todo := r.Take()
		if len(todo) == 0 {
			return
		}
		for _, c := range r.Cores {
			c.MMU.DropStores()
		}
		for _, done := range todo {
			done()
		}
	}
}

// Load puts a program into memory, as a device would.
func (r *Rig) Load(p *asm.Program, at uint64) {
	r.Helper()
	if err := r.Mem.WriteAt(p.Bytes(), at); err != nil {
		r.Fatal(err)
	}
}

// Word returns the doubleword at pa.
func (r *Rig) Word(pa uint64) uint64 {
	r.Helper()
	w, ok := r.Mem.Word64(pa)
	if !ok {
		r.Fatalf("no word at %#x", pa)
	}
	return w.Load()
}

// SetWord writes it, as a device would.
func (r *Rig) SetWord(pa, v uint64) {
	r.Helper()
	w, ok := r.Mem.Word64(pa)
	if !ok {
		r.Fatalf("no word at %#x", pa)
	}
	w.Store(v)
	r.Mem.NoteWrite(pa, 8)
}

// maxRun bounds what run executes.
const maxRun = 100_000_000

// Run executes from pc until something is the caller's to do.
func Run(c *interp.Core, pc uint64) interp.Exit {
	c.S.PC = pc
	for end := c.S.Count + maxRun; c.S.Count < end; {
		c.S.Arm(10_000)
		if e := c.Run(); e != interp.ExitPoll {
			return e
		}
	}
	return interp.ExitPoll
}

// ToEbreak runs to an EBREAK and returns the number of instructions retired.
func (r *Rig) ToEbreak(c *interp.Core, pc uint64) uint64 {
	r.Helper()
	before := c.S.Count
	if e := Run(c, pc); e != interp.ExitSystem || c.Insn.Op != isa.EBREAK {
		r.Fatalf("exit %d at %#x: cause %d, tval %#x, raw %#x", e, c.S.PC, c.Cause, c.Tval, c.Insn.Raw)
	}
	return c.S.Count - before
}

// WantFault runs and checks the exception, the PC of the faulting instruction and
// the number of instructions retired before it.
func (r *Rig) WantFault(c *interp.Core, pc, at, cause, tval, retired uint64) {
	r.Helper()
	before := c.S.Count
	e := Run(c, pc)
	if e != interp.ExitException || c.S.PC != at || c.Cause != cause || c.Tval != tval || c.S.Count-before != retired {
		r.Errorf("exit %d, pc %#x cause %d tval %#x after %d; want pc %#x cause %d tval %#x after %d",
			e, c.S.PC, c.Cause, c.Tval, c.S.Count-before, at, cause, tval, retired)
	}
}

// X returns register x<n>.
func X(c *interp.Core, n uint8) uint64 { return c.S.R[hart.X+n] }

// SetX sets it.
func SetX(c *interp.Core, n uint8, v uint64) { c.S.R[hart.X+n] = v }

// Bits of page-table entries (privileged manual, "Sv39").
const (
	PTEV   = 1 << 0
	PTER   = 1 << 1
	PTEW   = 1 << 2
	PTEX   = 1 << 3
	PTEA   = 1 << 6
	PTED   = 1 << 7
	PTERWX = PTEV | PTER | PTEW | PTEX | PTEA | PTED
	PTERX  = PTEV | PTER | PTEX | PTEA
)

// Space is an Sv39 page table in the last megabyte of RAM.
type Space struct {
	r    *Rig
	Root uint64
	next *uint64
}

// Spaces returns a maker of empty address spaces.
func (r *Rig) Spaces() func() *Space {
	next := uint64(RAM + 3<<20)
	return func() *Space {
		s := &Space{r, next, &next}
		next += physmem.PageSize
		return s
	}
}

// Set maps the page at va to the one at pa.
func (s *Space) Set(va, pa, flags uint64) {
	table := s.Root
	for level := 2; ; level-- {
		at := table + va>>(12+9*level)&0x1ff*8
		if level == 0 {
			s.r.SetWord(at, pa>>2|flags)
			return
		}
		pte := s.r.Word(at)
		if pte == 0 {
			pte = *s.next>>2 | PTEV
			*s.next += physmem.PageSize
			s.r.SetWord(at, pte)
		}
		table = pte >> 10 << 12
	}
}

// Enter switches a core to the space, in S-mode.
func (s *Space) Enter(c *interp.Core) {
	c.MMU.Switch(shardedtlb.Regime(8<<60|s.Root>>12), shardedtlb.S, shardedtlb.S, false, false)
}

// AddI returns the encoding of addi rd, rs1, imm.
func AddI(rd, rs1 uint8, imm int32) uint32 {
	return asm.Encode(isa.Insn{Op: isa.ADDI, Rd: rd, Rs1: rs1, Imm: imm})
}

// Answer is a function "a0 = n; ebreak".
func Answer(n int32) *asm.Program {
	return asm.New(0).I(isa.ADDI, asm.A0, asm.Zero, n).Op(isa.EBREAK)
}
