package blocks_test

import (
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/blocks"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/interp/interptest"
)

// known adds up the blocks that the cache or a hart's table knows.
func known(r *interptest.Rig) (bytes int64) {
	seen := map[*blocks.Block]bool{}
	for _, each := range []func(func(*blocks.Block)){r.Cache.Blocks, r.Cache.Tables} {
		each(func(b *blocks.Block) { seen[b] = true })
	}
	for b := range seen {
		bytes += blocks.Cost(b)
	}
	return bytes
}

// steps fills n pages from data on with c.addi a0, 1, each with a way out at its end.
func steps(r *interptest.Rig, n uint64) {
	p := asm.New(data)
	for range n {
		for end := p.PC() + physmem.PageSize; p.PC() < end-2; {
			p.Half(0x0505)
		}
		p.Half(0x9002) // c.ebreak
	}
	r.Load(p, data)
}

// Harts that each begin blocks all over, in pages that take turns in the cache or are
// written to, hold dead blocks only within the bound, however many harts there are.
func TestTablesForgetDeadBlocks(t *testing.T) {
	const limit, slack = 128 << 10, 32 << 10
	for _, harts := range []int{1, 7, 96} {
		r := newRig(t, harts, 0)
		r.Cache.Limit(limit, slack)
		const pages = 4
		steps(r, pages)
		rnd := rand.New(rand.NewPCG(uint64(harts), 5))
		largest := int64(0)
		for i := range 600 {
			page := data + rnd.Uint64N(pages)<<12
			r.ToEbreak(r.Cores[i%harts], page+rnd.Uint64N(2000)*2)
			if i%20 == 19 {
				r.SetWord(page, r.Word(page)) // as a device: its blocks on that line die
				largest = max(largest, known(r))
			}
		}
		// What is built on top while blocks die is a way through a page, at the most.
		if most := int64(limit + slack + physmem.PageSize/2/code.MaxInsns*blocks.DeadMost); largest > most {
			t.Errorf("%d harts: %d bytes of blocks are known, want %d at most", harts, largest, most)
		}
		if largest < limit/2 {
			t.Errorf("%d harts: %d bytes of blocks at most, the bound was not met", harts, largest)
		}
	}
}

// Dead code holds no other blocks.
func TestDeadCodeHoldsNoBlocks(t *testing.T) {
	r := newRig(t, 1, 0)
	c := r.Cores[0]
	e := &recorder{}
	r.Cache.Compile(e)
	r.Load(answer(1), data)
	r.Load(answer(2), data+0x100)
	r.ToEbreak(c, data)
	r.ToEbreak(c, data+0x100)
	from, to := r.Cache.At(blocks.Key{PA: data}), r.Cache.At(blocks.Key{PA: data + 0x100})
	n := &blocks.Native{Part: blocks.Part{Block: from, Targets: [code.MaxLinks]int32{0x100}}}
	if !r.Cache.Publish(n) || !r.Cache.Publish(&blocks.Native{Part: blocks.Part{Block: to}}) {
		t.Fatal("not published")
	}
	r.Cache.Patch(n, 0, 0, to)
	if n.LinkedTo(0) != to {
		t.Fatal("not patched")
	}
	r.SetWord(data, 0)
	if n.LinkedTo(0) != nil {
		t.Error("dead code holds the block that it led to")
	}
}

// Harts run, build and kill blocks while others look through their tables.
func TestForgetHammer(t *testing.T) {
	const harts, pages = 4, 8
	r := newRig(t, harts, 0)
	r.Cache.Limit(64<<10, 16<<10)
	steps(r, pages)
	var wg sync.WaitGroup
	for h, c := range r.Cores {
		wg.Go(func() {
			rnd := rand.New(rand.NewPCG(uint64(h), 2))
			for range 150 {
				off := rnd.Uint64N(physmem.PageSize/2-1) * 2
				setX(c, asm.A0, 0)
				run(c, data+rnd.Uint64N(pages)<<12+off)
				if want := (physmem.PageSize-off)/2 - 1; x(c, asm.A0) != want {
					t.Errorf("from %#x: a0 is %d, want %d", off, x(c, asm.A0), want)
				}
			}
		})
	}
	wg.Wait()
}
