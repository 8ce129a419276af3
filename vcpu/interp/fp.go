package interp

import (
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/fpu"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// dynamic is the rm field that selects frm; modes above RMM are reserved.
const dynamic = 7

// fpReady reports whether floating-point instructions may execute (mstatus.FS).
func (c *Core) fpReady() bool {
	if c.S.MStatus&hart.FSMask == 0 {
		return c.fault(CauseIllegal, 0)
	}
	return true
}

// rounding resolves an rm field; ok is false if the mode is reserved.
func (c *Core) rounding(rm int64) (mode fpu.RM, ok bool) {
	if rm == dynamic {
		rm = int64(c.S.FRM)
	}
	if rm > int64(fpu.RMM) {
		return 0, c.fault(CauseIllegal, 0)
	}
	return fpu.RM(rm), true
}

// accrue adds flags to fcsr and marks the floating-point state as changed.
func (c *Core) accrue(f fpu.Flags) {
	c.S.FFlags |= uint32(f)
	c.S.MStatus |= hart.FSDirty
}

// sticky reports whether the rounding mode is to-nearest-even and NX is set
// already, so that a result whose only possible flag is NX needs no more work.
func (c *Core) sticky(in *code.Uop) bool {
	return (in.Rounding() == 0 || in.Rounding() == dynamic && c.S.FRM == 0) && c.S.FFlags&uint32(fpu.NX) != 0
}

// f32 reads the single-precision operand in slot r.
func (c *Core) f32(r uint8) uint32 { return fpu.Unbox32(c.S.R[r]) }

// arith64 returns the body of a double-precision operation on two operands. fast
// may decline, exact never does.
func arith64(fast func(a, b uint64) (uint64, bool), exact func(a, b uint64, rm fpu.RM) (uint64, fpu.Flags)) body {
	return func(c *Core, in *code.Uop, _ uint64) bool {
		s := c.S
		if !c.fpReady() {
			return false
		}
		if c.sticky(in) {
			if v, ok := fast(s.R[in.Rs1], s.R[in.Rs2]); ok {
				s.R[in.Rd] = v
				s.MStatus |= hart.FSDirty
				return true
			}
		}
		rm, ok := c.rounding(in.Rounding())
		if !ok {
			return false
		}
		v, fl := exact(s.R[in.Rs1], s.R[in.Rs2], rm)
		s.R[in.Rd] = v
		c.accrue(fl)
		return true
	}
}

// arith32 is arith64 for single precision.
func arith32(fast func(a, b uint32) (uint32, bool), exact func(a, b uint32, rm fpu.RM) (uint32, fpu.Flags)) body {
	return func(c *Core, in *code.Uop, _ uint64) bool {
		s := c.S
		if !c.fpReady() {
			return false
		}
		if c.sticky(in) {
			if v, ok := fast(c.f32(in.Rs1), c.f32(in.Rs2)); ok {
				s.R[in.Rd] = fpu.Box32(v)
				s.MStatus |= hart.FSDirty
				return true
			}
		}
		rm, ok := c.rounding(in.Rounding())
		if !ok {
			return false
		}
		v, fl := exact(c.f32(in.Rs1), c.f32(in.Rs2), rm)
		s.R[in.Rd] = fpu.Box32(v)
		c.accrue(fl)
		return true
	}
}

// fma64 returns the body of ±(rs1×rs2)±rs3, the signs given as masks.
func fma64(product, addend uint64) body {
	return func(c *Core, in *code.Uop, _ uint64) bool {
		s := c.S
		if !c.fpReady() {
			return false
		}
		x, y, z := s.R[in.Rs1]^product, s.R[in.Rs2], s.R[in.Rs3()]^addend
		if c.sticky(in) {
			if v, ok := fpu.FMAFast64(x, y, z); ok {
				s.R[in.Rd] = v
				s.MStatus |= hart.FSDirty
				return true
			}
		}
		rm, ok := c.rounding(in.Rounding())
		if !ok {
			return false
		}
		v, fl := fpu.FMA64(x, y, z, rm)
		s.R[in.Rd] = v
		c.accrue(fl)
		return true
	}
}

// fma32 is fma64 for single precision.
func fma32(product, addend uint32) body {
	return func(c *Core, in *code.Uop, _ uint64) bool {
		s := c.S
		if !c.fpReady() {
			return false
		}
		x, y, z := c.f32(in.Rs1)^product, c.f32(in.Rs2), c.f32(in.Rs3())^addend
		if c.sticky(in) {
			if v, ok := fpu.FMAFast32(x, y, z); ok {
				s.R[in.Rd] = fpu.Box32(v)
				s.MStatus |= hart.FSDirty
				return true
			}
		}
		rm, ok := c.rounding(in.Rounding())
		if !ok {
			return false
		}
		v, fl := fpu.FMA32(x, y, z, rm)
		s.R[in.Rd] = fpu.Box32(v)
		c.accrue(fl)
		return true
	}
}

// rounded returns the body of rd = f(rs1) for operations that round.
func rounded(f func(a uint64, rm fpu.RM) (uint64, fpu.Flags)) body {
	return func(c *Core, in *code.Uop, _ uint64) bool {
		if !c.fpReady() {
			return false
		}
		rm, ok := c.rounding(in.Rounding())
		if !ok {
			return false
		}
		v, fl := f(c.S.R[in.Rs1], rm)
		c.S.R[in.Rd] = v
		c.accrue(fl)
		return true
	}
}

// plain returns the body of rd = f(rs1, rs2) for operations that do not round.
func plain(f func(a, b uint64) (uint64, fpu.Flags)) body {
	return func(c *Core, in *code.Uop, _ uint64) bool {
		if !c.fpReady() {
			return false
		}
		v, fl := f(c.S.R[in.Rs1], c.S.R[in.Rs2])
		c.S.R[in.Rd] = v
		c.accrue(fl)
		return true
	}
}

// singles adapts an operation on single-precision operands to slots.
func singles(f func(a, b uint32) (uint32, fpu.Flags)) func(a, b uint64) (uint64, fpu.Flags) {
	return func(a, b uint64) (uint64, fpu.Flags) {
		v, fl := f(fpu.Unbox32(a), fpu.Unbox32(b))
		return fpu.Box32(v), fl
	}
}

// compare32 and compare64 adapt comparisons.
func compare32(f func(a, b uint32) (bool, fpu.Flags)) body {
	return plain(func(a, b uint64) (uint64, fpu.Flags) {
		v, fl := f(fpu.Unbox32(a), fpu.Unbox32(b))
		return b2u(v), fl
	})
}

func compare64(f func(a, b uint64) (bool, fpu.Flags)) body {
	return plain(func(a, b uint64) (uint64, fpu.Flags) {
		v, fl := f(a, b)
		return b2u(v), fl
	})
}

// sign returns the body of a sign injection: f of the two operands gives the sign
// bit; bits is the format's width.
func sign(bits uint, f func(a, b uint64) uint64) body {
	top := uint64(1) << (bits - 1)
	return plain(func(a, b uint64) (uint64, fpu.Flags) {
		if bits == 32 {
			a, b = uint64(fpu.Unbox32(a)), uint64(fpu.Unbox32(b))
			return fpu.Box32(uint32(a&^top | f(a, b)&top)), 0
		}
		return a&^top | f(a, b)&top, 0
	})
}

func copySign(_, b uint64) uint64 { return b }
func negSign(_, b uint64) uint64  { return ^b }
func xorSign(a, b uint64) uint64  { return a ^ b }

func init() {
	const neg64, neg32 = uint64(1) << 63, uint32(1) << 31
	register(map[isa.Op]body{
		isa.FADD_D: arith64(fpu.AddFast64, fpu.Add64), isa.FSUB_D: arith64(fpu.SubFast64, fpu.Sub64),
		isa.FMUL_D: arith64(fpu.MulFast64, fpu.Mul64), isa.FDIV_D: arith64(fpu.DivFast64, fpu.Div64),
		isa.FADD_S: arith32(fpu.AddFast32, fpu.Add32), isa.FSUB_S: arith32(fpu.SubFast32, fpu.Sub32),
		isa.FMUL_S: arith32(fpu.MulFast32, fpu.Mul32), isa.FDIV_S: arith32(fpu.DivFast32, fpu.Div32),
		isa.FSQRT_D: arith64(func(a, _ uint64) (uint64, bool) { return fpu.SqrtFast64(a) },
			func(a, _ uint64, rm fpu.RM) (uint64, fpu.Flags) { return fpu.Sqrt64(a, rm) }),
		isa.FSQRT_S: arith32(func(a, _ uint32) (uint32, bool) { return fpu.SqrtFast32(a) },
			func(a, _ uint32, rm fpu.RM) (uint32, fpu.Flags) { return fpu.Sqrt32(a, rm) }),

		isa.FMADD_D: fma64(0, 0), isa.FMSUB_D: fma64(0, neg64),
		isa.FNMSUB_D: fma64(neg64, 0), isa.FNMADD_D: fma64(neg64, neg64),
		isa.FMADD_S: fma32(0, 0), isa.FMSUB_S: fma32(0, neg32),
		isa.FNMSUB_S: fma32(neg32, 0), isa.FNMADD_S: fma32(neg32, neg32),

		isa.FMIN_D: plain(fpu.Min64), isa.FMAX_D: plain(fpu.Max64),
		isa.FMINM_D: plain(fpu.MinM64), isa.FMAXM_D: plain(fpu.MaxM64),
		isa.FMIN_S: plain(singles(fpu.Min32)), isa.FMAX_S: plain(singles(fpu.Max32)),
		isa.FMINM_S: plain(singles(fpu.MinM32)), isa.FMAXM_S: plain(singles(fpu.MaxM32)),
		isa.FEQ_D: compare64(fpu.Eq64), isa.FLT_D: compare64(fpu.Lt64), isa.FLE_D: compare64(fpu.Le64),
		isa.FLTQ_D: compare64(fpu.LtQ64), isa.FLEQ_D: compare64(fpu.LeQ64),
		isa.FEQ_S: compare32(fpu.Eq32), isa.FLT_S: compare32(fpu.Lt32), isa.FLE_S: compare32(fpu.Le32),
		isa.FLTQ_S: compare32(fpu.LtQ32), isa.FLEQ_S: compare32(fpu.LeQ32),

		isa.FSGNJ_D: sign(64, copySign), isa.FSGNJN_D: sign(64, negSign), isa.FSGNJX_D: sign(64, xorSign),
		isa.FSGNJ_S: sign(32, copySign), isa.FSGNJN_S: sign(32, negSign), isa.FSGNJX_S: sign(32, xorSign),
	})
}
