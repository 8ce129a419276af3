package difftest

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// Interpreter returns the options of the machine that others are compared with: it
// can stop after any instruction but between an LR and its SC.
func Interpreter() Options {
	return Options{Name: "interpreter, one instruction a block", BlockLimit: 1}
}

// Divergence is the first difference that two engines show.
type Divergence struct {
	Leader string
	Image  *Image
	From   [2]uint64 // PC and count where both still agreed
	PC     [2]uint64 // of the leader and the follower
	Count  uint64
	Lines  []string
}

func (d *Divergence) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s and the interpreter part between pc %#x (instruction %d) and pc %#x (instruction %d):\n", d.Leader,
		d.From[0], d.From[1], d.PC[1], d.Count)
	for _, l := range d.Lines {
		fmt.Fprintf(&b, "  %s\n", l)
	}
	if p := d.Image.at(d.From[0]); p != nil {
		b.WriteString(p.Listing())
	}
	return b.String()
}

// at returns the program whose code lies at an address, or nil.
func (img *Image) at(pc uint64) *Program {
	for _, p := range img.Programs {
		if off := pc - stubAddr(p.Slot); off < codeStride {
			return p
		}
	}
	return nil
}

// Lockstep runs img on two machines and compares all their registers whenever the
// leader has stopped, and all RAM at the end. Each budget says after how many
// instructions the leader is asked to stop again. A difference is a *Divergence.
func Lockstep(img *Image, leader Options, budget func() uint64) error {
	follower := Interpreter()
	follower.Paged = leader.Paged
	a, err := NewMachine(img, leader)
	if err != nil {
		return err
	}
	defer a.Close()
	b, err := NewMachine(img, follower)
	if err != nil {
		return err
	}
	defer b.Close()
	return lockstep(img, a, b, budget)
}

func lockstep(img *Image, a, b *Machine, budget func() uint64) error {
	for !a.done || !b.done {
		if a.Hart.S.Count > maxInstructions {
			return fmt.Errorf("%w: %s at %#x", ErrHang, a.name, a.Hart.S.PC)
		}
		d := &Divergence{Leader: a.name, Image: img, From: [2]uint64{a.Hart.S.PC, a.Hart.S.Count}}
		if err := meet(a, b, budget()); err != nil {
			return err
		}
		d.PC, d.Count = [2]uint64{a.Hart.S.PC, b.Hart.S.PC}, a.Hart.S.Count
		if (d.PC[0] == trapHandler) != (d.PC[1] == trapHandler) {
			continue // a trap counts nothing: one has entered it, the other not yet
		}
		d.Lines = append(stateDifferences(a.Hart.S, b.Hart.S), trapDifferences(a, b)...)
		if len(d.Lines) > 0 {
			return d
		}
	}
	if lines := memoryDifferences(img, a, b); len(lines) > 0 {
		return &Divergence{Leader: a.name, Image: img, Count: a.Hart.S.Count, Lines: lines}
	}
	if a.failure != nil {
		return fmt.Errorf("%s and the interpreter agree on a failure: %w", a.name, a.failure)
	}
	return nil
}

// meet advances a by about n instructions and b until both have executed the same
// number. Whoever is behind goes on: between an LR and its SC neither may be able
// to stop where the other has.
func meet(a, b *Machine, n uint64) error {
	if err := a.Advance(n); err != nil {
		return err
	}
	for range 10_000 {
		behind, ahead := b, a
		switch {
		case a.Hart.S.Count == b.Hart.S.Count:
			return nil
		case a.Hart.S.Count < b.Hart.S.Count:
			behind, ahead = a, b
		}
		if err := behind.Advance(ahead.Hart.S.Count - behind.Hart.S.Count); err != nil {
			return err
		}
	}
	return fmt.Errorf("%w: %s and the interpreter never stop at the same instruction", ErrHang, a.name)
}

// stateDifferences lists what differs in the states of two harts.
func stateDifferences(a, b *hart.State) (lines []string) {
	add := func(name string, got, want uint64) {
		if got != want {
			lines = append(lines, fmt.Sprintf("%s = %#x, want %#x", name, got, want))
		}
	}
	add("pc", a.PC, b.PC)
	for i := range uint8(32) {
		add(isa.XName(i), a.R[hart.X+i], b.R[hart.X+i])
	}
	for i := range uint8(32) {
		add(isa.FName(i), a.R[hart.F+i], b.R[hart.F+i])
	}
	add("fflags", uint64(a.FFlags), uint64(b.FFlags))
	add("frm", uint64(a.FRM), uint64(b.FRM))
	add("mstatus", a.MStatus, b.MStatus)
	return lines
}

// trapDifferences compares how many exceptions two machines have seen, and the last.
func trapDifferences(a, b *Machine) []string {
	last := func(m *Machine) (n int, t Trap) {
		if n = len(m.handler.log); n > 0 {
			t = m.handler.log[n-1]
		}
		return n, t
	}
	gotten, got := last(a)
	wanted, want := last(b)
	if gotten == wanted && got == want {
		return nil
	}
	return []string{fmt.Sprintf("%d exceptions, last %v, want %d, last %v", gotten, &got, wanted, &want)}
}

// memoryDifferences lists the first words of the image that differ, or of the pages
// behind which nothing is mapped.
func memoryDifferences(img *Image, a, b *Machine) (lines []string) {
	page := make([]byte, pageSize)
	for _, s := range append(img.segments(), segment{addr: bootBase - pageSize, bytes: page},
		segment{addr: ramBase + ramSize - pageSize, bytes: page}) {
		gotten, errA := a.read(s)
		wanted, errB := b.read(s)
		if errA != nil || errB != nil {
			panic("BUG: the image is not where it was loaded")
		}
		if bytes.Equal(gotten, wanted) {
			continue
		}
		for i := 0; i < len(gotten) && len(lines) < 10; i += 8 {
			got, want := gotten[i:min(i+8, len(gotten))], wanted[i:min(i+8, len(wanted))]
			if !bytes.Equal(got, want) {
				lines = append(lines, fmt.Sprintf("bytes at %#x: % x, want % x", s.addr+uint64(i), got, want))
			}
		}
	}
	return lines
}
