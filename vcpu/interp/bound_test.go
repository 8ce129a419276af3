package interp

import (
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// total adds up what the cache's pages hold.
func (k *Cache) total() (bytes int64, blocks, pages int) {
	for i := range k.shards {
		for _, p := range k.shards[i].pages {
			pages++
			for _, b := range p.blocks.all() {
				blocks++
				bytes += cost(b)
			}
			if p.place != nil {
				bytes += pageBytes + int64(p.blocks.made)*partBytes
			}
		}
	}
	return bytes, blocks, pages
}

// A guest that begins a block at every second byte of its RAM stays within the
// limit, and everything it runs still works.
func TestBlockCacheIsBounded(t *testing.T) {
	r := newRig(t, 1, false)
	r.cache.limit = 256 << 10
	c := r.cores[0]
	const code = data // pages of c.addi a0, 1, each with a way out at its end
	const pages = 16
	p := asm.New(code)
	for range uint64(pages) {
		end := p.PC() + physmem.PageSize
		for p.PC() < end-2 {
			p.Half(0x0505)
		}
		p.Half(0x9002) // c.ebreak
	}
	r.load(p, code)
	for page := range uint64(pages) {
		for off := uint64(0); off < physmem.PageSize; off += 62 {
			setX(c, asm.A0, 0)
			r.toEbreak(c, code+page<<12+off)
			if want := (physmem.PageSize - off) / 2; x(c, asm.A0) != want-1 {
				t.Fatalf("page %d, offset %#x: a0 is %d, want %d", page, off, x(c, asm.A0), want-1)
			}
			if used := r.cache.used.Load(); used > r.cache.limit {
				t.Fatalf("%d bytes of blocks, limit %d", used, r.cache.limit)
			}
		}
	}
	bytes, blocks, held := r.cache.total()
	if bytes != r.cache.used.Load() {
		t.Errorf("blocks take %d bytes, the cache counts %d", bytes, r.cache.used.Load())
	}
	if held != r.cache.order.Len() || held == 0 || held > pages/2 {
		t.Errorf("%d blocks in %d pages, %d in order", blocks, held, r.cache.order.Len())
	}
	if built, dropped := r.cache.Built.Load(), r.cache.Dropped.Load(); built-dropped != uint64(blocks) {
		t.Errorf("%d built, %d dropped, %d held", built, dropped, blocks)
	}
	for page := range uint64(pages) { // pages that lost their blocks take fast stores again
		at := code + page<<12
		if p := r.cache.lookupPage(at); (p != nil) != r.mem.HasCode(at) {
			t.Errorf("page %d: in the cache %v, marked as code %v", page, p != nil, r.mem.HasCode(at))
		}
	}
}

// The pages that lose their blocks are those without a new block for longest.
func TestOldestPageGoesFirst(t *testing.T) {
	r := newRig(t, 1, false)
	c := r.cores[0]
	for i := range uint64(4) {
		r.load(answer(1), data+i<<12)
		r.load(answer(2), data+i<<12+0x100)
		r.toEbreak(c, data+i<<12)
	}
	r.toEbreak(c, data+0x100) // page 0 has a new one
	r.cache.limit = r.cache.used.Load() - 1
	r.cache.trim()
	for i, want := range []bool{true, false, true, true} {
		if got := r.cache.lookupPage(data+uint64(i)<<12) != nil; got != want {
			t.Errorf("page %d kept: %v, want %v", i, got, want)
		}
	}
	if r.cache.limit = 0; r.cache.used.Load() != 0 {
		r.cache.trim()
	}
	if bytes, blocks, pages := r.cache.total(); bytes != 0 || blocks != 0 || pages != 0 || r.cache.used.Load() != 0 {
		t.Errorf("%d bytes, %d blocks, %d pages left", bytes, blocks, pages)
	}
	r.toEbreak(c, data) // a limit that no block fits: built, run, dropped
	if x(c, asm.A0) != 1 {
		t.Errorf("a0 is %d", x(c, asm.A0))
	}
}

// Harts run code all over while there is room for a few pages of it, and a device
// rewrites it: nobody runs old code, and the count stays exact.
func TestBlockCacheBoundHammer(t *testing.T) {
	const harts, pages = 3, 24
	r := newRig(t, harts, false)
	r.cache.limit = 4 * (pageBytes + 2*(blockBytes+partBytes+256))
	raw := addi(asm.A0, asm.Zero, 0x155)
	for i := range uint64(pages) {
		r.load(answer(int32(i)), data+i<<12)
		// Across the end of the page: back to the start of the next.
		r.load(asm.New(0).Half(uint16(raw)), data+i<<12+0xffe)
		r.load(asm.New(0).Org(0x800).Word(raw).Op(isa.EBREAK), data+i<<12)
		r.load(answer(int32(i)), data+i<<12)
	}
	var wg sync.WaitGroup
	for h, c := range r.cores {
		wg.Go(func() {
			rnd := rand.New(rand.NewPCG(uint64(h), 1))
			for range 3000 {
				i := rnd.Uint64N(pages)
				if rnd.UintN(4) == 0 {
					if e := run(c, data+i<<12+0x800); e != ExitSystem || x(c, asm.A0) != 0x155 {
						t.Errorf("exit %d, a0 %#x", e, x(c, asm.A0))
					}
				} else if e := run(c, data+i<<12); e != ExitSystem || x(c, asm.A0) != i {
					t.Errorf("exit %d, page %d answers %d", e, i, x(c, asm.A0))
				}
				if rnd.UintN(8) == 0 {
					if err := r.mem.WriteAt(answer(int32(i)).Bytes(), data+i<<12); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
	if bytes, _, pages := r.cache.total(); bytes != r.cache.used.Load() || pages != r.cache.order.Len() {
		t.Errorf("%d bytes and %d pages, counted %d and %d", bytes, pages, r.cache.used.Load(), r.cache.order.Len())
	}
}
