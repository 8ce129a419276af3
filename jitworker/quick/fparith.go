package quick

import (
	. "github.com/hartwood-vm/hartwood/jitworker/amd64"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// floatRow says how a floating-point instruction is compiled. compile is nil where
// there is no native code, and returns false, having emitted nothing, if there is
// none for these operands.
type floatRow struct {
	compile func(c *Compiler, u interp.Uop) bool
	single  bool // the result is a single
}

// floatRows has the instructions that have native code.
var floatRows = [isa.NumOps]floatRow{
	isa.FADD_D: {arith(FADD, F64), false}, isa.FADD_S: {arith(FADD, F32), true},
	isa.FSUB_D: {arith(FSUB, F64), false}, isa.FSUB_S: {arith(FSUB, F32), true},
	isa.FMUL_D: {arith(FMUL, F64), false}, isa.FMUL_S: {arith(FMUL, F32), true},
	isa.FDIV_D: {arith(FDIV, F64), false}, isa.FDIV_S: {arith(FDIV, F32), true},
	isa.FSQRT_D: {root(F64), false}, isa.FSQRT_S: {root(F32), true},

	isa.FMADD_D: {fused(FMADD, F64), false}, isa.FMADD_S: {fused(FMADD, F32), true},
	isa.FMSUB_D: {fused(FMSUB, F64), false}, isa.FMSUB_S: {fused(FMSUB, F32), true},
	isa.FNMSUB_D: {fused(FNMADD, F64), false}, isa.FNMSUB_S: {fused(FNMADD, F32), true}, // -(x × y) + z
	isa.FNMADD_D: {fused(FNMSUB, F64), false}, isa.FNMADD_S: {fused(FNMSUB, F32), true}, // -(x × y) - z

	isa.FMIN_D: {extreme(FMIN, F64), false}, isa.FMIN_S: {extreme(FMIN, F32), true},
	isa.FMAX_D: {extreme(FMAX, F64), false}, isa.FMAX_S: {extreme(FMAX, F32), true},
	isa.FMINM_D: {extreme(FMIN, F64), false}, isa.FMINM_S: {extreme(FMIN, F32), true},
	isa.FMAXM_D: {extreme(FMAX, F64), false}, isa.FMAXM_S: {extreme(FMAX, F32), true},

	isa.FEQ_D: {equal(F64), false}, isa.FEQ_S: {equal(F32), false},
	isa.FLT_D: {less(F64, true, A), false}, isa.FLT_S: {less(F32, true, A), false},
	isa.FLE_D: {less(F64, true, AE), false}, isa.FLE_S: {less(F32, true, AE), false},
	isa.FLTQ_D: {less(F64, false, A), false}, isa.FLTQ_S: {less(F32, false, A), false},
	isa.FLEQ_D: {less(F64, false, AE), false}, isa.FLEQ_S: {less(F32, false, AE), false},

	isa.FSGNJ_D: {sign(F64, copySign), false}, isa.FSGNJ_S: {sign(F32, copySign), true},
	isa.FSGNJN_D: {sign(F64, otherSign), false}, isa.FSGNJN_S: {sign(F32, otherSign), true},
	isa.FSGNJX_D: {sign(F64, xorSign), false}, isa.FSGNJX_S: {sign(F32, xorSign), true},

	isa.FCVT_W_D: {toInt(F64, 4), false}, isa.FCVT_WU_D: {toUint(F64, 4), false},
	isa.FCVT_L_D: {toInt(F64, 8), false}, isa.FCVT_LU_D: {toUint(F64, 8), false},
	isa.FCVT_W_S: {toInt(F32, 4), false}, isa.FCVT_WU_S: {toUint(F32, 4), false},
	isa.FCVT_L_S: {toInt(F32, 8), false}, isa.FCVT_LU_S: {toUint(F32, 8), false},
	isa.FCVT_D_W: {fromInt(F64, 4, true), false}, isa.FCVT_D_WU: {fromInt(F64, 4, false), false},
	isa.FCVT_D_L: {fromInt(F64, 8, true), false}, isa.FCVT_D_LU: {fromInt(F64, 8, false), false},
	isa.FCVT_S_W: {fromInt(F32, 4, true), true}, isa.FCVT_S_WU: {fromInt(F32, 4, false), true},
	isa.FCVT_S_L: {fromInt(F32, 8, true), true}, isa.FCVT_S_LU: {fromInt(F32, 8, false), true},
	isa.FCVT_D_S: {widen, false}, isa.FCVT_S_D: {narrow, true},

	isa.FLD: {loadDouble, false}, isa.FLW: {loadSingle, true},
	isa.FSD: {storeFloat(F64), false}, isa.FSW: {storeFloat(F32), false},
	isa.FMV_X_D: {bitsOfDouble, false}, isa.FMV_X_W: {bitsOfSingle, false},
	isa.FMV_D_X: {doubleOfBits, false}, isa.FMV_W_X: {singleOfBits, true},
	isa.FLI_D: {constant(F64), false}, isa.FLI_S: {constant(F32), true},
}

// arith compiles rd = rs1 op rs2. A NaN has raised the right flags here: the host
// raises invalid for signalling operands and for results that do not exist.
func arith(op Fop, f Float) func(*Compiler, interp.Uop) bool {
	return func(c *Compiler, u interp.Uop) bool {
		need, ok := rounding(u, false)
		if !ok {
			return false
		}
		c.ready(need | hart.FloatClean)
		if f == F32 {
			c.single(u.Rs1, u.Rs2)
		}
		x, y := u.Rs1, u.Rs2
		d := c.dstX(u.Rd, XMM0)
		if d == xpin(y) && d != xpin(x) {
			if op == FADD || op == FMUL {
				x, y = y, x
			} else {
				d = XMM0
			}
		}
		c.loadX(d, x)
		c.fop(op, f, d, y)
		c.canonical(f, d)
		c.putX(u.Rd, d)
		return true
	}
}

// root compiles square roots.
func root(f Float) func(*Compiler, interp.Uop) bool {
	return func(c *Compiler, u interp.Uop) bool {
		need, ok := rounding(u, false)
		if !ok {
			return false
		}
		c.ready(need | hart.FloatClean)
		if f == F32 {
			c.single(u.Rs1)
		}
		d := c.dstX(u.Rd, XMM0)
		c.loadX(d, u.Rs1)
		c.FopXX(FSQRT, f, d, d)
		c.canonical(f, d)
		c.putX(u.Rd, d)
		return true
	}
}

// fused compiles rd = ±(rs1 × rs2) ± rs3. A NaN is the interpreter's: the host does
// not raise invalid for infinity times zero plus a quiet NaN. What it has raised is
// right, and rd is not written yet.
func fused(op Fma, f Float) func(*Compiler, interp.Uop) bool {
	return func(c *Compiler, u interp.Uop) bool {
		need, ok := rounding(u, false)
		if !ok || !c.host.FMA {
			return false
		}
		c.ready(need | hart.FloatClean)
		if f == F32 {
			c.single(u.Rs1, u.Rs2, u.Rs3)
		}
		resume := c.NewLabel()
		slow := c.slowCase(resume)
		d := c.dstX(u.Rd, XMM0)
		if u.Rd == u.Rs1 || u.Rd == u.Rs2 || u.Rd == u.Rs3 {
			d = XMM0
		}
		c.loadX(d, u.Rs3)
		x := c.getX(u.Rs1, XMM1)
		if y := xpin(u.Rs2); y != NoXmm {
			c.FmaXXX(op, f, d, x, y)
		} else {
			c.FmaXXM(op, f, d, x, cell(u.Rs2))
		}
		c.UcomisXX(f, d, d)
		c.Jcc(P, slow)
		c.putX(u.Rd, d)
		c.Bind(resume)
		return true
	}
}

// extreme compiles minima and maxima; NaNs are the interpreter's. The host gives the
// second operand if both are zeros: both ways round, the signs are merged.
func extreme(op Fop, f Float) func(*Compiler, interp.Uop) bool {
	merge := VOR
	if op == FMAX {
		merge = VAND
	}
	return func(c *Compiler, u interp.Uop) bool {
		c.ready(hart.FloatClean)
		if f == F32 {
			c.single(u.Rs1, u.Rs2)
		}
		resume := c.NewLabel()
		slow := c.slowCase(resume)
		c.loadX(XMM0, u.Rs1)
		y := c.getX(u.Rs2, XMM1)
		c.UcomisXX(f, XMM0, y)
		c.Jcc(P, slow)
		c.MovXX(XMM2, y)
		c.FopXX(op, f, XMM2, XMM0)
		c.FopXX(op, f, XMM0, y)
		c.VopXX(merge, XMM0, XMM2)
		c.putX(u.Rd, XMM0)
		c.Bind(resume)
		return true
	}
}

// equal compiles the quiet comparison for equality.
func equal(f Float) func(*Compiler, interp.Uop) bool {
	return func(c *Compiler, u interp.Uop) bool {
		c.ready(hart.FloatClean)
		if f == F32 {
			c.single(u.Rs1, u.Rs2)
		}
		x := c.getX(u.Rs1, XMM0)
		c.MovRI(RAX, 0)
		c.MovRI(RCX, 0)
		c.comis(f, false, x, u.Rs2)
		c.Setcc(NP, RAX)
		c.CmovRR(NE, RAX, RCX)
		c.put(u.Rd, RAX)
		return true
	}
}

// less compiles rs1 < rs2 and rs1 <= rs2 as rs2 cond rs1, which is false for NaNs.
func less(f Float, signals bool, cond Cond) func(*Compiler, interp.Uop) bool {
	return func(c *Compiler, u interp.Uop) bool {
		c.ready(hart.FloatClean)
		if f == F32 {
			c.single(u.Rs1, u.Rs2)
		}
		y := c.getX(u.Rs2, XMM0)
		c.MovRI(RAX, 0)
		c.comis(f, signals, y, u.Rs1)
		c.Setcc(cond, RAX)
		c.put(u.Rd, RAX)
		return true
	}
}
