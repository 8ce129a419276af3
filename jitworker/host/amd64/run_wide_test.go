package amd64_test

import (
	"fmt"
	"testing"

	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// A randomCopy is a loop that copies or fills some bytes a round, in one of the forms that libraries have it in, from and to
// anywhere: apart, near to each other, in one place, up to the end of memory and behind.
//
// a0 is where it stores, a1 where it loads, a2 and a3 say when it ends, t3 to t6 have what it loads.
type randomCopy struct {
	load, store    isa.Op
	step           int32
	unroll         int32
	fills, carries bool
	end            int // how it ends
	from, to, n    uint64
	memory         bool // the registers that count lie in memory outside of regions
	twice          bool // the first store's base is a copy of the others'
}

func newRandomCopy(d dice) *randomCopy {
	size := d.IntN(4)
	c := &randomCopy{
		load:   []isa.Op{isa.LD, isa.LW, isa.LHU, isa.LB}[size],
		store:  []isa.Op{isa.SD, isa.SW, isa.SH, isa.SB}[size],
		step:   []int32{8, 4, 2, 1}[size],
		unroll: pick(d, []int32{1, 2, 4, 8, 16, 3}),
		fills:  d.IntN(4) == 0, end: d.IntN(5), n: 1 + d.Uint64N(3000), memory: d.IntN(3) == 0,
		twice: d.IntN(2) == 0,
	}
	c.carries = !c.fills && c.unroll > 1 && d.IntN(3) == 0
	at := func() uint64 { return loopData + d.Uint64N(100)*1024 + d.Uint64N(40)*pick(d, []uint64{1, 8, 8}) }
	c.from, c.to = at(), at()
	switch d.IntN(8) {
	case 0:
		c.to = c.from + d.Uint64N(pick(d, []uint64{40, 400}))
	case 1:
		c.to = c.from - d.Uint64N(pick(d, []uint64{40, 400}))
	case 2:
		c.to = ram + ramSize - d.Uint64N(9000)&^7
	case 3:
		c.from = ram + ramSize - d.Uint64N(9000)&^7
	}
	return c
}

// rounds returns how many rounds the loop does.
func (c *randomCopy) rounds() uint64 { return max(1, c.n/uint64(c.step*c.unroll)*2) }

func (c *randomCopy) build(p *asm.Program) {
	a0, a1, a2, a3 := uint8(asm.A0), uint8(asm.A1), uint8(asm.A2), uint8(asm.A3)
	if c.memory {
		a0, a1, a2, a3 = asm.S3, asm.S4, asm.S5, asm.S6
	}
	bytes := c.step * c.unroll
	p.LI(a0, c.to).LI(a1, c.from).LI(asm.A4, 0x1122334455667788).LI(asm.S7, c.to)
	switch c.end {
	case 0, 1: // as long as a0 is another, or smaller
		p.LI(a2, c.to+c.rounds()*uint64(bytes))
	case 2: // down to 0
		p.LI(a2, c.rounds()*8)
	case 3: // as long as a2 is as large
		p.LI(a2, c.rounds()*uint64(bytes)).LI(a3, uint64(bytes))
	case 4: // an exit in the middle
		p.LI(a2, c.rounds())
	}
	first := a0
	if p.LI(asm.S9, c.to); c.twice {
		first = asm.S9
	}
	value := func(i int32) uint8 { return asm.T3 + uint8(i%4) }
	p.Jump(asm.Zero, "loop").Label("loop")
	if c.carries {
		p.S(c.store, asm.S8, first, 0).I(c.load, asm.S8, a1, bytes-c.step) // what the last round has loaded last
	}
	base := func(i int32) uint8 {
		if i == 0 {
			return first
		}
		return a0
	}
	for from := int32(0); from < c.unroll; from += 4 {
		to := min(from+4, c.unroll)
		for i := from; i < to && !c.fills; i++ {
			if !c.carries || i != c.unroll-1 {
				p.I(c.load, value(i), a1, i*c.step)
			}
		}
		for i := from; i < to; i++ {
			switch {
			case c.fills && c.step == 8:
				p.S(c.store, asm.A4, base(i), i*c.step)
			case c.fills:
				p.S(c.store, asm.Zero, base(i), i*c.step)
			case !c.carries:
				p.S(c.store, value(i), base(i), i*c.step)
			case i != c.unroll-1:
				p.S(c.store, value(i), a0, (i+1)*c.step)
			}
		}
	}
	p.I(isa.ADDI, a0, a0, bytes).I(isa.ADDI, a1, a1, bytes).I(isa.ADDI, asm.S9, a0, 0)
	switch c.end {
	case 0:
		p.Branch(isa.BNE, a0, a2, "loop")
	case 1:
		p.Branch(isa.BLTU, a0, a2, "loop")
	case 2:
		p.I(isa.ADDI, a2, a2, -8).Branch(isa.BNE, a2, asm.Zero, "loop")
	case 3:
		p.I(isa.ADDI, a2, a2, -bytes).Branch(isa.BGEU, a2, a3, "loop")
	case 4:
		p.I(isa.ADDI, a2, a2, -1).Branch(isa.BEQ, a2, asm.Zero, "out").Jump(asm.Zero, "loop")
	}
	p.Label("out").I(isa.LD, asm.A6, asm.S7, 0).Op(isa.EBREAK)
}

// Loops that copy and fill do in many rounds at once what they do interpreted, wherever they copy from and to, and end and
// poll with the same registers and counts; in several rigs the same memory lies in the same pages.
func TestRandomCopies(t *testing.T) {
	sameLoops(t, 14, func(d dice) (string, func(*asm.Program)) {
		c := newRandomCopy(d)
		return fmt.Sprintf("a copy: %+v", *c), c.build
	})
}

// sameLoops runs random loops over loopData, which next makes, on a pair of harts, and fails if they do not agree; what says what a loop is.
func sameLoops(t *testing.T, seed uint64, next func(d dice) (what string, build func(*asm.Program))) {
	machines, programs := 60, 30
	if testing.Short() {
		machines = 8
	}
	d := newDice(seed)
	for range machines {
		p := pairWith(t, eager())
		for i := range uint64(loopDataBytes / 8) {
			for _, r := range p.rigs() {
				w, _ := r.mem.Word64(loopData + 8*i)
				w.Store(i*0x9e3779b97f4a7c15 + 1)
			}
		}
		for range programs {
			what, build := next(d)
			pc := p.load(build)
			p.beginAnew()
			for range 3 {
				if d.IntN(2) == 0 {
					for _, r := range p.compiled() {
						r.core.MMU.FlushFirstLevel()
					}
				}
				p.sameMemory(t, what, pc)
			}
		}
	}
}

// Two pages of addresses that lead to one page of memory overlap there: a copy from one to the other, a word further
// on, repeats what it has just stored.
func TestWideCopiesSeeThatMemoryOverlaps(t *testing.T) {
	const from, alias = loopData, loopData + 64<<10
	cfg := eager()
	r := newRigWith(t, &cfg)
	pc := r.load(func(p *asm.Program) {
		p.LI(asm.A0, alias+8).LI(asm.A1, from).LI(asm.A2, alias+8+1024).Label("loop")
		p.I(isa.LD, asm.T3, asm.A1, 0).S(isa.SD, asm.T3, asm.A0, 0)
		p.I(isa.ADDI, asm.A0, asm.A0, 8).I(isa.ADDI, asm.A1, asm.A1, 8).Branch(isa.BNE, asm.A0, asm.A2, "loop").Op(isa.EBREAK)
	})
	r.finish(pc) // the first level knows both pages now
	for _, e := range r.entriesOf(alias) {
		*e -= alias - from
	}
	for i := range uint64(128) {
		w, _ := r.mem.Word64(from + 8*i)
		w.Store(i + 1)
	}
	r.finish(pc)
	for i := range uint64(1 + 128) {
		if w, _ := r.mem.Word64(from + 8*i); w.Load() != 1 {
			t.Fatalf("word %d is %d, want 1", i, w.Load())
		}
	}
}

// entriesOf returns what the first level adds to addresses in a page.
func (r *rig) entriesOf(va uint64) []*uintptr {
	tlb, at := &r.core.S.TLB, va>>physmem.PageShift
	return []*uintptr{&tlb.Load[at%uint64(len(tlb.Load))].Addend, &tlb.Store[at%uint64(len(tlb.Store))].Addend}
}

// Rounds are done at once if the poll word has room for all of them: each budget is kept to within one round.
func TestWideCopiesKeepToTheBudget(t *testing.T) {
	const budget = 1777
	cfg := eager()
	r := newRigWith(t, &cfg)
	pc := r.load(func(p *asm.Program) {
		p.LI(asm.A0, loopData).LI(asm.A1, loopData+32<<10).LI(asm.A2, loopData+16<<10).Jump(asm.Zero, "loop").Label("loop")
		p.I(isa.LD, asm.T3, asm.A1, 0).S(isa.SD, asm.T3, asm.A0, 0)
		p.I(isa.ADDI, asm.A0, asm.A0, 8).I(isa.ADDI, asm.A1, asm.A1, 8).Branch(isa.BNE, asm.A0, asm.A2, "loop").Op(isa.EBREAK)
	})
	r.finish(pc)
	s := r.core.S
	for s.PC = pc; ; {
		before := s.Count
		s.Arm(budget)
		if r.core.Run() != interp.ExitPoll {
			return
		}
		if n := s.Count - before; n < budget || n > budget+16 {
			t.Fatalf("%d instructions, of %d", n, budget)
		}
	}
}
