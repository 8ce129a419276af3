package blocks_test

import (
	"testing"

	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/blocks"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// Harts in different modes execute the same code each as its mode has it, and a store into it ends the blocks of both.
func TestBlocksOfTwoModes(t *testing.T) {
	r := newRig(t, 2, 0)
	plain, strict := r.Cores[0], r.Cores[1]
	strict.SetMode(code.Strict)
	r.Load(asm.New(ram).I(isa.LW, asm.A0, asm.A1, 0).Op(isa.EBREAK), ram)
	r.SetWord(data, 0x11_2233_4455_6677)
	for range 3 { // built, found in the cache, found in the hart's table
		setX(plain, asm.A1, data+1)
		setX(strict, asm.A1, data+1)
		if r.ToEbreak(plain, ram); x(plain, asm.A0) != 0x33445566 {
			t.Fatalf("a misaligned load loads %#x", x(plain, asm.A0))
		}
		r.WantFault(strict, ram, ram, interp.CauseLoadMisaligned, data+1, 0)
	}
	both := []*blocks.Block{r.Cache.At(blocks.Key{PA: ram}), r.Cache.At(blocks.Key{PA: ram, Mode: code.Strict})}
	if both[0] == nil || both[1] == nil || both[0] == both[1] {
		t.Fatalf("blocks %v", both)
	}
	r.Load(answer(7), ram)
	for _, b := range both {
		if !b.Dead() {
			t.Errorf("the block for mode %d has outlived its code", b.Key().Mode)
		}
	}
	for _, c := range r.Cores {
		if r.ToEbreak(c, ram); x(c, asm.A0) != 7 {
			t.Errorf("the old code answers %d", x(c, asm.A0))
		}
	}
	// A hart that changes its mode forgets the other one's blocks.
	r.Load(asm.New(ram).I(isa.LW, asm.A0, asm.A1, 0).Op(isa.EBREAK), ram)
	r.ToEbreak(plain, ram)
	plain.SetMode(code.Strict)
	r.WantFault(plain, ram, ram, interp.CauseLoadMisaligned, data+1, 0)
}

// Code for one mode is not linked to that for another, and is found in its mode's map alone.
func TestCodeOfTwoModes(t *testing.T) {
	r := newRig(t, 1, 0)
	e := &recorder{names: map[*blocks.Native]string{}}
	r.Cache.Compile(e)
	p := asm.New(ram)
	p.I(isa.ADDI, asm.A0, asm.A0, 1).Jump(asm.Zero, "to").Org(ram + 0x100).Label("to")
	p.I(isa.ADDI, asm.A0, asm.A0, 2).Op(isa.EBREAK)
	r.Load(p, ram)
	publish := func(name string, key blocks.Key, target int32) *blocks.Native {
		n := &blocks.Native{Part: blocks.Part{Block: r.Cache.Get(key, nil), Targets: [code.MaxLinks]int32{target}}, Entry: uintptr(64 * (1 + len(e.names)))}
		e.names[n] = name
		if !r.Cache.Publish(n) {
			t.Fatalf("%s is not published", name)
		}
		return n
	}
	publish("from", blocks.Key{PA: ram}, 0x100)
	to := publish("strict", blocks.Key{PA: ram + 0x100, Mode: code.Strict}, 0)
	if len(e.events) != 0 {
		t.Errorf("%q", e.events)
	}
	if got := r.Cache.Code(blocks.Key{PA: ram + 0x100}); got != 0 {
		t.Errorf("code at %#x for mode 0, where there is none", got)
	}
	if got := r.Cache.Code(blocks.Key{PA: ram + 0x100, Mode: code.Strict}); got != to.Entry {
		t.Errorf("code at %#x for the strict mode, want %#x", got, to.Entry)
	}
	if publish("to", blocks.Key{PA: ram + 0x100}, 0); len(e.events) != 1 || e.events[0] != "from.0 to to" {
		t.Errorf("%q", e.events)
	}
}
