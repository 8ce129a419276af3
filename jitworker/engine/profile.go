package engine

import (
	"bytes"
	"slices"
	"sync"

	"github.com/hartwood-vm/hartwood/jitworker/listing"
	"github.com/hartwood-vm/hartwood/jitworker/tier"
	"github.com/hartwood-vm/hartwood/vcpu/blocks"
	"github.com/hartwood-vm/hartwood/vcpu/code"
)

// maxProfiled bounds the blocks that are counted; a guest can make as many as it
// likes.
const maxProfiled = 1 << 16

// profile counts how often native code is executed. What it knows of a block
// outlives the block and its code.
type profile struct {
	mu      sync.Mutex
	counts  counts                 // the slice is protected by mu, the words are added to by native code
	blocks  map[blockKey]*profiled // protected by mu
	skipped int                    // protected by mu: blocks beyond maxProfiled
}

// blockKey tells blocks apart: two may take turns at one address.
type blockKey struct {
	pa   uint64
	code string
}

type profiled struct {
	count int // index into counts
	pc    uint64
	insns int           // of who leaves at the code's end
	block *blocks.Block // as compiled last, for what the interpreter has counted
	entry uintptr
	host  []byte
	marks []listing.Mark
}

func newProfile() (*profile, error) {
	c, err := newCounts(maxProfiled * tier.ProfileWords)
	if err != nil {
		return nil, err
	}
	return &profile{counts: c, blocks: make(map[blockKey]*profiled)}, nil
}

func keyOf(u *code.Part) blockKey { return blockKey{u.PA, string(u.Text())} }

// counter returns the address of the word that counts executions of u, 0 if there
// is none left.
func (p *profile) counter(u *code.Part) uintptr {
	p.mu.Lock()
	defer p.mu.Unlock()
	x := p.blocks[keyOf(u)]
	if x == nil {
		if len(p.blocks) == maxProfiled {
			p.skipped++
			return 0
		}
		x = &profiled{count: len(p.blocks) * tier.ProfileWords}
		p.blocks[keyOf(u)] = x
	}
	return p.counts.address(x.count)
}

// compiled keeps the code of a block.
func (p *profile) compiled(n *blocks.Native, out *tier.Code) {
	p.mu.Lock()
	defer p.mu.Unlock()
	u := n.Block.Part()
	x := p.blocks[keyOf(&u)]
	if x == nil {
		return
	}
	x.pc, x.insns, x.block, x.entry, x.host, x.marks = n.Block.PC(), out.Insns, n.Block, n.Entry, bytes.Clone(out.Bytes), marks(out)
}

func marks(code *tier.Code) []listing.Mark {
	out := make([]listing.Mark, len(code.Marks))
	for i, m := range code.Marks {
		out[i] = listing.Mark{Host: int(m.Host), Guest: int(m.Guest) * 2}
		if m.Guest == tier.MarkBlock {
			out[i].Guest = listing.None
		}
	}
	return out
}

// close keeps the counts and gives their memory back. No native code may run.
func (p *profile) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.counts.close()
}

// Profile is what a profile has counted.
type Profile struct {
	// Blocks are sorted: those in which most instructions were executed first.
	Blocks []HotBlock
	// Skipped is the number of blocks that found no counter left.
	Skipped int
}

// HotBlock is a block that was executed natively.
type HotBlock struct {
	listing.Block
	PA          uint64 // physical address
	Insns       int    // guest instructions, if it is left at its end
	Executions  uint64
	Interpreted uint64 // of the executions, those by the interpreter
	Edges       []Edge
	// Work is the number of guest instructions executed natively in the block. Who leaves
	// by an exception counts as one who leaves at its end.
	Work uint64
}

// Edge is an exit of a block to a known target. A block's executions that are missing in
// the sum of its edges ended in an indirect jump, in a system instruction or an
// exception, or went on behind a branch at which the code ends.
type Edge struct {
	From, To int // distances from the block's start, of the instruction and of its target, in bytes
	Taken    uint64
}

// Profile returns what has been counted; nothing without Config.Profile.
func (e *Engine) Profile() Profile {
	if e.profile == nil {
		return Profile{}
	}
	return e.profile.read()
}

func (p *profile) read() Profile {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := Profile{Skipped: p.skipped}
	for key, x := range p.blocks {
		if x.host == nil { // not compiled yet
			continue
		}
		interpreted := x.block.Counts()
		h := HotBlock{
			Block: listing.Block{PC: x.pc, Guest: []byte(key.code), Entry: uint64(x.entry), Host: x.host, Marks: x.marks},
			PA:    key.pa, Insns: x.block.Insns(),
			Executions: p.counts.load(x.count) + interpreted.Executions, Interpreted: interpreted.Executions,
		}
		native := p.counts.load(x.count)
		for _, e := range x.block.Exits() {
			taken := p.counts.load(x.count + 1 + int(e.Link))
			h.Edges = append(h.Edges, Edge{e.From, e.To, taken + interpreted.Taken[e.Link]})
			h.Work += taken * uint64(e.Insns)
			native -= min(native, taken)
		}
		h.Work += native * uint64(x.insns)
		out.Blocks = append(out.Blocks, h)
	}
	slices.SortFunc(out.Blocks, func(a, b HotBlock) int {
		if a.Work != b.Work {
			if a.Work > b.Work {
				return -1
			}
			return 1
		}
		return int(int64(a.PA - b.PA))
	})
	return out
}
