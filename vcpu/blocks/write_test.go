package blocks_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/hartwood-vm/hartwood/shardedtlb"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/blocks"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
	"github.com/hartwood-vm/hartwood/vcpu/interp/interptest"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// A hart stores into code that it has executed; after FENCE.I it executes the new
// bytes. The stores go through the first level before the page holds code, through
// the slow path afterwards.
func TestTrap09StoreIntoTranslatedCode(t *testing.T) {
	r := newRig(t, 1, 0)
	c := r.Cores[0]
	const sub = data
	p := asm.New(ram)
	p.S(isa.SW, asm.A1, asm.A2, 0) // the new instruction, into sub
	p.Op(isa.FENCE_I)
	r.Load(p, ram)
	r.Load(answer(1), sub)
	for i := range int32(200) {
		setX(c, asm.A1, uint64(addi(asm.A0, asm.Zero, i)))
		setX(c, asm.A2, sub)
		if e := run(c, ram); e != interp.ExitSystem || c.Insn.Op != isa.FENCE_I {
			t.Fatalf("exit %d", e)
		}
		c.Cache.FenceI()
		r.ToEbreak(c, sub)
		if x(c, asm.A0) != uint64(i) {
			t.Fatalf("after the change to %d the code answers %d", i, x(c, asm.A0))
		}
		if i%3 == 0 {
			r.Shoot() // from now on stores are noticed at once
		}
	}
	if r.Asked == 0 {
		t.Error("no shootdown: the store entry was never out")
	}
}

// Another hart, with a store entry from before the page held code, changes the
// code before the shootdown is complete: FENCE.I drops the block all the same, and
// once it is complete the change shows without one.
func TestTrap09StaleStoreEntryOfAnotherHart(t *testing.T) {
	for _, fence := range []bool{true, false} {
		r := newRig(t, 2, 0)
		c, other := r.Cores[0], r.Cores[1]
		const sub = data
		r.Load(answer(1), sub)
		store := asm.New(ram).S(isa.SW, asm.A1, asm.A2, 0).Op(isa.EBREAK)
		r.Load(store, ram)
		setX(other, asm.A1, uint64(addi(asm.A0, asm.Zero, 1)))
		setX(other, asm.A2, sub)
		r.ToEbreak(other, ram) // gets the entry
		r.ToEbreak(c, sub)
		if r.Asked != 1 {
			t.Fatalf("%d shootdowns for a page with a store entry out, want 1", r.Asked)
		}
		setX(other, asm.A1, uint64(addi(asm.A0, asm.Zero, 2)))
		r.ToEbreak(other, ram)
		if fence {
			c.Cache.FenceI()
		} else {
			r.Shoot()
		}
		r.ToEbreak(c, sub)
		if x(c, asm.A0) != 2 {
			t.Errorf("fence %v: the old code answered %d", fence, x(c, asm.A0))
		}
		r.Shoot()
		// Protected now: a store is noticed by itself.
		setX(other, asm.A1, uint64(addi(asm.A0, asm.Zero, 3)))
		r.ToEbreak(other, ram)
		if c.Cache.Unprotected() != 0 {
			t.Error("pages without protection after the shootdown")
		}
		r.ToEbreak(c, sub)
		if x(c, asm.A0) != 3 {
			t.Errorf("fence %v: a store into a protected page went unnoticed", fence)
		}
	}
}

// A guest makes pages code and data again while a hart is late with its answer to the
// shootdown under way: what waits for the next one are the pages that hold code.
func TestPagesThatWaitForAShootdownAreBounded(t *testing.T) {
	r := newRig(t, 1, 0)
	c := r.Cores[0]
	code := func(pa uint64) {
		if !r.Mem.MarkStored(pa) {
			t.Fatal("no store entry for a page without code")
		}
		r.Load(answer(1), pa)
		r.ToEbreak(c, pa)
	}
	const first, second, other = data, data + physmem.PageSize, data + 2*physmem.PageSize
	code(first) // its shootdown does not end
	code(other)
	for range 1000 {
		code(second)
		r.Load(answer(2), second)
	}
	if waiting, counted := r.Cache.Waiting(), r.Cache.Unprotected(); waiting != 1 || counted != 2 {
		t.Errorf("%d pages wait, %d are counted as unprotected; want 1 and 2", waiting, counted)
	}
	code(second)
	if r.Cache.Waiting() != 2 {
		t.Errorf("%d pages wait, want 2", r.Cache.Waiting())
	}
	r.Load(answer(2), other)
	r.Shoot()
	if n := r.Cache.Unprotected(); n != 0 || r.Asked != 2 || r.Mem.MarkStored(second) || !r.Mem.MarkStored(other) {
		t.Errorf("%d pages are unprotected after %d shootdowns", n, r.Asked)
	}
}

// A page gives up its code while its shootdown is under way and gets new store
// entries: the end of that shootdown says nothing about them.
func TestTrap09PageChangesSidesDuringShootdown(t *testing.T) {
	r := newRig(t, 2, 0)
	c, other := r.Cores[0], r.Cores[1]
	const sub = data
	store := asm.New(ram).S(isa.SW, asm.A1, asm.A2, 0).Op(isa.EBREAK)
	r.Load(store, ram)
	set := func(n int32) {
		setX(other, asm.A1, uint64(addi(asm.A0, asm.Zero, n)))
		setX(other, asm.A2, sub)
		r.ToEbreak(other, ram)
	}
	r.Load(answer(1), sub)
	set(1)             // a store entry is out
	r.ToEbreak(c, sub) // code; shootdown asked for
	for _, core := range r.Cores {
		core.MMU.DropStores() // they answer, but the last answer is still on its way
	}
	if err := r.Mem.WriteAt([]byte{0, 0, 0, 0}, sub); err != nil { // no code any more
		t.Fatal(err)
	}
	set(5) // a new store entry
	done := r.Pending[0]
	r.Pending = nil
	done()
	r.ToEbreak(c, sub) // code again
	if r.Asked != 2 {
		t.Fatalf("%d shootdowns, want a second one for the second time", r.Asked)
	}
	set(6) // through the entry that is still out
	c.Cache.FenceI()
	r.ToEbreak(c, sub)
	if x(c, asm.A0) != 6 {
		t.Errorf("the old code answered %d", x(c, asm.A0))
	}
}

// A device writes code: the next visit finds it.
func TestTrap09DeviceWritesCode(t *testing.T) {
	r := newRig(t, 1, 0)
	c := r.Cores[0]
	for i := range int32(50) {
		r.Load(answer(i), ram+0x100)
		r.ToEbreak(c, ram+0x100)
		if x(c, asm.A0) != uint64(i) {
			t.Fatalf("after the write of %d the code answers %d", i, x(c, asm.A0))
		}
	}
	if r.Cache.Dropped.Load() != 49 {
		t.Errorf("%d blocks dropped, want 49", r.Cache.Dropped.Load())
	}
}

// A store into the block that is running ends precisely: the store is done, what
// follows is the old code or the new one, and PC and Count stay exact.
func TestTrap09StoreIntoRunningBlock(t *testing.T) {
	r := newRig(t, 1, 0)
	c := r.Cores[0]
	p := asm.New(ram)
	p.LA(asm.A2, "patch").LI(asm.A1, uint64(addi(asm.A0, asm.A0, 7)))
	p.Label("loop").S(isa.SW, asm.A1, asm.A2, 0)
	p.Label("patch").I(isa.ADDI, asm.A0, asm.A0, 1)
	p.I(isa.ADDI, asm.A3, asm.A3, 1)
	p.I(isa.SLTI, asm.A4, asm.A3, 100)
	p.Branch(isa.BNE, asm.A4, asm.Zero, "loop")
	p.Op(isa.EBREAK)
	r.Load(p, ram)
	n := (p.Addr("loop")-ram)/4 + 100*5
	if got := r.ToEbreak(c, ram); got != n || c.S.PC != p.PC()-4 {
		t.Errorf("%d instructions, pc %#x; want %d, %#x", got, c.S.PC, n, p.PC()-4)
	}
	if a := x(c, asm.A0); a < 100 || a > 700 || (a-100)%6 != 0 {
		t.Errorf("a0 = %d is no mixture of 1s and 7s", a)
	}
	setX(c, asm.A0, 0)
	setX(c, asm.A3, 99)
	c.Cache.FenceI()
	r.ToEbreak(c, p.Addr("loop"))
	if x(c, asm.A0) != 7 {
		t.Errorf("after the fence the old instruction added %d", x(c, asm.A0))
	}
}

// A loop that another hart breaks by a store, without any fence: the block is dead
// and its own links with it, so the loop's next turn finds the new code.
func TestTrap09DeadBlocksLeadNowhere(t *testing.T) {
	r := newRig(t, 1, 0)
	c := r.Cores[0]
	p := asm.New(ram).Label("loop").I(isa.ADDI, asm.A0, asm.A0, 1).Jump(asm.Zero, "loop")
	r.Load(p, ram)
	c.S.PC = ram
	c.S.Arm(1000)
	c.Run() // links the block to itself
	b := r.Cache.At(blocks.Key{PA: ram})
	if b == nil || b.Next(0) != b {
		t.Fatal("the loop is not linked to itself")
	}
	r.Load(answer(5), ram)
	if !b.Dead() || b.Next(0) != nil {
		t.Error("a dead block still leads to itself")
	}
	r.ToEbreak(c, ram)
}

// The shootdown is asked for without a lock held, since whoever delivers it may
// have to execute FENCE.I for somebody else on the way.
func TestShootdownHoldsNoLock(t *testing.T) {
	r := newRig(t, 1, 0)
	c := r.Cores[0]
	var ask blocks.Shootdown
	ask = r.Cache.Shoot(func(done func()) {
		r.Cache.FenceI()
		ask(done)
	})
	r.Load(answer(1), data)
	r.Mem.MarkStored(data)
	r.ToEbreak(c, data)
	if r.Asked != 1 {
		t.Errorf("%d shootdowns, want 1", r.Asked)
	}
}

// Two pages of one address space in one frame, linked blocks, and another address
// space in which the second page is another one.
func TestLinksStayInTheirVirtualPage(t *testing.T) {
	r := newRig(t, 1, 0)
	c := r.Cores[0]
	const frame, elsewhere, va = data, data + 0x1000, 0x40_0000
	p := asm.New(va).Jump(asm.Zero, "next").Org(va + 0x1000 + 0x100).Label("next").Op(isa.EBREAK)
	code := p.Bytes()
	if err := r.Mem.WriteAt(code[:4], frame); err != nil {
		t.Fatal(err)
	}
	r.Load(answer(1), frame+0x100)
	r.Load(answer(2), elsewhere+0x100)
	make := r.Spaces()
	alias, plain := make(), make()
	alias.Set(va, frame, interptest.PTERX)
	alias.Set(va+0x1000, frame, interptest.PTERX)
	plain.Set(va, frame, interptest.PTERX)
	plain.Set(va+0x1000, elsewhere, interptest.PTERX)
	for range 3 {
		for i, s := range []*interptest.Space{alias, plain} {
			s.Enter(c)
			r.ToEbreak(c, va)
			if x(c, asm.A0) != uint64(i)+1 || c.S.PC != va+0x1104 {
				t.Fatalf("space %d answers %d at %#x", i, x(c, asm.A0), c.S.PC)
			}
		}
	}
}

// View ids run out and are handed out anew: a block that was found under an id is
// not found by the address space that has that id now.
func TestJumpTableForgetsOldViews(t *testing.T) {
	r := newRig(t, 1, 0)
	c := r.Cores[0]
	const va = 0x1_0000
	make := r.Spaces()
	old, now := make(), make()
	old.Set(va, data, interptest.PTERX)
	now.Set(va, data+0x1000, interptest.PTERX)
	r.Load(answer(1), data)
	r.Load(answer(2), data+0x1000)
	old.Enter(c)
	for range 100 {
		c.MMU.FenceAll()
	}
	r.ToEbreak(c, va)
	id, generation := c.S.TLB.FetchID, c.MMU.Generation()
	now.Enter(c)
	for sum := false; ; {
		c.MMU.FenceAll()
		if c.MMU.Generation() > generation+4 {
			t.Fatalf("view id %d did not come back", id)
		}
		if c.S.TLB.FetchID == id && c.MMU.Generation() > generation {
			break
		}
		if c.S.TLB.FetchID == id-1 { // a view of data takes an id: the fetch id comes to be id
			sum = !sum
			c.MMU.Switch(shardedtlb.Regime(8<<60|now.Root>>12), shardedtlb.S, shardedtlb.S, sum, false)
		}
	}
	r.ToEbreak(c, va)
	if x(c, asm.A0) != 2 {
		t.Error("the block of an address space that is gone was executed")
	}
}

// crossing returns a rig with "addi a0, zero, n" across the end of the page at va,
// which is mapped to frame; the rest is in the frame second.
func crossing(r *interptest.Rig, frame, second uint64, n int32) {
	r.Helper()
	raw := addi(asm.A0, asm.Zero, n)
	p := asm.New(0).Half(uint16(raw))
	r.Load(p, frame+physmem.PageSize-2)
	r.Load(asm.New(0).Half(uint16(raw>>16)).Op(isa.EBREAK), second)
}

// An instruction across two pages: its second half is found by virtual address,
// whatever that is mapped to, and a change of either half is noticed.
func TestTrap08CrossingInstruction(t *testing.T) {
	r := newRig(t, 1, 0)
	c := r.Cores[0]
	const va, at, f1, f2, f3 = 0x5000, 0x5ffe, data, data + 0x5000, data + 0x9000
	make := r.Spaces()
	one, two, self := make(), make(), make()
	one.Set(va, f1, interptest.PTERX)
	one.Set(va+0x1000, f2, interptest.PTERX)
	two.Set(va, f1, interptest.PTERX)
	two.Set(va+0x1000, f3, interptest.PTERX)
	crossing(r, f1, f2, 0x111)
	crossing(r, f1, f3, 0x222)
	for range 3 {
		one.Enter(c)
		r.ToEbreak(c, at)
		a := x(c, asm.A0)
		two.Enter(c)
		r.ToEbreak(c, at)
		if b := x(c, asm.A0); a != 0x111 || b != 0x222 {
			t.Fatalf("%#x and %#x", a, b)
		}
	}
	crossing(r, f1, f3, 0x333) // writes both halves, the second one new
	r.ToEbreak(c, at)
	if x(c, asm.A0) != 0x333 {
		t.Errorf("%#x after a change of the second half", x(c, asm.A0))
	}
	raw := addi(asm.A1, asm.Zero, 0x333) // the first half differs: rd
	r.Load(asm.New(0).Half(uint16(raw)), f1+physmem.PageSize-2)
	r.ToEbreak(c, at)
	if x(c, asm.A1) != 0x333 {
		t.Errorf("%#x after a change of the first half", x(c, asm.A1))
	}
	// Both virtual pages in one frame.
	crossing(r, f1, f1, 0x77)
	self.Set(va, f1, interptest.PTERX)
	self.Set(va+0x1000, f1, interptest.PTERX)
	self.Enter(c)
	for range 3 {
		r.ToEbreak(c, at)
	}
	if x(c, asm.A0) != 0x77 {
		t.Errorf("%#x in one frame", x(c, asm.A0))
	}
}

// A fetch that faults on its second page reports that page's address, at the
// instruction, and what was before it counts.
func TestTrap08CrossingInstructionFaults(t *testing.T) {
	r := newRig(t, 1, 0)
	c := r.Cores[0]
	const va, f1 = 0x5000, data
	s := r.Spaces()()
	s.Set(va, f1, interptest.PTERX)
	p := asm.New(0)
	p.I(isa.ADDI, asm.A1, asm.A1, 1).I(isa.ADDI, asm.A1, asm.A1, 1).Half(uint16(addi(asm.A0, asm.Zero, 1)))
	r.Load(p, f1+physmem.PageSize-10)
	s.Enter(c)
	r.WantFault(c, va+physmem.PageSize-10, va+physmem.PageSize-2, interp.CauseFetchPage, va+physmem.PageSize, 2)
	s.Set(va+0x1000, data+0x1000, interptest.PTEV|interptest.PTER|interptest.PTEA) // there, but no code
	r.WantFault(c, va+physmem.PageSize-2, va+physmem.PageSize-2, interp.CauseFetchPage, va+physmem.PageSize, 0)
	s.Set(va+0x1000, 0x1000, interptest.PTERX) // no RAM
	c.MMU.FenceAll()
	r.WantFault(c, va+physmem.PageSize-2, va+physmem.PageSize-2, interp.CauseFetchAccess, va+physmem.PageSize, 0)
	// A compressed instruction there does not reach into the next page.
	r.Load(asm.New(0).Half(0x9002), f1+physmem.PageSize-2) // c.ebreak
	r.ToEbreak(c, va+physmem.PageSize-2)
}

// Between the look at the last halfword of a page and the building of its block,
// the instruction there becomes a longer one: no block, and the page is given back.
func TestInstructionOutgrowsItsPage(t *testing.T) {
	r := newRig(t, 1, 0)
	const last = ram + physmem.PageSize - 2
	crossing(r, ram, ram+physmem.PageSize, 5)
	if b := r.Cache.GetWithout(blocks.Key{PA: last}); b != nil {
		t.Errorf("a block of %d bytes", len(b.Source()))
	}
	if r.Mem.HasCode(last) || r.Cache.HasPage(last) || r.Cache.Used() != 0 {
		t.Error("the page stays code without a block")
	}
	r.ToEbreak(r.Cores[0], last)
	if x(r.Cores[0], asm.A0) != 5 {
		t.Errorf("a0 is %d", x(r.Cores[0], asm.A0))
	}
}

// The last halfword of a page flickers between a compressed instruction and the
// first half of a longer one, while a hart executes it and no store is noticed.
func TestCrossingInstructionFlickers(t *testing.T) {
	r := newRig(t, 1, 0)
	c := r.Cores[0]
	const last = ram + physmem.PageSize - 2
	p := asm.New(ram).Org(last).Half(0x0001)
	p.I(isa.ADDI, asm.A1, asm.A1, 1) // after a c.nop; after addi's first half, its second one and garbage
	p.Label("again").LI(asm.T0, last).I(isa.JALR, asm.Zero, asm.T0, 0)
	r.Load(p, ram)
	// As a hart with a store entry would: whole words, unnoticed.
	w, _ := r.Mem.Word64(last - 6)
	nop := w.Load()
	long := nop&^(0xffff<<48) | uint64(uint16(addi(asm.Zero, asm.Zero, 0)))<<48
	var stop atomic.Bool
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := 0; !stop.Load(); i++ {
			w.Store([2]uint64{nop, long}[i&1])
			if i%64 == 0 {
				r.Mem.NoteWrite(last, 2)
			}
		}
	})
	c.S.PC = last
	for range 20_000 {
		before := c.S.Count
		c.S.Arm(1)
		if e := c.Run(); e == interp.ExitPoll && c.S.Count == before {
			t.Error("no progress")
			break
		} else if e != interp.ExitPoll {
			c.S.PC = p.Addr("again")
		}
	}
	stop.Store(true)
	wg.Wait()
}

// Harts build, run, link and overwrite code in the same few pages all at once.
func TestTrap09CodeHammer(t *testing.T) {
	const harts, pages = 3, 4
	r := newRig(t, harts, 0)
	stop := make(chan struct{})
	var wg, device sync.WaitGroup
	// Harts answer shootdowns at their polls, as messages would make them.
	var gate [harts]sync.Mutex
	device.Go(func() {
		for i := int32(0); ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			p := asm.New(0).I(isa.ADDI, asm.A0, asm.Zero, i&0x3ff).I(isa.ADDI, asm.A1, asm.Zero, i&0x3ff).Op(isa.EBREAK)
			if err := r.Mem.WriteAt(p.Bytes(), data+uint64(i%pages)<<12); err != nil {
				t.Error(err)
			}
			for _, done := range r.Take() {
				for h, c := range r.Cores {
					gate[h].Lock()
					c.MMU.DropStores()
					gate[h].Unlock()
				}
				done()
			}
		}
	})
	for h, c := range r.Cores {
		wg.Go(func() {
			for i := range 4000 {
				gate[h].Lock()
				r.Mem.MarkStored(data + uint64(i%pages)<<12)
				if e := run(c, data+uint64((i+h)%pages)<<12); e != interp.ExitSystem {
					if e != interp.ExitException || c.Cause != interp.CauseIllegal { // not yet written
						t.Errorf("exit %d cause %d", e, c.Cause)
					}
				}
				if i%7 == 0 {
					r.Cache.FenceI()
				}
				gate[h].Unlock()
			}
		})
	}
	wg.Wait()
	close(stop)
	device.Wait()
	r.Shoot()
	for i := range uint64(pages) {
		r.Load(answer(int32(i)), data+i<<12)
		for _, c := range r.Cores {
			r.ToEbreak(c, data+i<<12)
			if x(c, asm.A0) != i {
				t.Errorf("page %d answers %d", i, x(c, asm.A0))
			}
		}
	}
}
