package fpu

import "math/rand/v2"

var allModes = []RM{RNE, RTZ, RDN, RUP, RMM}

// specials returns the values that special-case code is about, and neighbours of the format's boundaries.
func (r refFormat) specials() []uint64 {
	minNormal := uint64(1) << (r.p - 1)
	inf := r.infinity(false)
	one := r.one()
	pos := []uint64{
		0, 1, 2, minNormal / 2, minNormal - 1, minNormal, minNormal + 1,
		one - 1, one, one + 1, one + minNormal/2, one + minNormal, // 1-, 1, 1+, 1.5, 2
		inf - minNormal, inf - 1, inf,
		inf + 1, inf + minNormal/2 - 1, inf + minNormal/2, inf + minNormal - 1, // signalling and quiet NaNs
	}
	all := pos
	for _, v := range pos {
		all = append(all, v|r.sign(true))
	}
	return all
}

// generator draws operands that are likely to meet: sparse and dense fractions, and exponents near each other and near
// the boundaries of the format.
type generator struct {
	*rand.Rand
	r        refFormat
	specials []uint64
}

func newGenerator(r refFormat, seed uint64) *generator {
	return &generator{rand.New(rand.NewPCG(seed, uint64(r.p))), r, r.specials()}
}

// fraction draws p-1 bits.
func (g *generator) fraction() uint64 {
	bits := g.r.p - 1
	mask := uint64(1)<<bits - 1
	sparse := uint64(1)<<g.IntN(bits) ^ uint64(1)<<g.IntN(bits)
	switch g.IntN(6) {
	case 0:
		return sparse
	case 1:
		return mask ^ sparse
	case 2:
		return g.Uint64() & mask >> g.IntN(bits)
	case 3:
		return g.Uint64() << g.IntN(bits) & mask
	case 4:
		return 0
	}
	return g.Uint64() & mask
}

// withExp draws a number of the given unbiased exponent, brought into the format's range, subnormals included.
func (g *generator) withExp(exp int) uint64 {
	biased := min(max(exp+g.r.emax, 0), 2*g.r.emax)
	frac := g.fraction()
	if biased == 0 {
		frac >>= g.IntN(g.r.p)
	}
	return g.r.sign(g.IntN(2) == 0) | uint64(biased)<<(g.r.p-1) | frac
}

// exponent draws an unbiased exponent: anywhere, near zero, or near a boundary.
func (g *generator) exponent() int {
	near := g.IntN(2*g.r.p+6) - g.r.p - 3
	switch g.IntN(5) {
	case 0:
		return g.IntN(2*g.r.emax) - g.r.emax
	case 1:
		return g.r.emin + near
	case 2:
		return g.r.emax - g.IntN(4)
	}
	return near
}

func (g *generator) operand() uint64 {
	if g.IntN(40) == 0 {
		return g.specials[g.IntN(len(g.specials))]
	}
	return g.withExp(g.exponent())
}

func (g *generator) exp(v uint64) int {
	return int(v>>(g.r.p-1)&uint64(2*g.r.emax+1)) - g.r.emax
}

// addends draws a pair whose exponents are close.
func (g *generator) addends() (a, b uint64) {
	a = g.operand()
	return a, g.withExp(g.exp(a) + g.IntN(2*g.r.p+8) - g.r.p - 4)
}

// factors draws a pair whose product has an exponent that exponent would draw.
func (g *generator) factors() (a, b uint64) {
	a = g.operand()
	return a, g.withExp(g.exponent() - g.exp(a))
}

// ratio draws a pair whose quotient has an exponent that exponent would draw, or is nearly representable.
func (g *generator) ratio() (a, b uint64) {
	b = g.operand()
	if g.IntN(3) == 0 {
		q, _ := g.r.refMul(b, g.operand(), RNE)
		return q + uint64(g.IntN(3)) - 1, b
	}
	return g.withExp(g.exponent() + g.exp(b)), b
}

// square draws a number that is often a square or next to one.
func (g *generator) square() uint64 {
	if g.IntN(2) == 0 {
		v := g.withExp(g.exponent() / 2)
		sq, _ := g.r.refMul(v, v, RNE)
		return sq + uint64(g.IntN(3)) - 1
	}
	return g.operand()
}

// fused draws operands of a fused multiply-add: unrelated ones, nearly cancelling ones, and addends far below or above
// the product.
func (g *generator) fused() (a, b, c uint64) {
	a, b = g.factors()
	switch g.IntN(4) {
	case 0:
		p, _ := g.r.refMul(a, b, RNE)
		return a, b, p ^ g.r.sign(true) + uint64(g.IntN(5)) - 2
	case 1:
		return a, b, g.operand()
	}
	return a, b, g.withExp(g.exp(a) + g.exp(b) + g.IntN(6*g.r.p) - 3*g.r.p)
}
