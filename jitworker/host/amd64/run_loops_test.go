package amd64_test

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/hartwood-vm/hartwood/vcpu/asm"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// A randomLoop is a program whose middle is a loop of one block, with accesses in groups and alone, to pages that change
// from round to round; with arithmetic, floating point in changing rounding modes, atomics, fences, and exits in the
// middle that come back.
type randomLoop struct {
	dice
	body []isa.Insn
	// exits has the indices of instructions behind which s6 = 0 leads out of the loop.
	exits map[int]bool
}

// Registers of a randomLoop: bases are where it loads and stores, values what it computes with. s2 counts rounds, s4 and
// s5 lead to memory of their own.
var (
	loopBases  = []uint8{asm.A1, asm.A2, asm.T4, asm.T5}
	loopValues = []uint8{asm.A0, asm.A4, asm.T3, asm.T6, asm.S3}
	loopFloats = []uint8{10, 11, 0, 20} // in registers of the host and in memory
)

func newRandomLoop(d dice) *randomLoop {
	l := &randomLoop{dice: d, exits: map[int]bool{}}
	for range 3 + d.IntN(14) {
		l.step()
	}
	return l
}

func (l *randomLoop) add(in isa.Insn) { l.body = append(l.body, in) }

func (l *randomLoop) value() uint8 { return pick(l.dice, loopValues) }
func (l *randomLoop) base() uint8  { return pick(l.dice, loopBases) }

func (l *randomLoop) step() {
	switch n := l.IntN(14); {
	case n < 7:
		l.access()
	case n == 7:
		l.add(isa.Insn{Op: isa.ADDI, Rd: l.base(), Rs1: l.base(), Imm: pick(l.dice, []int32{8, 16, 3, 2040, -8, 0, 64})})
	case n == 8:
		l.add(isa.Insn{Op: isa.ADD, Rd: l.base(), Rs1: l.base()})
	case n == 9:
		op := pick(l.dice, []isa.Op{isa.DIV, isa.ADD, isa.XOR, isa.SLTU, isa.MULH})
		l.add(isa.Insn{Op: op, Rd: l.value(), Rs1: l.value(), Rs2: pick(l.dice, append(loopValues[:5:5], asm.Zero))})
	case n == 10:
		op := pick(l.dice, []isa.Op{isa.FADD_D, isa.FADD_S, isa.FMUL_D})
		l.add(isa.Insn{Op: op, Rd: pick(l.dice, loopFloats), Rs1: pick(l.dice, loopFloats), Rs2: pick(l.dice, loopFloats),
			Imm: pick(l.dice, []int32{7, 7, 0, 1})})
	case n == 11 && l.IntN(3) == 0:
		l.add(isa.Insn{Op: isa.CSRRWI, Rs1: uint8(l.IntN(5)), Imm: int32(isa.CSR_FRM)})
	case n == 11:
		l.add(isa.Insn{Op: isa.FENCE, Imm: 0xff})
	case n == 12:
		l.add(isa.Insn{Op: pick(l.dice, []isa.Op{isa.AMOADD_D, isa.AMOOR_W}), Rd: l.value(), Rs1: asm.S5, Rs2: l.value()})
	default:
		l.exits[len(l.body)] = true
		l.add(isa.Insn{Op: isa.ANDI, Rd: asm.S6, Rs1: pick(l.dice, []uint8{asm.S2, asm.T3}), Imm: pick(l.dice, []int32{1, 3, 15})})
	}
}

// access adds a load or store. Sometimes a load overwrites its base, which then leads elsewhere.
func (l *randomLoop) access() {
	b, imm := l.base(), pick(l.dice, []int32{0, 4, 8, 16, -8, 24, 100, 2000, -2000})
	switch n := l.IntN(12); {
	case n == 0:
		l.add(isa.Insn{Op: isa.LHU, Rd: b, Rs1: b, Imm: imm})
		l.add(isa.Insn{Op: isa.ANDI, Rd: b, Rs1: b, Imm: 2047})
		l.add(isa.Insn{Op: isa.ADD, Rd: b, Rs1: b, Rs2: asm.S4})
	case n < 4:
		op := pick(l.dice, []isa.Op{isa.LB, isa.LH, isa.LW, isa.LD, isa.LBU, isa.LHU, isa.LWU})
		l.add(isa.Insn{Op: op, Rd: l.value(), Rs1: b, Imm: imm})
	case n < 8:
		l.add(isa.Insn{Op: pick(l.dice, []isa.Op{isa.SB, isa.SH, isa.SW, isa.SD}), Rs2: l.value(), Rs1: b, Imm: imm})
	case n < 10:
		l.add(isa.Insn{Op: pick(l.dice, []isa.Op{isa.FLW, isa.FLD}), Rd: pick(l.dice, loopFloats), Rs1: b, Imm: imm})
	default:
		l.add(isa.Insn{Op: pick(l.dice, []isa.Op{isa.FSW, isa.FSD}), Rs2: pick(l.dice, loopFloats), Rs1: b, Imm: imm})
	}
}

const loopData, loopDataBytes = ram + 3<<19, 400_000

// build returns what appends the program.
func (l *randomLoop) build() func(p *asm.Program) {
	one, two, near := l.Uint64N(9000), l.Uint64N(9000), l.Uint64N(3)*100
	rounds, step := 2+l.Uint64N(60), pick(l.dice, []int32{8, 24, 200, 1000, 2047})
	return func(p *asm.Program) {
		p.LI(asm.A1, loopData+one).LI(asm.A2, loopData+20000+two).LI(asm.T4, loopData+40000).LI(asm.T5, loopData+40000-near)
		p.LI(asm.S2, rounds).LI(asm.S4, loopData+50000).LI(asm.S5, loopData+60000).Jump(asm.Zero, "loop").Label("loop")
		for i, in := range l.body {
			if p.Insn(in); l.exits[i] {
				p.Branch(isa.BEQ, asm.S6, asm.Zero, "exit "+strconv.Itoa(i))
			}
		}
		p.I(isa.ADDI, asm.A1, asm.A1, step).I(isa.ADDI, asm.T4, asm.T4, step)
		p.I(isa.ADDI, asm.S2, asm.S2, -1).Branch(isa.BNE, asm.S2, asm.Zero, "loop")
		p.I(isa.LD, asm.A4, asm.A1, 0).S(isa.SD, asm.A4, asm.A1, 8).I(isa.FLD, 10, asm.A1, 16).Op(isa.EBREAK)
		for i := range l.body {
			if l.exits[i] {
				p.Label("exit "+strconv.Itoa(i)).I(isa.ADDI, asm.A0, asm.A0, 1).I(isa.ADDI, asm.S2, asm.S2, -1)
				p.I(isa.ADDI, asm.A1, asm.A1, 8).Branch(isa.BLT, asm.Zero, asm.S2, "loop").Op(isa.EBREAK)
			}
		}
	}
}

// Loops of one block do natively what they do interpreted, with counters in their code and without.
func TestRandomLoops(t *testing.T) {
	machines, programs := 60, 40
	if testing.Short() {
		machines = 8
	}
	d := newDice(11)
	for i := range machines {
		cfg := eager()
		cfg.Profile = i%2 == 0
		p := pairWith(t, cfg)
		for range programs {
			l := newRandomLoop(d)
			pc := p.load(l.build())
			p.beginAnew()
			what := fmt.Sprintf("a loop: %+v", l.body)
			for range 4 {
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
