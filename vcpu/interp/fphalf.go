package interp

import (
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/fpu"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// arith16 returns the body of a half-precision operation on two operands.
func arith16(f func(a, b uint16, rm fpu.RM) (uint16, fpu.Flags)) body {
	return func(c *Core, in *code.Uop, _ uint64) bool {
		if !c.fpReady() {
			return false
		}
		rm, ok := c.rounding(in.Rounding())
		if !ok {
			return false
		}
		r := &c.S.R
		v, fl := f(fpu.Unbox16(r[in.Rs1]), fpu.Unbox16(r[in.Rs2]), rm)
		r[in.Rd] = fpu.Box16(v)
		c.accrue(fl)
		return true
	}
}

// fma16 is fma64 for half precision.
func fma16(product, addend uint16) body {
	return func(c *Core, in *code.Uop, pc uint64) bool {
		z := fpu.Unbox16(c.S.R[in.Rs3()]) ^ addend
		return arith16(func(x, y uint16, rm fpu.RM) (uint16, fpu.Flags) { return fpu.FMA16(x^product, y, z, rm) })(c, in, pc)
	}
}

// halves adapts an operation on half-precision operands to slots.
func halves(f func(a, b uint16) (uint16, fpu.Flags)) func(a, b uint64) (uint64, fpu.Flags) {
	return func(a, b uint64) (uint64, fpu.Flags) {
		v, fl := f(fpu.Unbox16(a), fpu.Unbox16(b))
		return fpu.Box16(v), fl
	}
}

// compare16 adapts comparisons.
func compare16(f func(a, b uint16) (bool, fpu.Flags)) body {
	return plain(func(a, b uint64) (uint64, fpu.Flags) {
		v, fl := f(fpu.Unbox16(a), fpu.Unbox16(b))
		return b2u(v), fl
	})
}

// from16 adapts a conversion of a half-precision operand.
func from16(f func(a uint16, rm fpu.RM) (uint64, fpu.Flags)) body {
	return rounded(func(a uint64, rm fpu.RM) (uint64, fpu.Flags) { return f(fpu.Unbox16(a), rm) })
}

// sign16 is sign for half precision.
func sign16(f func(a, b uint64) uint64) body {
	const top = 1 << 15
	return func(c *Core, in *code.Uop, _ uint64) bool {
		if !c.fpReady() {
			return false
		}
		r := &c.S.R
		a, b := fpu.Unbox16(r[in.Rs1]), fpu.Unbox16(r[in.Rs2])
		r[in.Rd] = fpu.Box16(a&^top | uint16(f(uint64(a), uint64(b)))&top)
		c.S.MStatus |= hart.FSDirty
		return true
	}
}

func init() {
	const neg = 1 << 15
	register(map[isa.Op]body{
		isa.FADD_H: arith16(fpu.Add16), isa.FSUB_H: arith16(fpu.Sub16), isa.FMUL_H: arith16(fpu.Mul16), isa.FDIV_H: arith16(fpu.Div16),
		isa.FSQRT_H: arith16(func(a, _ uint16, rm fpu.RM) (uint16, fpu.Flags) { return fpu.Sqrt16(a, rm) }),
		isa.FMADD_H: fma16(0, 0), isa.FMSUB_H: fma16(0, neg), isa.FNMSUB_H: fma16(neg, 0), isa.FNMADD_H: fma16(neg, neg),

		isa.FMIN_H: plain(halves(fpu.Min16)), isa.FMAX_H: plain(halves(fpu.Max16)),
		isa.FMINM_H: plain(halves(fpu.MinM16)), isa.FMAXM_H: plain(halves(fpu.MaxM16)),
		isa.FEQ_H: compare16(fpu.Eq16), isa.FLT_H: compare16(fpu.Lt16), isa.FLE_H: compare16(fpu.Le16),
		isa.FLTQ_H: compare16(fpu.LtQ16), isa.FLEQ_H: compare16(fpu.LeQ16),
		isa.FSGNJ_H: sign16(copySign), isa.FSGNJN_H: sign16(negSign), isa.FSGNJX_H: sign16(xorSign),

		isa.FCVT_W_H: from16(fpu.F16ToI32), isa.FCVT_WU_H: from16(fpu.F16ToU32),
		isa.FCVT_L_H: from16(fpu.F16ToI64), isa.FCVT_LU_H: from16(fpu.F16ToU64),
		isa.FCVT_H_W: to16(asI32, fpu.I32ToF16), isa.FCVT_H_WU: to16(asU32, fpu.U32ToF16),
		isa.FCVT_H_L: to16(asI64, fpu.I64ToF16), isa.FCVT_H_LU: to16(bits64, fpu.U64ToF16),
		isa.FROUND_H: to16(fpu.Unbox16, fpu.Round16), isa.FROUNDNX_H: to16(fpu.Unbox16, fpu.RoundNX16),

		isa.FCLASS_H: move(false, func(a uint64) uint64 { return fpu.Class16(fpu.Unbox16(a)) }),
		isa.FLI_H:    constant(func(i int64) uint64 { return fpu.Box16(fpu.Li16[i&31]) }),
	})
}
