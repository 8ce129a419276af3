package interp

import (
	"math/bits"

	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// body executes one micro-operation whose block starts at pc; false means that
// it has recorded an exception and changed nothing.
type body func(c *Core, in *code.Uop, pc uint64) bool

// bodies has the body of every micro-operation that is not in the hot loop.
var bodies [code.NumOps]body

// register enters bodies; every operation has one.
func register(list map[isa.Op]body) {
	for op, f := range list {
		if bodies[op] != nil {
			panic("BUG: two bodies for " + op.String())
		}
		bodies[op] = f
	}
}

// two returns the body of rd = f(rs1, rs2).
func two(f func(a, b uint64) uint64) body {
	return func(c *Core, in *code.Uop, _ uint64) bool {
		r := &c.S.R
		r[in.Rd] = f(r[in.Rs1], r[in.Rs2])
		return true
	}
}

// immediate returns the body of rd = f(rs1, imm).
func immediate(f func(a, imm uint64) uint64) body {
	return func(c *Core, in *code.Uop, _ uint64) bool {
		r := &c.S.R
		r[in.Rd] = f(r[in.Rs1], uint64(in.Imm))
		return true
	}
}

// unary returns the body of rd = f(rs1).
func unary(f func(a uint64) uint64) body {
	return func(c *Core, in *code.Uop, _ uint64) bool {
		r := &c.S.R
		r[in.Rd] = f(r[in.Rs1])
		return true
	}
}

func mulh(a, b uint64) uint64 {
	hi, _ := bits.Mul64(a, b)
	return hi - uint64(int64(a)>>63)&b - uint64(int64(b)>>63)&a
}

func mulhsu(a, b uint64) uint64 {
	hi, _ := bits.Mul64(a, b)
	return hi - uint64(int64(a)>>63)&b
}

func mulhu(a, b uint64) uint64 {
	hi, _ := bits.Mul64(a, b)
	return hi
}

// Division by zero gives all ones and the dividend; overflow wraps ("M" chapter),
// which is what Go's division of the most negative number by -1 does.

func div(a, b uint64) uint64 {
	if b == 0 {
		return ^uint64(0)
	}
	return uint64(int64(a) / int64(b))
}

func divu(a, b uint64) uint64 {
	if b == 0 {
		return ^uint64(0)
	}
	return a / b
}

func rem(a, b uint64) uint64 {
	if b == 0 {
		return a
	}
	return uint64(int64(a) % int64(b))
}

func remu(a, b uint64) uint64 {
	if b == 0 {
		return a
	}
	return a % b
}

func divw(a, b uint64) uint64 {
	if uint32(b) == 0 {
		return ^uint64(0)
	}
	return sext(uint32(int32(a) / int32(b)))
}

func divuw(a, b uint64) uint64 {
	if uint32(b) == 0 {
		return ^uint64(0)
	}
	return sext(uint32(a) / uint32(b))
}

func remw(a, b uint64) uint64 {
	if uint32(b) == 0 {
		return sext(uint32(a))
	}
	return sext(uint32(int32(a) % int32(b)))
}

func remuw(a, b uint64) uint64 {
	if uint32(b) == 0 {
		return sext(uint32(a))
	}
	return sext(uint32(a) % uint32(b))
}

// clmul returns the 128-bit carry-less product.
func clmul(a, b uint64) (hi, lo uint64) {
	for ; b != 0; b &= b - 1 {
		n := uint(bits.TrailingZeros64(b))
		lo ^= a << n
		hi ^= a >> (64 - n)
	}
	return hi, lo
}

// orcb sets every byte that is not zero to 0xff.
func orcb(a uint64) uint64 {
	const low = 0x7f7f7f7f7f7f7f7f
	nonzero := (a&low + low | a) &^ low >> 7 // bit 0 of each byte
	return nonzero * 0xff
}

func init() {
	register(map[isa.Op]body{
		isa.MULH: two(mulh), isa.MULHSU: two(mulhsu), isa.MULHU: two(mulhu),
		isa.DIV: two(div), isa.DIVU: two(divu), isa.REM: two(rem), isa.REMU: two(remu),
		isa.DIVW: two(divw), isa.DIVUW: two(divuw), isa.REMW: two(remw), isa.REMUW: two(remuw),

		isa.CLZ:   unary(func(a uint64) uint64 { return uint64(bits.LeadingZeros64(a)) }),
		isa.CTZ:   unary(func(a uint64) uint64 { return uint64(bits.TrailingZeros64(a)) }),
		isa.CPOP:  unary(func(a uint64) uint64 { return uint64(bits.OnesCount64(a)) }),
		isa.CLZW:  unary(func(a uint64) uint64 { return uint64(bits.LeadingZeros32(uint32(a))) }),
		isa.CTZW:  unary(func(a uint64) uint64 { return uint64(bits.TrailingZeros32(uint32(a))) }),
		isa.CPOPW: unary(func(a uint64) uint64 { return uint64(bits.OnesCount32(uint32(a))) }),
		isa.ORC_B: unary(orcb),
		isa.REV8:  unary(bits.ReverseBytes64),

		isa.ROL:  two(func(a, b uint64) uint64 { return bits.RotateLeft64(a, int(b&63)) }),
		isa.ROR:  two(func(a, b uint64) uint64 { return bits.RotateLeft64(a, -int(b&63)) }),
		isa.ROLW: two(func(a, b uint64) uint64 { return sext(bits.RotateLeft32(uint32(a), int(b&31))) }),
		isa.RORW: two(func(a, b uint64) uint64 { return sext(bits.RotateLeft32(uint32(a), -int(b&31))) }),

		isa.BCLR:  two(func(a, b uint64) uint64 { return a &^ (1 << (b & 63)) }),
		isa.BINV:  two(func(a, b uint64) uint64 { return a ^ 1<<(b&63) }),
		isa.BSET:  two(func(a, b uint64) uint64 { return a | 1<<(b&63) }),
		isa.BCLRI: immediate(func(a, b uint64) uint64 { return a &^ (1 << (b & 63)) }),
		isa.BINVI: immediate(func(a, b uint64) uint64 { return a ^ 1<<(b&63) }),
		isa.BSETI: immediate(func(a, b uint64) uint64 { return a | 1<<(b&63) }),

		isa.CLMUL:  two(func(a, b uint64) uint64 { _, lo := clmul(a, b); return lo }),
		isa.CLMULH: two(func(a, b uint64) uint64 { hi, _ := clmul(a, b); return hi }),
		isa.CLMULR: two(func(a, b uint64) uint64 { hi, lo := clmul(a, b); return hi<<1 | lo>>63 }),

		isa.CZERO_EQZ: two(func(a, b uint64) uint64 {
			if b == 0 {
				return 0
			}
			return a
		}),
		isa.CZERO_NEZ: two(func(a, b uint64) uint64 {
			if b != 0 {
				return 0
			}
			return a
		}),
		code.OpStrict: strictBody,
	})
}
