package difftest

import (
	"errors"
	"fmt"

	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu"
	"github.com/hartwood-vm/hartwood/vcpu/blocks"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
)

// Options say how our side executes an image.
type Options struct {
	// Name is for messages.
	Name string
	// Paged runs the programs under Sv39 instead of bare addresses.
	Paged bool
	// BlockLimit bounds the instructions of the interpreter's blocks; 0 leaves
	// the bound to it.
	BlockLimit int
	// Budget is the number of instructions between two polls; 0 leaves it to the hart.
	Budget uint64
	// Attach prepares the hart before it runs, for instance hands a compiler to
	// Core.Cache. detach is called when the hart will not run any more; it may be nil.
	Attach func(*vcpu.Hart) (detach func(), err error)
}

// maxInstructions bounds a run. A program executes some hundreds; a trap counts as
// the handler's instructions.
const maxInstructions = 20_000_000

// ErrHang reports a run that did not come to its end.
var ErrHang = errors.New("the image does not end")

// Trap is an exception that a program should not have raised; as an error.
type Trap struct{ Cause, PC, Value uint64 }

func (t *Trap) Error() string {
	return fmt.Sprintf("exception %d at %#x, tval %#x", t.Cause, t.PC, t.Value)
}

// Machine is one hart with RAM, an image in it, and the trap handler's other half.
type Machine struct {
	Hart *vcpu.Hart

	name   string
	paged  bool
	mem    *physmem.Memory
	arena  *hart.Arena
	budget uint64

	detach  func()
	handler trapDevice
	done    bool
	failure error
}

// NewMachine returns a machine that is about to run img. Close it.
func NewMachine(img *Image, opt Options) (m *Machine, err error) {
	m = &Machine{name: opt.Name, paged: opt.Paged, budget: opt.Budget}
	defer func() {
		if err != nil {
			m.Close()
		}
	}()
	if m.mem, err = physmem.New(ramBase, ramSize, physmem.Options{}); err != nil {
		return nil, err
	}
	if m.arena, err = hart.NewArena(1); err != nil {
		return nil, err
	}
	cfg := shardedtlb.DefaultConfig()
	cfg.Shards, cfg.SetsPerShard = 1, 64 // small, so that it overflows
	tlb, err := shardedtlb.NewShared(cfg, m.mem)
	if err != nil {
		return nil, err
	}
	cache := blocks.NewCache(m.mem, m.dropStores)
	if opt.BlockLimit > 0 {
		cache.LimitBlocks(opt.BlockLimit)
	}
	m.handler.m, m.handler.skips = m, img.faults
	if err := m.mem.Map("trap", trapBase, pageSize, &m.handler); err != nil {
		return nil, err
	}
	for _, s := range bootSegments(img.entry, opt.Paged) {
		if err := m.mem.WriteAt(s.bytes, s.addr); err != nil {
			return nil, err
		}
	}
	for _, s := range img.segments() {
		if err := m.copy(s.bytes, s.addr, m.mem.WriteAt); err != nil {
			return nil, err
		}
	}
	m.Hart = vcpu.New(vcpu.Params{State: m.arena.State(0), Mem: m.mem, TLB: tlb, Cache: cache, Env: (*environment)(m)})
	m.Hart.Reset(bootBase, 0, 0, 0)
	if opt.Attach != nil {
		if m.detach, err = opt.Attach(m.Hart); err != nil {
			return nil, fmt.Errorf("attach %s: %w", opt.Name, err)
		}
	}
	m.Hart.Launch()
	return m, nil
}

// Close returns the machine's memory.
func (m *Machine) Close() {
	if m.detach != nil {
		m.detach()
	}
	if m.Hart != nil {
		m.Hart.Close()
	}
	if m.arena != nil {
		_ = m.arena.Close() // anonymous mappings: nothing can be lost
	}
	if m.mem != nil {
		_ = m.mem.Close()
	}
}

// dropStores is the block cache's shootdown, for one hart.
func (m *Machine) dropStores(done func()) {
	m.Hart.Post(func(h *vcpu.Hart) {
		h.MMU.DropStores()
		done()
	})
}

// Run executes the image to its end.
func (m *Machine) Run() error {
	for !m.done {
		if m.Hart.S.Count > maxInstructions {
			return fmt.Errorf("%w: at %#x after %d instructions", ErrHang, m.Hart.S.PC, m.Hart.S.Count)
		}
		m.slice(16)
	}
	return m.failure
}

// slice gives the hart a slice of its worker. It never waits: user programs
// cannot.
func (m *Machine) slice(polls int) {
	if m.Hart.Slice(polls) == vcpu.Idle {
		panic("BUG: the hart waits")
	}
}

// Advance executes at least n instructions, and as few more as the engine can.
func (m *Machine) Advance(n uint64) error {
	target := m.Hart.S.Count + n
	for idle := 0; m.Hart.S.Count < target; idle++ {
		if idle > 1000 {
			return fmt.Errorf("%w: %s stands still at %#x", ErrHang, m.name, m.Hart.S.PC)
		}
		before := m.Hart.S.Count
		m.budget = target - before
		m.slice(1)
		if m.Hart.S.Count != before {
			idle = 0
		}
	}
	return nil
}

// copy moves bytes to or from the image at addr, page by page.
func (m *Machine) copy(p []byte, addr uint64, move func([]byte, uint64) error) error {
	if !m.paged {
		return move(p, addr)
	}
	for len(p) > 0 {
		n := min(pageSize-addr%pageSize, uint64(len(p)))
		if err := move(p[:n], physical(addr)); err != nil {
			return err
		}
		p, addr = p[n:], addr+n
	}
	return nil
}

// read returns what has become of a part of the image.
func (m *Machine) read(s segment) ([]byte, error) {
	p := make([]byte, len(s.bytes))
	return p, m.copy(p, s.addr, m.mem.ReadAt)
}

// output returns the records and the data as the image's end would write them.
func (m *Machine) output(img *Image) (records, data []byte, err error) {
	records, err = m.read(img.records)
	if err != nil {
		return nil, nil, err
	}
	data, err = m.read(img.data)
	return records, data, err
}

// environment is the machine as its hart sees it.
type environment Machine

// Time is asked before every burst of instructions, because the boot code enables
// the timer's interrupt. That makes it the place to shorten the burst. The timer
// itself never fires: time stands still.
func (e *environment) Time() uint64 {
	if e.budget != 0 {
		e.Hart.S.Arm(e.budget)
	}
	return 0
}

// Runnable has nobody to tell: Run and Advance are the worker.
func (e *environment) Runnable(*vcpu.Hart, bool) {}

func (e *environment) Urgent() bool     { return false }
func (e *environment) Contended() bool  { return false }
func (e *environment) Missing(string)   {}
func (e *environment) Stuck(*vcpu.Hart) {}
