package blocks

import (
	"sync/atomic"

	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// Block is a Body at a place in memory, with what it leads to and what is known of its
// executions.
type Block struct {
	code.Body
	// links are the successors within the same physical page, by Uop.Link. Set by any hart
	// that has found one, cleared by the cache when the target dies; read by every hart that
	// interprets the block.
	links [code.MaxLinks]atomic.Pointer[Block]
	// dead is set by the cache when the block's code has changed; read at every lookup.
	dead atomic.Bool
	// native is the block's machine code, nil while there is none. Stored by the
	// cache under the page's mu, read by every hart that is about to run the block.
	native atomic.Pointer[Native]
	heat   heat

	// heads are where the codes begin that have this block as a part, but not as their first one;
	// protected by the page's mu.
	heads []*head

	key Key
	pa2 uint64 // physical page of the second half of a page-crossing instruction, or 0
}

// open are what the exits between an LR and its SC lead to.
var openWord, openDouble = &Block{Body: code.Just(code.OpReserved_W)}, &Block{Body: code.Just(code.OpReserved_D)}

func newBlock(key Key, body code.Body) *Block {
	b := &Block{Body: body, key: key}
	for i := range b.links {
		switch b.Reservation(uint8(i)) {
		case 4:
			b.links[i].Store(openWord)
		case 8:
			b.links[i].Store(openDouble)
		}
	}
	return b
}

// Key returns where the block is and what it is made for.
func (b *Block) Key() Key { return b.key }

// PA returns the physical address of the block's first byte.
func (b *Block) PA() uint64 { return b.key.PA }

// PC returns the virtual address at which a hart executed the block when it became
// hot. Others may find it elsewhere.
func (b *Block) PC() uint64 { return b.heat.pc.Load() }

// Crossing reports whether the block is an instruction that crosses a page.
func (b *Block) Crossing() bool { return b.pa2 != 0 }

// Part returns the block as a compiler sees it.
func (b *Block) Part() code.Part {
	p := code.Part{Body: &b.Body, PA: b.key.PA, Crossing: b.Crossing(), Counts: b.Counts(), Ways: b.Ways()}
	p.Stay, p.Stray = b.Pages()
	return p
}

// Dead reports whether the block's code has changed.
func (b *Block) Dead() bool { return b.dead.Load() }

// Native returns the block's native code, or nil.
func (b *Block) Native() *Native { return b.native.Load() }

// Next returns the block that an exit is linked to, or nil.
func (b *Block) Next(link uint8) *Block { return b.links[link&(code.MaxLinks-1)].Load() }

// MeanInsns returns how many instructions one execution of the block has retired on
// average, according to its counts.
func (b *Block) MeanInsns() float64 { return b.Body.MeanInsns(b.Counts()) }

// Hot says that the block, which a hart has found at pc, is hot, and asks the cache's engine to
// compile it, or if it has asked before, not to wait any longer. It returns the native code if that is there already.
func (k *Cache) Hot(b *Block, pc uint64) *Native {
	b.heat.cool()
	if b.heat.requested.Swap(true) {
		if b.native.Load() == nil {
			k.engine.Hurry()
			k.engine.Yield()
		}
		return nil
	}
	b.heat.pc.Store(pc)
	if !k.engine.Request(b, LowestLevel) {
		b.heat.requested.Store(false)
		return nil
	}
	k.engine.Yield()
	return b.native.Load()
}

// Visit says that a hart is about to execute b, which it has looked up, at pc. The first one to do so
// has the engine find out whether there is code of b already.
func (k *Cache) Visit(b *Block, pc uint64) {
	if k.engine != nil && b.heat.pc.Load() == 0 && b.heat.pc.CompareAndSwap(0, pc) {
		k.engine.Recall(b)
	}
}

// NotCompiled says that the compilation asked for has come to nothing, so that b may
// be asked for again when it has grown hot anew.
func (b *Block) NotCompiled() {
	b.heat.requested.Store(false)
	if n := b.native.Load(); n != nil {
		n.urgency.Store(0)
	}
}

// Stepping stands for code that has to be stepped through: pages whose bytes the PMP judges
// differently. It is linked to nothing.
var Stepping = &Block{Body: code.Just(code.OpStep), key: Key{PA: ^uint64(0)}}

// Stepper holds the block that single instructions are executed in, which is in no cache. It is
// kept so that stepping allocates nothing.
type Stepper struct {
	block   Block
	builder code.Builder
	room    [2]code.Uop
}

// stop is where every exit of a block that is stepped leads: back to who steps.
var stop = &Block{Body: code.Just(code.OpStop)}

// NewStepper returns a stepper.
func NewStepper() *Stepper {
	t := new(Stepper)
	for i := range t.block.links {
		t.block.links[i].Store(stop)
	}
	return t
}

// Insn returns the block of one instruction, whose encoding is raw. It counts until the next call.
func (t *Stepper) Insn(in isa.Insn, raw uint32, mode code.Mode) *Block {
	t.block.Body = t.builder.Step(in, raw, mode)
	return &t.block
}

// Uop returns the block of b's micro-operation u alone. It counts until the next call.
func (t *Stepper) Uop(b *Block, u *code.Uop) *Block {
	t.block.Body = b.Only(u, &t.room)
	return &t.block
}
