package interp

import (
	"fmt"
	"slices"
	"testing"

	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// recorder is an Engine that makes no code, and notes what becomes of it.
type recorder struct {
	Engine
	events []string
	names  map[*Native]string
}

func (r *recorder) Threshold() uint32 { return 1 << 30 }

func (r *recorder) Patch(n *Native, link uint8, t *Native) {
	to := "its stub"
	if t != nil {
		to = r.names[t]
	}
	r.events = append(r.events, fmt.Sprintf("%s.%d to %s", r.names[n], link, to))
}

func (r *recorder) Retire(n *Native) { r.events = append(r.events, "retire "+r.names[n]) }

func (r *recorder) Enter(*hart.State, uintptr) uint64 { panic("BUG: nothing to enter") }

// Code is retired when nothing leads to it any more, and not before: a round that
// begins with its retirement says nothing about who comes by a link afterwards.
func TestTrap31RetiredAfterUnlinking(t *testing.T) {
	r := newRig(t, 1, false)
	e := &recorder{names: map[*Native]string{}}
	r.cache.Compile(e)
	p := asm.New(ram)
	p.I(isa.ADDI, asm.A0, asm.A0, 1).Jump(asm.Zero, "to").Org(ram + 0x100).Label("to")
	p.I(isa.ADDI, asm.A0, asm.A0, 2).Op(isa.EBREAK)
	r.load(p, ram)
	publish := func(name string, pa uint64, targets [MaxLinks]int32) *Native {
		b := r.cache.Get(pa, nil)
		n := &Native{Block: b, Targets: targets}
		e.names[n] = name
		if !r.cache.Publish(n) {
			t.Fatalf("%s is not published", name)
		}
		return n
	}
	from := publish("from", ram, [MaxLinks]int32{0x100})
	to := publish("to", ram+0x100, [MaxLinks]int32{})
	r.cache.patch(from, 0, to.Block)
	if err := r.mem.WriteAt([]byte{0x13}, ram+0x100); err != nil {
		t.Fatal(err)
	}
	want := []string{"from.0 to to", "from.0 to its stub", "retire to"}
	if !slices.Equal(e.events, want) {
		t.Errorf("events %q, want %q", e.events, want)
	}
	e.events = nil
	if !r.cache.Unpublish(from) || r.cache.Unpublish(from) || len(e.events) > 0 {
		t.Errorf("unpublishing code without links to it: %q", e.events)
	}
}

// A failed compilation leaves its block as one that can be asked for again.
func TestNotCompiledIsAskedForAgain(t *testing.T) {
	r := newRig(t, 1, false)
	e := &asking{}
	r.cache.Compile(e)
	r.load(asm.New(ram).Label("loop").I(isa.ADDI, asm.A0, asm.A0, 1).Jump(asm.Zero, "loop"), ram)
	c := r.cores[0]
	run := func() {
		c.S.PC = ram
		c.S.Arm(100)
		if x := c.Run(); x != ExitPoll {
			t.Fatalf("exit %d", x)
		}
	}
	run()
	if e.asked != 1 || e.block.PC() != ram {
		t.Fatalf("asked %d times, for %#x", e.asked, e.block.PC())
	}
	run()
	if e.asked != 1 {
		t.Fatalf("asked again while it is compiled")
	}
	e.block.NotCompiled()
	run()
	if e.asked != 2 {
		t.Errorf("asked %d times, want 2", e.asked)
	}
}

// asking is an Engine that takes requests and never delivers.
type asking struct {
	Engine
	asked int
	block *Block
}

func (a *asking) Threshold() uint32 { return 10 }
func (a *asking) Yield()            {}
func (a *asking) Request(b *Block) bool {
	a.asked++
	a.block = b
	return true
}

func TestOpNames(t *testing.T) {
	for op := range NumOps {
		if OpName(op) == "" {
			t.Errorf("no name for operation %d", op)
		}
	}
}
