package amd64_test

import (
	"fmt"
	"testing"

	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// A randomMap is a loop that stores what it computes of elements that it loads by a1, a2 and a0, which it stores by, and of
// registers: apart from each other, near, in one place, up to the end of memory and behind. Most are maps (plan.Wide.Map).
type randomMap struct {
	load, store isa.Op
	size        int32
	from        [2]uint64
	to, n       uint64
	second      bool // there is a load by a2
	inPlace     bool // and one by a0
	neighbour   bool // and another one by a1
	delta       int32
	steps       []isa.Insn
	down        bool // it counts down
}

// Registers of a randomMap: what is loaded, and what stays.
var (
	loaded = []uint8{asm.T3, asm.T4, asm.T5, asm.T6}
	stays  = []uint8{asm.A5, asm.S3, asm.Zero}
)

func newRandomMap(d dice) *randomMap {
	size := d.IntN(4)
	m := &randomMap{
		load:   pick(d, [][]isa.Op{{isa.LB, isa.LBU}, {isa.LH, isa.LHU}, {isa.LW, isa.LWU}, {isa.LD}}[size]),
		store:  []isa.Op{isa.SB, isa.SH, isa.SW, isa.SD}[size],
		size:   1 << size,
		second: d.IntN(2) == 0, inPlace: d.IntN(2) == 0, neighbour: d.IntN(4) == 0,
		n: 1 + d.Uint64N(2500), down: d.IntN(3) == 0,
	}
	at := func() uint64 { return loopData + d.Uint64N(100)*1024 + d.Uint64N(40)*pick(d, []uint64{1, 8, 8}) }
	m.from, m.to = [2]uint64{at(), at()}, at()
	which := d.IntN(2)
	switch d.IntN(8) {
	case 0:
		m.to = m.from[which] + d.Uint64N(pick(d, []uint64{40, 400}))
	case 1:
		m.to = m.from[which] - d.Uint64N(pick(d, []uint64{40, 400}))
	case 2:
		m.to = ram + ramSize - d.Uint64N(9000)&^7
	case 3:
		m.from[which] = ram + ramSize - d.Uint64N(9000)&^7
	}
	if d.IntN(8) == 0 {
		m.delta = pick(d, []int32{-1, 1}) * m.size // what another round stores
	}
	m.steps = m.compute(d)
	return m
}

// compute leads what has been loaded together to t3, one after the other and with registers and constants between.
func (m *randomMap) compute(d dice) (list []isa.Insn) {
	ops := []isa.Op{isa.ADD, isa.SUB, isa.AND, isa.OR, isa.XOR}
	if m.size < 8 {
		ops = append(ops, isa.ADDW, isa.SUBW)
	}
	if m.size == 2 || m.size == 4 {
		ops = append(ops, isa.MUL, isa.MULW)
	}
	both := func(rd, a, b uint8) isa.Insn {
		if d.IntN(2) == 0 {
			a, b = b, a
		}
		return isa.Insn{Op: pick(d, ops), Rd: rd, Rs1: a, Rs2: b}
	}
	for i, there := range []bool{false, m.second, m.inPlace, m.neighbour} {
		r := loaded[i]
		if i > 0 && !there {
			continue
		}
		if d.IntN(3) == 0 {
			list = append(list, both(r, r, pick(d, stays)))
		}
		if d.IntN(4) == 0 {
			list = append(list, isa.Insn{Op: pick(d, []isa.Op{isa.ADDI, isa.XORI, isa.ANDI, isa.ORI}), Rd: r, Rs1: r, Imm: int32(d.IntN(4096) - 2048)})
		}
		if i > 0 {
			list = append(list, both(asm.T3, asm.T3, r))
		}
	}
	if len(list) == 0 {
		list = append(list, both(asm.T3, asm.T3, asm.A5))
	}
	return list
}

func (m *randomMap) build(p *asm.Program) {
	size := uint64(m.size)
	p.LI(asm.A0, m.to).LI(asm.A1, m.from[0]).LI(asm.A2, m.from[1]).LI(asm.A7, m.to+m.n*size).LI(asm.S4, m.n)
	p.LI(asm.A5, 0x1234567890abcdef).LI(asm.S3, 0xfedcba0987654321).Jump(asm.Zero, "loop").Label("loop")
	p.I(m.load, asm.T3, asm.A1, 0)
	if m.second {
		p.I(m.load, asm.T4, asm.A2, 0)
	}
	if m.inPlace {
		p.I(m.load, asm.T5, asm.A0, m.delta)
	}
	if m.neighbour {
		p.I(m.load, asm.T6, asm.A1, m.size*3)
	}
	for _, in := range m.steps {
		p.Insn(in)
	}
	p.S(m.store, asm.T3, asm.A0, 0)
	p.I(isa.ADDI, asm.A0, asm.A0, m.size).I(isa.ADDI, asm.A1, asm.A1, m.size).I(isa.ADDI, asm.A2, asm.A2, m.size).I(isa.ADDI, asm.S4, asm.S4, -1)
	if m.down {
		p.Branch(isa.BNE, asm.S4, asm.Zero, "loop")
	} else {
		p.Branch(isa.BLTU, asm.A0, asm.A7, "loop")
	}
	p.I(isa.LD, asm.A6, asm.A0, -8).Op(isa.EBREAK)
}

// Loops that map elements do many rounds at once what they do interpreted, wherever they load and store, and end and poll with
// the same registers and counts.
func TestRandomMaps(t *testing.T) {
	sameLoops(t, 17, func(d dice) (string, func(*asm.Program)) {
		m := newRandomMap(d)
		return fmt.Sprintf("a map: %+v", *m), m.build
	})
}

// A map's rounds are done at once if the poll word has room for all of them, and leave f registers as they are.
func TestMapsKeepToTheBudget(t *testing.T) {
	const budget, half = 1777, 0x3ff8 << 48
	cfg := eager()
	r := newRigWith(t, &cfg)
	pc := r.load(func(p *asm.Program) {
		p.LI(asm.T0, half).R(isa.FMV_D_X, 10, asm.T0, 0).R(isa.FADD_D, 11, 10, 10)
		p.LI(asm.A0, loopData).LI(asm.A1, loopData+32<<10).LI(asm.A2, loopData+16<<10).Jump(asm.Zero, "loop").Label("loop")
		p.I(isa.LW, asm.T3, asm.A1, 0).I(isa.LW, asm.T4, asm.A0, 0).R(isa.ADDW, asm.T3, asm.T3, asm.T4).S(isa.SW, asm.T3, asm.A0, 0)
		p.I(isa.ADDI, asm.A0, asm.A0, 4).I(isa.ADDI, asm.A1, asm.A1, 4).Branch(isa.BNE, asm.A0, asm.A2, "loop")
		p.R(isa.FADD_D, 11, 11, 10).R(isa.FMV_X_D, asm.A6, 11, 0).Op(isa.EBREAK)
	})
	s := r.core.S
	s.MStatus |= 3 << 13
	r.finish(pc)
	for s.PC = pc; ; {
		before := s.Count
		s.Arm(budget)
		if r.core.Run() != interp.ExitPoll {
			break
		}
		if n := s.Count - before; n < budget || n > budget+16 {
			t.Fatalf("%d instructions, of %d", n, budget)
		}
	}
	if got := s.R[asm.A6]; got != 0x4012<<48 { // 4.5
		t.Errorf("the sum of f registers is %#x", got)
	}
}
