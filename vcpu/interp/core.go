package interp

import (
	"sync/atomic"

	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/blocks"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
	"github.com/hartwood-vm/hartwood/vcpu/mem"
)

// Exit says why Run has returned. PC and Count of the State are exact.
type Exit uint8

const (
	// ExitPoll: Count has reached Limit; PC is the next instruction.
	ExitPoll Exit = iota
	// ExitException: the instruction at PC raises Cause with Tval; it has changed nothing.
	ExitException
	// ExitSystem: the instruction at PC, which is Insn, is the caller's to execute.
	ExitSystem
)

// Exception causes (privileged manual, mcause).
const (
	CauseFetchMisaligned = 0
	CauseFetchAccess     = 1
	CauseIllegal         = 2
	CauseBreakpoint      = 3
	CauseLoadMisaligned  = 4
	CauseLoadAccess      = 5
	CauseStoreMisaligned = 6
	CauseStoreAccess     = 7
	CauseFetchPage       = 12
	CauseLoadPage        = 13
	CauseStorePage       = 15
)

// Core executes one hart's instructions. It belongs to whoever owns the hart.
type Core struct {
	mem.Port
	Cache *blocks.Cache
	Heap  Heap    // nil: the machine has no managed heap
	Watch Watcher // nil: nobody is asked; set between two Runs

	// Cause and Tval describe an ExitException, Insn is what an ExitSystem leaves.
	Cause, Tval uint64
	Insn        isa.Insn

	// Native counts what native code has done, NativeExits, by operation, what it has
	// left to the interpreter.
	Native      NativeCount
	NativeExits [code.NumOps]atomic.Uint64 // written by the owner, read by statistics
	threshold   uint32                     // of executions, as of the last Run
	counts      uint64                     // what an execution counts for, 0 where nobody wants to know
	native      *blocks.Native             // of an exitNative
	rest        rest                       // of an exitRest
	sample      sampler                    // of blocks with native code
	jumped      bool                       // State.Jump may have entries
	dropped     uint64                     // Cache.Dropped as of the last FenceI

	generation uint64    // of the MMU's view ids, that the jump table's tags were made in
	mode       code.Mode // that blocks are to be for
	jump       *blocks.JumpTable
	stepper    *blocks.Stepper // nil until first used
	found      *blocks.Block   // of an exitAgain: the block at PC, if it is known
	open       code.Uop        // of exitOpenLR
	reserved   uint8           // bytes, of exitReserved
}

// NewCore returns a core for the hart with state s, before any hart runs.
func NewCore(s *hart.State, mmu *shardedtlb.MMU, ram *physmem.Memory, cache *blocks.Cache) *Core {
	return &Core{Port: mem.Port{S: s, MMU: mmu, Mem: ram}, Cache: cache, jump: cache.NewJumpTable()}
}

// Mode returns what the hart's code is made for, at first 0.
func (c *Core) Mode() code.Mode { return c.mode }

// SetMode changes what the hart's code is made for. The caller owns the hart.
func (c *Core) SetMode(mode code.Mode) {
	if mode == c.mode {
		return
	}
	c.mode = mode
	c.jump.Clear()
	c.DropNative()
	if e := c.Cache.Engine(); e != nil {
		c.S.Codes = e.Codes(mode).View()
	}
}

// fault records an exception and returns false, for bodies to return.
func (c *Core) fault(cause, tval uint64) bool {
	c.Cause, c.Tval = cause, tval
	return false
}

// checkGeneration empties the jump table if view ids have been handed out anew.
// That happens only between runs: translating never does it.
func (c *Core) checkGeneration() {
	if g := c.MMU.Generation(); g != c.generation {
		c.generation = g
		c.jump.Clear()
		c.DropNative()
	}
}

// fetch returns the block at pc, or nil with an exception recorded.
func (c *Core) fetch(pc uint64) *blocks.Block {
	pa, ok := c.fetchAddr(pc)
	if !ok {
		return nil
	}
	if c.MMU.SplitsPage(pa) {
		return blocks.Stepping
	}
	b := c.Cache.Get(blocks.Key{PA: pa, Mode: c.mode}, func() (uint64, bool) { return c.fetchAddr(pc + 2) })
	if b == nil {
		if !c.Mem.Executable(pa) { // since a moment ago
			c.fault(CauseFetchAccess, pc)
		}
		return nil
	}
	c.Cache.Visit(b, pc)
	c.jump.Enter(pc, c.S.TLB.FetchID, b)
	return b
}

// fetchAddr translates pc for a fetch of two bytes of RAM.
func (c *Core) fetchAddr(pc uint64) (pa uint64, ok bool) {
	pa, f := c.Fetch(pc)
	if f.Kind != mem.OK {
		return 0, c.raise(f, shardedtlb.Fetch)
	}
	return pa, true
}

// Run's own business: an LR that has to be stepped, and a branch that has been
// taken with a reservation. open is the micro-operation.
const (
	exitOpenLR = ExitSystem + 1 + iota
	exitReserved
)
