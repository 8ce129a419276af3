package blocks_test

import (
	"slices"
	"testing"

	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// code.Counts of a loop of 100 rounds, the branch in which is taken when a0 is a multiple of four: 25 times.
func TestCountsAreExact(t *testing.T) {
	r := newRig(t, 1, 0)
	r.Cache.Compile(&recorder{})
	p := asm.New(ram).LI(asm.A0, 100).Label("loop")
	p.I(isa.ADDI, asm.A0, asm.A0, -1).I(isa.ANDI, asm.A1, asm.A0, 3).Branch(isa.BEQ, asm.A1, asm.Zero, "skip")
	p.I(isa.ADDI, asm.A2, asm.A2, 1).Label("skip").Branch(isa.BNE, asm.A0, asm.Zero, "loop").Op(isa.EBREAK)
	r.Load(p, ram)
	c := r.Cores[0]
	c.S.PC = ram
	for c.S.Arm(7); c.Run() == interp.ExitPoll; c.S.Arm(7) { // polls make no difference
	}
	for _, test := range []struct {
		label string
		want  code.Counts
	}{
		// The first round runs in the block at the start.
		{"", code.Counts{Executions: 1, Taken: [code.MaxLinks]uint64{0, 1}}},
		{"loop", code.Counts{Executions: 99, Taken: [code.MaxLinks]uint64{25, 74}}},
		{"skip", code.Counts{Executions: 25, Taken: [code.MaxLinks]uint64{24}}},
	} {
		at := uint64(ram)
		if test.label != "" {
			at = p.Addr(test.label)
		}
		if got := get(r, at).Counts(); got != test.want {
			t.Errorf("block %q: %+v, want %+v", test.label, got, test.want)
		}
	}
}

// Where nothing compiles nobody wants the counts, which all harts would write to.
func TestNothingIsCountedWithoutAnEngine(t *testing.T) {
	r := newRig(t, 1, 0)
	p := asm.New(ram).LI(asm.A0, 100).Label("loop").I(isa.ADDI, asm.A0, asm.A0, -1).Branch(isa.BNE, asm.A0, asm.Zero, "loop").Op(isa.EBREAK)
	r.Load(p, ram)
	c := r.Cores[0]
	c.S.PC = ram
	c.S.Arm(1000)
	if e := c.Run(); e != interp.ExitSystem {
		t.Fatal("exit ", e)
	}
	for _, at := range []uint64{ram, p.Addr("loop")} {
		if got := get(r, at).Counts(); got != (code.Counts{}) {
			t.Errorf("block at %#x: %+v", at, got)
		}
	}
}

// Where an indirect jump leads is counted for as many places as there is room for; then what is rare makes room.
func TestWays(t *testing.T) {
	r := newRig(t, 1, 0)
	p := asm.New(ram).I(isa.JALR, asm.Zero, asm.A0, 0)
	r.Load(p, ram)
	b := get(r, ram)
	if b.Went(ram+64, 0); b.Ways() != nil {
		t.Errorf("%v, of nothing", b.Ways())
	}
	for range 100 {
		b.Went(ram+64, 5)
		b.Went(ram+128, 2)
	}
	if got, want := b.Ways(), []code.Way{{PA: ram + 64, Times: 500}, {PA: ram + 128, Times: 200}}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	for i := range uint64(1000) {
		b.Went(ram+4096+2*i, 1)
	}
	ways := b.Ways()
	if len(ways) != code.MaxWays || ways[0] != (code.Way{PA: ram + 64, Times: 500}) || ways[1] != (code.Way{PA: ram + 128, Times: 200}) {
		t.Errorf("%v: what is frequent has made room", ways)
	}
	for range 10 {
		b.Went(ram+192, 9)
	}
	if !slices.ContainsFunc(b.Ways(), func(w code.Way) bool { return w.PA == ram+192 && w.Times >= 90 }) {
		t.Errorf("%v: what is new is not among them", b.Ways())
	}
	for range 100 {
		b.Went(ram+64, 100_000)
	}
	for range 10 {
		b.Went(ram+192, 100_000)
	}
	times := map[uint64]uint64{}
	for _, w := range b.Ways() {
		times[w.PA] = w.Times
	}
	if times[ram+192] < times[ram+64]/4 {
		t.Errorf("%v: what was so long ago outweighs what is so now", times)
	}
}
