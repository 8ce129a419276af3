package difftest

import (
	"errors"
	"fmt"
	"testing"
)

// batch draws the programs of an image.
func batch(seed, stream uint64, n int, lockstep bool) (ps []*Program) {
	for i := range n {
		ps = append(ps, Generate(seed, stream<<16|uint64(i), i, lockstep))
	}
	return ps
}

// budgets draws how far the leader goes before it is stopped again.
func budgets(d *dice) func() uint64 {
	return func() uint64 {
		if d.chance(20) {
			return uint64(d.between(1, 400))
		}
		return uint64(d.between(1, 24))
	}
}

func TestWholeBlocksAgreeWithSingleInstructions(t *testing.T) {
	for i := range uint64(8) {
		d := seededDice(i, 1)
		opt := Options{Name: "interpreter", Paged: i%2 == 1, BlockLimit: []int{0, 0, 2, 3, 7}[i%5]}
		if err := Lockstep(NewImage(batch(i, 2, 96, true)), opt, budgets(d)); err != nil {
			t.Errorf("seed %d: %v", i, err)
		}
	}
}

// TestLockstepStopsOften checks that budgets are kept: the harness shortens bursts
// by way of the hart's question for the time.
func TestLockstepStopsOften(t *testing.T) {
	img := NewImage(batch(1, 3, 4, true))
	m, err := NewMachine(img, Interpreter())
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if err := m.Advance(100); err != nil { // past the boot code
		t.Fatal(err)
	}
	for !m.done {
		before := m.Hart.S.Count
		if err := m.Advance(1); err != nil {
			t.Fatal(err)
		}
		if n := m.Hart.S.Count - before; n > maxBetween {
			t.Fatalf("asked for 1 instruction, got %d", n)
		}
	}
}

// maxBetween is the longest way from an LR to behind its SC that is generated.
const maxBetween = 5

func TestLockstepFindsADifference(t *testing.T) {
	good := batch(1, 4, 3, true)
	img := NewImage(good)
	p := good[1].clone()
	p.X[pickFree(p)] ^= 1 << 40
	other := NewImage([]*Program{good[0], p, good[2]})
	a, err := NewMachine(other, Options{Name: "spoilt"})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	b, err := NewMachine(img, Interpreter())
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	err = lockstep(img, a, b, func() uint64 { return 1 })
	var d *Divergence
	if !errors.As(err, &d) {
		t.Fatalf("no difference found: %v", err)
	}
	if len(d.Lines) != 1 || d.PC[0] != d.PC[1] {
		t.Errorf("want one register to differ, got %v", d)
	}
}

// pickFree returns a register that the image does not set.
func pickFree(p *Program) int {
	f := frames[p.Frame]
	for r := 5; ; r++ {
		if r != int(f.record) && r != int(f.link) {
			return r
		}
	}
}

func ExampleLockstep() {
	img := NewImage([]*Program{Generate(1, 1, 0, true)})
	fmt.Println(Lockstep(img, Options{Name: "interpreter"}, func() uint64 { return 10 }))
	// Output: <nil>
}

// FuzzProgram runs the program that the generator makes of the input in whole
// blocks, stopped at places that depend on the input too, and instruction by
// instruction: superblocks, fusions and exits must not show.
func FuzzProgram(f *testing.F) {
	for i := range byte(16) {
		f.Add([]byte{i, i * 3, i * 7, i * 11, i ^ 0x5a, i * 31, 200 - i, i * i})
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		d := byteDice(data)
		slot, limit, paged := d.n(Slots), d.n(12), d.chance(50)
		p := generate(d, slot, true)
		opt := Options{Name: "interpreter", Paged: paged, BlockLimit: limit}
		if err := Lockstep(NewImage([]*Program{p}), opt, budgets(d)); err != nil {
			t.Fatal(err)
		}
	})
}
