package blocks_test

import (
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/blocks"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// A guest that begins a block at every second byte of its RAM stays within the
// limit, and everything it runs still works.
func TestBlockCacheIsBounded(t *testing.T) {
	r := newRig(t, 1, 0)
	r.Cache.Limit(256<<10, 16<<20)
	c := r.Cores[0]
	const text = data // pages of c.addi a0, 1, each with a way out at its end
	const pages = 16
	p := asm.New(text)
	for range uint64(pages) {
		end := p.PC() + physmem.PageSize
		for p.PC() < end-2 {
			p.Half(0x0505)
		}
		p.Half(0x9002) // c.ebreak
	}
	r.Load(p, text)
	for page := range uint64(pages) {
		for off := uint64(0); off < physmem.PageSize; off += 62 {
			setX(c, asm.A0, 0)
			r.ToEbreak(c, text+page<<12+off)
			if want := (physmem.PageSize - off) / 2; x(c, asm.A0) != want-1 {
				t.Fatalf("page %d, offset %#x: a0 is %d, want %d", page, off, x(c, asm.A0), want-1)
			}
			if used := r.Cache.Used(); used > r.Cache.LiveLimit() {
				t.Fatalf("%d bytes of blocks, limit %d", used, r.Cache.LiveLimit())
			}
		}
	}
	bytes, n, held := r.Cache.Total()
	if bytes != r.Cache.Used() {
		t.Errorf("blocks take %d bytes, the cache counts %d", bytes, r.Cache.Used())
	}
	if held != r.Cache.Pages() || held == 0 || held > pages/2 {
		t.Errorf("%d blocks in %d pages, %d in order", n, held, r.Cache.Pages())
	}
	if built, dropped := r.Cache.Built.Load(), r.Cache.Dropped.Load(); built-dropped != uint64(n) {
		t.Errorf("%d built, %d dropped, %d held", built, dropped, n)
	}
	for page := range uint64(pages) { // pages that lost their blocks take fast stores again
		at := text + page<<12
		if held := r.Cache.HasPage(at); held != r.Mem.HasCode(at) {
			t.Errorf("page %d: in the cache %v, marked as code %v", page, held, r.Mem.HasCode(at))
		}
	}
}

// The pages that lose their blocks are those without a new block for longest.
func TestOldestPageGoesFirst(t *testing.T) {
	r := newRig(t, 1, 0)
	c := r.Cores[0]
	for i := range uint64(4) {
		r.Load(answer(1), data+i<<12)
		r.Load(answer(2), data+i<<12+0x100)
		r.ToEbreak(c, data+i<<12)
	}
	r.ToEbreak(c, data+0x100) // page 0 has a new one
	r.Cache.Limit(r.Cache.Used()-1, 16<<20)
	r.Cache.Trim()
	for i, want := range []bool{true, false, true, true} {
		if got := r.Cache.HasPage(data + uint64(i)<<12); got != want {
			t.Errorf("page %d kept: %v, want %v", i, got, want)
		}
	}
	if r.Cache.Limit(0, 16<<20); r.Cache.Used() != 0 {
		r.Cache.Trim()
	}
	if bytes, n, pages := r.Cache.Total(); bytes != 0 || n != 0 || pages != 0 || r.Cache.Used() != 0 {
		t.Errorf("%d bytes, %d blocks, %d pages left", bytes, n, pages)
	}
	r.ToEbreak(c, data) // a limit that no block fits: built, run, dropped
	if x(c, asm.A0) != 1 {
		t.Errorf("a0 is %d", x(c, asm.A0))
	}
}

// Harts run code all over while there is room for a few pages of it, and a device
// rewrites it: nobody runs old code, and the count stays exact.
func TestBlockCacheBoundHammer(t *testing.T) {
	const harts, pages = 3, 24
	r := newRig(t, harts, 0)
	r.Cache.Limit(4*blocks.RoomFor2, 16<<20)
	raw := addi(asm.A0, asm.Zero, 0x155)
	for i := range uint64(pages) {
		r.Load(answer(int32(i)), data+i<<12)
		// Across the end of the page: back to the start of the next.
		r.Load(asm.New(0).Half(uint16(raw)), data+i<<12+0xffe)
		r.Load(asm.New(0).Org(0x800).Word(raw).Op(isa.EBREAK), data+i<<12)
		r.Load(answer(int32(i)), data+i<<12)
	}
	var wg sync.WaitGroup
	for h, c := range r.Cores {
		wg.Go(func() {
			rnd := rand.New(rand.NewPCG(uint64(h), 1))
			for range 3000 {
				i := rnd.Uint64N(pages)
				if rnd.UintN(4) == 0 {
					if e := run(c, data+i<<12+0x800); e != interp.ExitSystem || x(c, asm.A0) != 0x155 {
						t.Errorf("exit %d, a0 %#x", e, x(c, asm.A0))
					}
				} else if e := run(c, data+i<<12); e != interp.ExitSystem || x(c, asm.A0) != i {
					t.Errorf("exit %d, page %d answers %d", e, i, x(c, asm.A0))
				}
				if rnd.UintN(8) == 0 {
					if err := r.Mem.WriteAt(answer(int32(i)).Bytes(), data+i<<12); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
	if bytes, _, pages := r.Cache.Total(); bytes != r.Cache.Used() || pages != r.Cache.Pages() {
		t.Errorf("%d bytes and %d pages, counted %d and %d", bytes, pages, r.Cache.Used(), r.Cache.Pages())
	}
}
