package blocks_test

import (
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/blocks"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/codemap"
	"github.com/hartwood-vm/hartwood/vcpu/interp/interptest"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// threePages is a rig with blocks every 256 bytes of three pages from ram on.
func threePages(t *testing.T, e blocks.Engine) *interptest.Rig {
	r := newRig(t, 1, 0)
	r.Cache.Compile(e)
	p := asm.New(ram)
	for at := uint64(ram); at < ram+3*physmem.PageSize; at += 0x100 {
		p.Org(at).I(isa.ADDI, asm.A0, asm.A0, 1).Op(isa.EBREAK)
	}
	r.Load(p, ram)
	return r
}

// made is code made of the blocks at some places, of which the first is its head.
func made(r *interptest.Rig, pas ...uint64) *blocks.Native {
	n := &blocks.Native{Part: blocks.Part{Block: get(r, pas[0])}, Level: 3}
	for _, pa := range pas[1:] {
		n.Others = append(n.Others, blocks.Part{Block: get(r, pa)})
	}
	return n
}

// Code made of several blocks, in several pages, goes with any of them, and the links to it go first.
func TestCodeDiesWithAnyOfItsBlocks(t *testing.T) {
	const second, third = ram + physmem.PageSize, ram + 2*physmem.PageSize
	parts := []uint64{ram, ram + 0x100, second, second + 0x100, third}
	for _, killed := range parts {
		e := &recorder{names: map[*blocks.Native]string{}}
		r := threePages(t, e)
		from := &blocks.Native{Part: blocks.Part{Block: get(r, ram+0x200), Targets: [code.MaxLinks]int32{-0x200}}, Level: 1}
		region := made(r, parts...)
		e.names[from], e.names[region] = "from", "region"
		if !r.Cache.Publish(from) || !r.Cache.Publish(region) {
			t.Fatal("not published")
		}
		before := r.Cache.Dropped.Load()
		if err := r.Mem.WriteAt([]byte{0x13}, killed); err != nil {
			t.Fatal(err)
		}
		want := []string{"from.0 to region", "from.0 to its stub", "retire region"}
		if !slices.Equal(e.events, want) {
			t.Errorf("a write to %#x: %q, want %q", killed, e.events, want)
		}
		if n := get(r, ram).Native(); n != nil || r.Cache.Code(blocks.Key{PA: ram}) != 0 {
			t.Errorf("a write to %#x leaves the region where it was", killed)
		}
		if killed != ram && r.Cache.Dropped.Load() != before+2 { // the block and the region
			t.Errorf("a write to %#x: %d more were dropped, want 2: harts' tables lead to the region", killed, r.Cache.Dropped.Load()-before)
		}
	}
}

// Code of which a block has died while it was made is never reached.
func TestDeadBlocksAreNotPublished(t *testing.T) {
	const second = ram + physmem.PageSize
	for _, killed := range []uint64{ram, ram + 0x100, second} {
		e := &recorder{names: map[*blocks.Native]string{}}
		r := threePages(t, e)
		region := made(r, ram, ram+0x100, second)
		if err := r.Mem.WriteAt([]byte{0x13}, killed); err != nil {
			t.Fatal(err)
		}
		if r.Cache.Publish(region) || get(r, ram).Native() != nil {
			t.Errorf("code is published although the block at %#x has died", killed)
		}
	}
}

// What a block keeps of the codes that it is a part of is bounded; what is of no use any more makes room.
func TestHeadsAreBounded(t *testing.T) {
	e := &recorder{names: map[*blocks.Native]string{}}
	r := threePages(t, e)
	const shared = ram + 2*physmem.PageSize
	head := func(i uint64) uint64 { return ram + i*0x100 }
	var first *blocks.Native
	for i := range uint64(blocks.MaxHeads) {
		n := made(r, head(i), shared)
		if !r.Cache.Publish(n) {
			t.Fatalf("head %d is not published", i)
		}
		if i == 0 {
			first = n
		}
	}
	if r.Cache.Publish(made(r, head(blocks.MaxHeads), shared)) {
		t.Errorf("%d codes share a block, which is to have %d heads at most", blocks.MaxHeads+1, blocks.MaxHeads)
	}
	r.Cache.Unpublish([]*blocks.Native{first})
	if !r.Cache.Publish(made(r, head(blocks.MaxHeads), shared)) {
		t.Error("a head whose code has gone takes the place of another")
	}
	e.events = nil
	if err := r.Mem.WriteAt([]byte{0x13}, shared); err != nil {
		t.Fatal(err)
	}
	for i := range uint64(blocks.MaxHeads + 1) {
		if get(r, head(i)).Native() != nil {
			t.Errorf("head %d has code of a block that has died", i)
		}
	}
}

// Whoever holds a page to write to it finds no code that was made of what it has killed there, whatever is
// published at the same time.
func TestHeldPagesHaveNoCodeHammer(t *testing.T) {
	rounds := 300
	if testing.Short() {
		rounds = 60
	}
	r := threePages(t, quiet{})
	var heads []uint64
	for page := range uint64(3) {
		for i := range uint64(4) {
			heads = append(heads, ram+page*physmem.PageSize+i*0x100)
		}
	}
	var wg sync.WaitGroup
	var published, stop atomic.Int64
	for worker := range 3 {
		wg.Go(func() {
			for i := worker; stop.Load() == 0; i += 7 {
				at := func(k int) uint64 { return heads[(i*5+k)%len(heads)] }
				if r.Cache.Publish(made(r, at(0), at(3), at(7), at(10))) {
					published.Add(1)
				}
			}
		})
	}
	var writers sync.WaitGroup
	for writer := range 2 {
		writers.Go(func() {
			for i := range rounds {
				pa := heads[(i*3+writer)%len(heads)]
				held := r.Cache.Hold(pa, 4)
				for _, h := range heads {
					b := r.Cache.Find(blocks.Key{PA: h})
					if b == nil {
						continue
					}
					if n := b.Native(); n != nil && madeOfDead(n, pa) {
						t.Errorf("round %d: the page of %#x is held, and the code at %#x was made of a block there that is dead", i, pa, h)
					}
				}
				held.Release()
			}
		})
	}
	writers.Wait()
	stop.Store(1)
	wg.Wait()
	if published.Load() == 0 {
		t.Error("nothing was published")
	}
}

// madeOfDead reports whether n was made of a dead block in the page of pa.
func madeOfDead(n *blocks.Native, pa uint64) bool {
	parts := []*blocks.Block{n.Block}
	for i := range n.Others {
		parts = append(parts, n.Others[i].Block)
	}
	return slices.ContainsFunc(parts, func(b *blocks.Block) bool {
		return b.PA()/physmem.PageSize == pa/physmem.PageSize && b.Dead()
	})
}

// quiet is an Engine that makes no code, for many goroutines.
type quiet struct{ blocks.Engine }

func (quiet) Threshold() uint32                         { return 1 << 30 }
func (quiet) Codes(code.Mode) *codemap.Map              { return emptyMap() }
func (quiet) Patch(*blocks.Native, int, *blocks.Native) {}
func (quiet) Retire(*blocks.Native)                     {}
