//go:build riscv64

package main

import (
	"math/bits"
	"math/rand/v2"
)

// step is one instruction and what it means.
type step struct {
	word  uint32
	apply func(x *registers)
	skip  func(x *registers) bool // a branch: whether it leaps over the next steps
	over  int                     // how many it leaps over
}

type registers [32]uint64

// program is a function of two numbers: body is executed rounds times, then a0 is returned.
type program struct {
	rounds int
	body   []step
}

// pool is what generated bodies compute with. t0 counts the rounds, ra holds the way back.
var pool = []uint32{t1, 7, a0, a1, a2, 13, 14, 15, 16, 17, 28, 29, 30, 31}

type operation struct {
	op, f3, f7 uint32
	compute    func(a, b uint64) uint64
}

func sext(v uint64) uint64 { return uint64(int64(int32(v))) }

func truth(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

var registerOps = []operation{
	{opReg, 0, 0x00, func(a, b uint64) uint64 { return a + b }},
	{opReg, 0, 0x20, func(a, b uint64) uint64 { return a - b }},
	{opReg, 1, 0x00, func(a, b uint64) uint64 { return a << (b & 63) }},
	{opReg, 2, 0x00, func(a, b uint64) uint64 { return truth(int64(a) < int64(b)) }},
	{opReg, 3, 0x00, func(a, b uint64) uint64 { return truth(a < b) }},
	{opReg, 4, 0x00, func(a, b uint64) uint64 { return a ^ b }},
	{opReg, 5, 0x00, func(a, b uint64) uint64 { return a >> (b & 63) }},
	{opReg, 5, 0x20, func(a, b uint64) uint64 { return uint64(int64(a) >> (b & 63)) }},
	{opReg, 6, 0x00, func(a, b uint64) uint64 { return a | b }},
	{opReg, 7, 0x00, func(a, b uint64) uint64 { return a & b }},
	{opReg, 0, 0x01, func(a, b uint64) uint64 { return a * b }},
	{opReg, 3, 0x01, func(a, b uint64) uint64 { hi, _ := bits.Mul64(a, b); return hi }},
	{opReg, 5, 0x01, divideUnsigned},
	{opReg, 6, 0x01, remainder},
	{opReg32, 0, 0x00, func(a, b uint64) uint64 { return sext(a + b) }},
	{opReg32, 0, 0x20, func(a, b uint64) uint64 { return sext(a - b) }},
	{opReg32, 0, 0x01, func(a, b uint64) uint64 { return sext(a * b) }},
	{opReg32, 1, 0x00, func(a, b uint64) uint64 { return sext(a << (b & 31)) }},
}

var immediateOps = []operation{
	{opImm, 0, 0, func(a, b uint64) uint64 { return a + b }},
	{opImm, 2, 0, func(a, b uint64) uint64 { return truth(int64(a) < int64(b)) }},
	{opImm, 3, 0, func(a, b uint64) uint64 { return truth(a < b) }},
	{opImm, 4, 0, func(a, b uint64) uint64 { return a ^ b }},
	{opImm, 6, 0, func(a, b uint64) uint64 { return a | b }},
	{opImm, 7, 0, func(a, b uint64) uint64 { return a & b }},
	{opImm32, 0, 0, func(a, b uint64) uint64 { return sext(a + b) }},
}

// divideUnsigned is divu: nothing traps, a divisor of zero gives all ones.
func divideUnsigned(a, b uint64) uint64 {
	if b == 0 {
		return ^uint64(0)
	}
	return a / b
}

// remainder is rem: a divisor of zero gives the dividend, and the overflowing quotient a remainder of zero. Go has the
// second rule too.
func remainder(a, b uint64) uint64 {
	if b == 0 {
		return a
	}
	return uint64(int64(a) % int64(b))
}

// randomProgram makes a function whose body has length steps.
func randomProgram(r *rand.Rand, rounds, length int) program {
	p := program{rounds: rounds, body: make([]step, length)}
	for i := range p.body {
		if left := length - 1 - i; left > 0 && r.IntN(10) == 0 {
			p.body[i] = randomBranch(r, 1+r.IntN(min(left, 6)))
		} else {
			p.body[i] = randomStep(r)
		}
	}
	return p
}

func randomStep(r *rand.Rand) step {
	pick := func() uint32 { return pool[r.IntN(len(pool))] }
	rd, rs1, rs2, imm := pick(), pick(), pick(), int32(r.IntN(4096)-2048)
	switch n := r.IntN(len(registerOps) + len(immediateOps) + 1); {
	case n < len(registerOps):
		o := registerOps[n]
		return step{word: encodeR(o.op, o.f3, o.f7, rd, rs1, rs2),
			apply: func(x *registers) { x[rd] = o.compute(x[rs1], x[rs2]) }}
	case n < len(registerOps)+len(immediateOps):
		o := immediateOps[n-len(registerOps)]
		return step{word: encodeI(o.op, o.f3, rd, rs1, imm),
			apply: func(x *registers) { x[rd] = o.compute(x[rs1], uint64(int64(imm))) }}
	default:
		upper := uint32(r.IntN(1 << 20))
		return step{word: lui(rd, upper), apply: func(x *registers) { x[rd] = sext(uint64(upper) << 12) }}
	}
}

func randomBranch(r *rand.Rand, over int) step {
	rs1, rs2 := pool[r.IntN(len(pool))], pool[r.IntN(len(pool))]
	distance := int32(4 * (over + 1))
	if r.IntN(2) == 0 {
		return step{word: bne(rs1, rs2, distance), over: over,
			skip: func(x *registers) bool { return x[rs1] != x[rs2] }}
	}
	return step{word: encodeB(6, rs1, rs2, distance), over: over, // bltu
		skip: func(x *registers) bool { return x[rs1] < x[rs2] }}
}

// prologue gives every register of the pool but the arguments a value: call leaves whatever it likes in them.
func (p program) prologue() []uint32 {
	words := []uint32{addi(t0, zero, int32(p.rounds))}
	for i, reg := range pool {
		if reg != a0 && reg != a1 {
			words = append(words, addi(reg, zero, int32(i+1)))
		}
	}
	return words
}

// words returns the machine code.
func (p program) words() []uint32 {
	words := p.prologue()
	for _, s := range p.body {
		words = append(words, s.word)
	}
	back := int32(-4 * (len(p.body) + 1))
	return append(words, addi(t0, t0, -1), bne(t0, zero, back), ret())
}

// position is the offset in bytes of step i in the code.
func (p program) position(i int) int { return 4 * (len(p.prologue()) + i) }

// eval computes what the function returns.
func (p program) eval(a, b uint64) uint64 {
	var x registers
	for i, reg := range pool {
		x[reg] = uint64(i + 1)
	}
	x[a0], x[a1] = a, b
	for range p.rounds {
		for i := 0; i < len(p.body); i++ {
			switch s := p.body[i]; {
			case s.apply != nil:
				s.apply(&x)
			case s.skip(&x):
				i += s.over
			}
		}
	}
	return x[a0]
}
