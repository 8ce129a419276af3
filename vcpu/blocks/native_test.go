package blocks_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/blocks"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/codemap"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// recorder is an Engine that makes no code, and notes what becomes of it.
type recorder struct {
	blocks.Engine
	events []string
	names  map[*blocks.Native]string
}

func (r *recorder) Recall(*blocks.Block) {}

func (r *recorder) Threshold() uint32 { return 1 << 30 }

func (r *recorder) Codes(code.Mode) *codemap.Map { return emptyMap() }

// emptyMap is for engines whose code nobody looks up.
func emptyMap() *codemap.Map {
	m, err := codemap.New(0, 1)
	if err != nil {
		panic(err)
	}
	return m
}

func (r *recorder) Patch(n *blocks.Native, link int, t *blocks.Native) {
	to := "its stub"
	if t != nil {
		to = r.names[t]
	}
	r.events = append(r.events, fmt.Sprintf("%s.%d to %s", r.names[n], link, to))
}

func (r *recorder) Retire(n *blocks.Native) { r.events = append(r.events, "retire "+r.names[n]) }

func (r *recorder) Enter(*hart.State, uintptr) uint64 { panic("BUG: nothing to enter") }

// Code is retired when nothing leads to it any more, and not before: a round that
// begins with its retirement says nothing about who comes by a link afterwards.
func TestTrap31RetiredAfterUnlinking(t *testing.T) {
	r := newRig(t, 1, 0)
	e := &recorder{names: map[*blocks.Native]string{}}
	r.Cache.Compile(e)
	p := asm.New(ram)
	p.I(isa.ADDI, asm.A0, asm.A0, 1).Jump(asm.Zero, "to").Org(ram + 0x100).Label("to")
	p.I(isa.ADDI, asm.A0, asm.A0, 2).Op(isa.EBREAK)
	r.Load(p, ram)
	publish := func(name string, pa uint64, targets [code.MaxLinks]int32) *blocks.Native {
		b := get(r, pa)
		n := &blocks.Native{Part: blocks.Part{Block: b, Targets: targets}}
		e.names[n] = name
		if !r.Cache.Publish(n) {
			t.Fatalf("%s is not published", name)
		}
		return n
	}
	from := publish("from", ram, [code.MaxLinks]int32{0x100})
	publish("to", ram+0x100, [code.MaxLinks]int32{}) // which links from to it
	if err := r.Mem.WriteAt([]byte{0x13}, ram+0x100); err != nil {
		t.Fatal(err)
	}
	want := []string{"from.0 to to", "from.0 to its stub", "retire to"}
	if !slices.Equal(e.events, want) {
		t.Errorf("events %q, want %q", e.events, want)
	}
	e.events = nil
	for range 2 { // the second time there is nothing to do
		r.Cache.Unpublish([]*blocks.Native{from})
		if from.Block.Native() != nil || len(e.events) > 0 {
			t.Errorf("unpublishing code without links to it: %q", e.events)
		}
	}
}

// Code is linked when it is published, in both directions, and its page gives up all of it
// and the links to it at once.
func TestPublishLinksBothWays(t *testing.T) {
	r := newRig(t, 1, 0)
	e := &recorder{names: map[*blocks.Native]string{}}
	r.Cache.Compile(e)
	p := asm.New(ram)
	for i := range uint64(3) {
		p.Org(ram+i*0x100).I(isa.ADDI, asm.A0, asm.A0, 1).Op(isa.EBREAK)
	}
	p.Org(ram+physmem.PageSize).I(isa.ADDI, asm.A0, asm.A0, 1).Op(isa.EBREAK)
	r.Load(p, ram)
	publish := func(name string, pa uint64, checked uint8, targets ...int32) *blocks.Native {
		n := &blocks.Native{Part: blocks.Part{Block: get(r, pa), Checked: checked}}
		copy(n.Targets[:], targets)
		e.names[n] = name
		if !r.Cache.Publish(n) {
			t.Fatalf("%s is not published", name)
		}
		return n
	}
	expect := func(what string, want ...string) {
		t.Helper()
		if !slices.Equal(e.events, want) {
			t.Errorf("%s: %q, want %q", what, e.events, want)
		}
		e.events = nil
	}
	publish("next page", ram+physmem.PageSize, 0)
	a := publish("a", ram, 1<<3, 0x100, 0x200, physmem.PageSize, 0x100) // its link 3 is checked
	expect("a alone")
	b := publish("b", ram+0x100, 0, -0x100)
	expect("b", "b.0 to a", "a.0 to b")
	c := publish("c", ram+0x200, 0, 0x10)
	expect("c", "a.1 to c")
	r.Cache.Unpublish([]*blocks.Native{b, c})
	expect("the page's eviction", "a.0 to its stub", "a.1 to its stub")
	if b.Block.Native() != nil || c.Block.Native() != nil || a.Block.Native() != a {
		t.Error("the wrong code is unpublished")
	}
}

// Better code takes the place of other code and of the links to that; what is as good or worse does not.
func TestPublishReplacesWorseCode(t *testing.T) {
	r := newRig(t, 1, 0)
	e := &recorder{names: map[*blocks.Native]string{}}
	r.Cache.Compile(e)
	p := asm.New(ram)
	p.I(isa.ADDI, asm.A0, asm.A0, 1).Op(isa.EBREAK).Org(ram+0x100).I(isa.ADDI, asm.A0, asm.A0, 1).Op(isa.EBREAK)
	r.Load(p, ram)
	code := func(name string, pa uint64, level uint8, target int32) *blocks.Native {
		n := &blocks.Native{Part: blocks.Part{Block: get(r, pa), Targets: [code.MaxLinks]int32{target}}, Entry: uintptr(64 * (1 + len(e.names))), Level: level}
		e.names[n] = name
		return n
	}
	from := code("from", ram, 1, 0x100)
	dense := code("dense", ram+0x100, 1, -0x100)
	fast := code("fast", ram+0x100, 2, -0x100)
	for _, n := range []*blocks.Native{from, dense} {
		if !r.Cache.Publish(n) {
			t.Fatalf("%s is not published", e.names[n])
		}
	}
	if r.Cache.Publish(code("dense again", ram+0x100, 1, 0)) {
		t.Error("dense code took the place of dense code")
	}
	e.events = nil
	if !r.Cache.Publish(fast) || dense.Block.Native() != fast {
		t.Error("fast code did not take the place of dense code")
	}
	want := []string{"fast.0 to from", "from.0 to fast", "dense.0 to its stub", "retire dense"}
	if !slices.Equal(e.events, want) {
		t.Errorf("events %q, want %q", e.events, want)
	}
	if got := r.Cache.Code(blocks.Key{PA: ram + 0x100}); got != fast.Entry {
		t.Errorf("the map leads to %#x, want %#x", got, fast.Entry)
	}
	for name, n := range map[string]*blocks.Native{"dense": code("dense", ram+0x100, 1, 0), "fast": code("fast", ram+0x100, 2, 0)} {
		if r.Cache.Publish(n) {
			t.Errorf("%s code took the place of fast code", name)
		}
	}
	if n := r.Cache.Compiled(ram); n != 2 {
		t.Errorf("the page counts %d blocks with native code, want 2", n)
	}
}

// Better code is asked for when it is urgent enough, and again when it is four and sixteen times as urgent, once each.
func TestUrgeAsksAgainMoreAndMoreSeldom(t *testing.T) {
	for by, want := range map[uint32][]int{1: {10, 40, 160, 640}, 7: {2, 6, 23, 92, 366, 1463}, 50: {1, 4, 13, 52, 205, 820}} {
		n := blocks.Native{Next: 2, Needs: 10}
		var asked []int
		for i := 1; i <= 2000; i++ {
			if n.Urge(by) {
				asked = append(asked, i)
			}
		}
		if !slices.Equal(asked, want) {
			t.Errorf("by %d: asked at %v, want %v", by, asked, want)
		}
	}
	if none := (blocks.Native{}); none.Urge(100) {
		t.Error("asked for better code than the best")
	}
}
