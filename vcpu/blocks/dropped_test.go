package blocks_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/blocks"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// A hart that has seen the count of dropped blocks change forgets its tables, and need not do so
// again for the same death: by then nothing leads to the block's code any more.
func TestDroppedCountsWhatNothingLeadsTo(t *testing.T) {
	r := newRig(t, 1, 0)
	e := &recorder{names: map[*blocks.Native]string{}}
	r.Cache.Compile(e)
	p := asm.New(ram)
	p.I(isa.ADDI, asm.A0, asm.A0, 1).Op(isa.EBREAK)
	r.Load(p, ram)
	type life struct {
		before uint64 // deaths
		entry  uintptr
	}
	var now atomic.Pointer[life]
	var wg sync.WaitGroup
	var found, looked atomic.Uint64
	stop := make(chan struct{})
	wg.Add(1)
	go func() {
		defer wg.Done()
		for {
			select {
			case <-stop:
				return
			default:
			}
			for range 1000 {
				l := now.Load()
				if l == nil || r.Cache.Dropped.Load() == l.before {
					continue
				}
				looked.Add(1)
				if r.Cache.Code(blocks.Key{PA: ram}) == l.entry {
					found.Add(1)
				}
			}
		}
	}()
	for i := range 60_000 {
		n := &blocks.Native{Part: blocks.Part{Block: get(r, ram)}, Entry: uintptr(64 * (1 + i))}
		now.Store(&life{r.Cache.Dropped.Load(), n.Entry})
		if !r.Cache.Publish(n) {
			t.Fatal("not published")
		}
		if err := r.Mem.WriteAt([]byte{0x13}, ram); err != nil {
			t.Fatal(err)
		}
		if found.Load() != 0 {
			break
		}
	}
	close(stop)
	wg.Wait()
	if found.Load() != 0 {
		t.Errorf("code of blocks that count as dropped was found %d times of %d", found.Load(), looked.Load())
	}
}

// patching checks in Patch and Retire what the count of dropped blocks says.
type patching struct {
	recorder
	k *blocks.Cache
}

func (e *patching) Patch(n *blocks.Native, link int, t *blocks.Native) {
	e.events = append(e.events, fmt.Sprint("patch, dropped ", e.k.Dropped.Load()))
}
func (e *patching) Retire(n *blocks.Native) {
	e.events = append(e.events, fmt.Sprint("retire, dropped ", e.k.Dropped.Load()))
}

func TestDroppedCountsAfterUnlinking(t *testing.T) {
	r := newRig(t, 1, 0)
	e := &patching{k: r.Cache}
	r.Cache.Compile(e)
	p := asm.New(ram)
	p.I(isa.ADDI, asm.A0, asm.A0, 1).Jump(asm.Zero, "to").Org(ram + 0x100).Label("to")
	p.I(isa.ADDI, asm.A0, asm.A0, 2).Op(isa.EBREAK)
	r.Load(p, ram)
	for pa, d := range map[uint64]int32{ram: 0x100, ram + 0x100: 0} {
		if !r.Cache.Publish(&blocks.Native{Part: blocks.Part{Block: get(r, pa), Targets: [code.MaxLinks]int32{d}}}) {
			t.Fatal("not published")
		}
	}
	e.events = nil
	before := r.Cache.Dropped.Load()
	if err := r.Mem.WriteAt([]byte{0x13}, ram+0x100); err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprint("patch, dropped ", before); e.events[0] != want {
		t.Errorf("%q, want %q first", e.events, want)
	}
	if r.Cache.Dropped.Load() != before+1 {
		t.Error("not counted")
	}
}

// Links of a page-crossing block are nobody's: it dies under the lock of either page.
func TestCrossingBlocksAreNotLinked(t *testing.T) {
	r := newRig(t, 1, 0)
	e := &recorder{names: map[*blocks.Native]string{}}
	r.Cache.Compile(e)
	p := asm.New(ram)
	p.I(isa.ADDI, asm.A0, asm.A0, 1).Op(isa.EBREAK).Org(ram + physmem.PageSize - 2)
	p.I(isa.ADDI, asm.A0, asm.A0, 1).Op(isa.EBREAK)
	r.Load(p, ram)
	to := &blocks.Native{Part: blocks.Part{Block: get(r, ram)}, Entry: 64}
	b := r.Cache.Get(blocks.Key{PA: ram + physmem.PageSize - 2}, func() (uint64, bool) { return ram + physmem.PageSize, true })
	crossing := &blocks.Native{Part: blocks.Part{Block: b, Targets: [code.MaxLinks]int32{2 - physmem.PageSize}}, Entry: 128, Level: 1, Next: 2, Needs: 32}
	e.names[to], e.names[crossing] = "to", "crossing"
	for _, n := range []*blocks.Native{to, crossing} {
		if !r.Cache.Publish(n) {
			t.Fatal("not published")
		}
	}
	if !b.Crossing() || len(e.events) != 0 || crossing.LinkedTo(0) != nil {
		t.Errorf("%q, a target %v", e.events, crossing.LinkedTo(0))
	}
}
