package interp

import (
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/fpu"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// from32 adapts a conversion of a single-precision operand.
func from32(f func(a uint32, rm fpu.RM) (uint64, fpu.Flags)) body {
	return rounded(func(a uint64, rm fpu.RM) (uint64, fpu.Flags) { return f(fpu.Unbox32(a), rm) })
}

// to32 adapts a conversion with a single-precision result.
func to32[T any](get func(a uint64) T, f func(a T, rm fpu.RM) (uint32, fpu.Flags)) body {
	return rounded(func(a uint64, rm fpu.RM) (uint64, fpu.Flags) {
		v, fl := f(get(a), rm)
		return fpu.Box32(v), fl
	})
}

// to64 adapts a conversion with a double-precision result.
func to64[T any](get func(a uint64) T, f func(a T, rm fpu.RM) (uint64, fpu.Flags)) body {
	return rounded(func(a uint64, rm fpu.RM) (uint64, fpu.Flags) { return f(get(a), rm) })
}

// to16 adapts a conversion with a half-precision result.
func to16[T any](get func(a uint64) T, f func(a T, rm fpu.RM) (uint16, fpu.Flags)) body {
	return rounded(func(a uint64, rm fpu.RM) (uint64, fpu.Flags) {
		v, fl := f(get(a), rm)
		return fpu.Box16(v), fl
	})
}

func bits64(a uint64) uint64 { return a }
func asI32(a uint64) int32   { return int32(a) }
func asU32(a uint64) uint32  { return uint32(a) }
func asI64(a uint64) int64   { return int64(a) }

// exactly gives a conversion that never rounds the form of one that does.
func exactly[A, R any](f func(a A) (R, fpu.Flags)) func(a A, rm fpu.RM) (R, fpu.Flags) {
	return func(a A, _ fpu.RM) (R, fpu.Flags) { return f(a) }
}

// move returns the body of rd = f(rs1) without flags. toF says that rd is an f register.
func move(toF bool, f func(a uint64) uint64) body {
	return func(c *Core, in *code.Uop, _ uint64) bool {
		if !c.fpReady() {
			return false
		}
		c.S.R[in.Rd] = f(c.S.R[in.Rs1])
		if toF {
			c.S.MStatus |= hart.FSDirty
		}
		return true
	}
}

// constant returns the body of fli.
func constant(f func(i int64) uint64) body {
	return func(c *Core, in *code.Uop, _ uint64) bool {
		if !c.fpReady() {
			return false
		}
		c.S.R[in.Rd] = f(in.Constant())
		c.S.MStatus |= hart.FSDirty
		return true
	}
}

// fpLoad and fpStore are FLW, FLH and their stores; doubles are in the hot loop.
func fpLoad(size uint64, box func(v uint64) uint64) body {
	return func(c *Core, in *code.Uop, _ uint64) bool {
		if !c.fpReady() {
			return false
		}
		v, ok := c.load(c.S.R[in.Rs1]+uint64(in.Imm), size)
		if !ok {
			return false
		}
		c.S.R[in.Rd] = box(v)
		c.S.MStatus |= hart.FSDirty
		return true
	}
}

func fpStore(size uint64) body {
	return func(c *Core, in *code.Uop, _ uint64) bool {
		return c.fpReady() && c.store(c.S.R[in.Rs1]+uint64(in.Imm), size, c.S.R[in.Rs2])
	}
}

func init() {
	box16 := func(v uint64) uint64 { return fpu.Box16(uint16(v)) }
	box32 := func(v uint64) uint64 { return fpu.Box32(uint32(v)) }
	register(map[isa.Op]body{
		isa.FLH: fpLoad(2, box16), isa.FLW: fpLoad(4, box32),
		isa.FSH: fpStore(2), isa.FSW: fpStore(4),

		isa.FCVT_W_S: from32(fpu.F32ToI32), isa.FCVT_WU_S: from32(fpu.F32ToU32),
		isa.FCVT_L_S: from32(fpu.F32ToI64), isa.FCVT_LU_S: from32(fpu.F32ToU64),
		isa.FCVT_W_D: rounded(fpu.F64ToI32), isa.FCVT_WU_D: rounded(fpu.F64ToU32),
		isa.FCVT_L_D: rounded(fpu.F64ToI64), isa.FCVT_LU_D: rounded(fpu.F64ToU64),

		isa.FCVT_S_W: to32(asI32, fpu.I32ToF32), isa.FCVT_S_WU: to32(asU32, fpu.U32ToF32),
		isa.FCVT_S_L: to32(asI64, fpu.I64ToF32), isa.FCVT_S_LU: to32(bits64, fpu.U64ToF32),
		isa.FCVT_D_W: to64(asI32, fpu.I32ToF64), isa.FCVT_D_WU: to64(asU32, fpu.U32ToF64),
		isa.FCVT_D_L: to64(asI64, fpu.I64ToF64), isa.FCVT_D_LU: to64(bits64, fpu.U64ToF64),

		isa.FCVT_S_D: to32(bits64, fpu.F64ToF32), isa.FCVT_D_S: to64(fpu.Unbox32, exactly(fpu.F32ToF64)),
		isa.FCVT_S_H: to32(fpu.Unbox16, exactly(fpu.F16ToF32)), isa.FCVT_D_H: to64(fpu.Unbox16, exactly(fpu.F16ToF64)),
		isa.FCVT_H_S: to16(fpu.Unbox32, fpu.F32ToF16), isa.FCVT_H_D: to16(bits64, fpu.F64ToF16),

		isa.FROUND_D: rounded(fpu.Round64), isa.FROUNDNX_D: rounded(fpu.RoundNX64),
		isa.FROUND_S: to32(fpu.Unbox32, fpu.Round32), isa.FROUNDNX_S: to32(fpu.Unbox32, fpu.RoundNX32),
		isa.FCVTMOD_W_D: plain(func(a, _ uint64) (uint64, fpu.Flags) { return fpu.CvtModW(a) }),

		isa.FCLASS_S: move(false, func(a uint64) uint64 { return fpu.Class32(fpu.Unbox32(a)) }),
		isa.FCLASS_D: move(false, fpu.Class64),
		isa.FMV_X_W:  move(false, func(a uint64) uint64 { return sext(uint32(a)) }),
		isa.FMV_X_D:  move(false, bits64),
		isa.FMV_X_H:  move(false, func(a uint64) uint64 { return uint64(int64(int16(a))) }),
		isa.FMV_W_X:  move(true, box32),
		isa.FMV_D_X:  move(true, bits64),
		isa.FMV_H_X:  move(true, box16),
		isa.FLI_S:    constant(func(i int64) uint64 { return fpu.Box32(fpu.Li32[i&31]) }),
		isa.FLI_D:    constant(func(i int64) uint64 { return fpu.Li64[i&31] }),
	})
}
