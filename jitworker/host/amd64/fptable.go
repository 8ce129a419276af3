package amd64

import (
	"github.com/hartwood-vm/hartwood/jitworker/host/amd64/x86"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// floatRow says how a floating-point instruction is compiled. compile is nil if it
// is left to the interpreter.
type floatRow struct {
	compile func(c *Compiler, u *code.Uop)
	need    func(c *Compiler, u *code.Uop) (need uint8, ok bool) // see needs
	result  result
}

// result is what an instruction leaves in its f register, if in any.
type result uint8

const (
	whole  result = iota // no narrow number
	single               // a single in its box
	half                 // a half in its box, which is a single's too
)

// floatRows has the instructions that have native code.
var floatRows = [isa.NumOps]floatRow{
	isa.FADD_D: {arith(x86.FADD, x86.F64), rounds, whole}, isa.FADD_S: {arith(x86.FADD, x86.F32), rounds, single},
	isa.FSUB_D: {arith(x86.FSUB, x86.F64), rounds, whole}, isa.FSUB_S: {arith(x86.FSUB, x86.F32), rounds, single},
	isa.FMUL_D: {arith(x86.FMUL, x86.F64), rounds, whole}, isa.FMUL_S: {arith(x86.FMUL, x86.F32), rounds, single},
	isa.FDIV_D: {arith(x86.FDIV, x86.F64), rounds, whole}, isa.FDIV_S: {arith(x86.FDIV, x86.F32), rounds, single},
	isa.FSQRT_D: {root(x86.F64), rounds, whole}, isa.FSQRT_S: {root(x86.F32), rounds, single},

	isa.FMADD_D: {fused(x86.FMADD, x86.F64), fuses, whole}, isa.FMADD_S: {fused(x86.FMADD, x86.F32), fuses, single},
	isa.FMSUB_D: {fused(x86.FMSUB, x86.F64), fuses, whole}, isa.FMSUB_S: {fused(x86.FMSUB, x86.F32), fuses, single},
	isa.FNMSUB_D: {fused(x86.FNMADD, x86.F64), fuses, whole},  // -(x × y) + z
	isa.FNMSUB_S: {fused(x86.FNMADD, x86.F32), fuses, single}, // -(x × y) + z
	isa.FNMADD_D: {fused(x86.FNMSUB, x86.F64), fuses, whole},  // -(x × y) - z
	isa.FNMADD_S: {fused(x86.FNMSUB, x86.F32), fuses, single}, // -(x × y) - z

	isa.FMIN_D: {extreme(x86.FMIN, x86.F64), changes, whole}, isa.FMIN_S: {extreme(x86.FMIN, x86.F32), changes, single},
	isa.FMAX_D: {extreme(x86.FMAX, x86.F64), changes, whole}, isa.FMAX_S: {extreme(x86.FMAX, x86.F32), changes, single},
	isa.FMINM_D: {extreme(x86.FMIN, x86.F64), changes, whole}, isa.FMINM_S: {extreme(x86.FMIN, x86.F32), changes, single},
	isa.FMAXM_D: {extreme(x86.FMAX, x86.F64), changes, whole}, isa.FMAXM_S: {extreme(x86.FMAX, x86.F32), changes, single},

	isa.FEQ_D: {equal(x86.F64), changes, whole}, isa.FEQ_S: {equal(x86.F32), changes, whole},
	isa.FLT_D: {less(x86.F64, true, x86.A), changes, whole}, isa.FLT_S: {less(x86.F32, true, x86.A), changes, whole},
	isa.FLE_D: {less(x86.F64, true, x86.AE), changes, whole}, isa.FLE_S: {less(x86.F32, true, x86.AE), changes, whole},
	isa.FLTQ_D: {less(x86.F64, false, x86.A), changes, whole}, isa.FLTQ_S: {less(x86.F32, false, x86.A), changes, whole},
	isa.FLEQ_D: {less(x86.F64, false, x86.AE), changes, whole}, isa.FLEQ_S: {less(x86.F32, false, x86.AE), changes, whole},

	isa.FSGNJ_D: {sign(x86.F64, copySign), changes, whole}, isa.FSGNJ_S: {sign(x86.F32, copySign), changes, single},
	isa.FSGNJN_D: {sign(x86.F64, otherSign), changes, whole}, isa.FSGNJN_S: {sign(x86.F32, otherSign), changes, single},
	isa.FSGNJX_D: {sign(x86.F64, xorSign), changes, whole}, isa.FSGNJX_S: {sign(x86.F32, xorSign), changes, single},

	isa.FCVT_W_D: {toInt(x86.F64, 4), truncates, whole}, isa.FCVT_WU_D: {toUint(x86.F64, 4), truncates, whole},
	isa.FCVT_L_D: {toInt(x86.F64, 8), truncates, whole}, isa.FCVT_LU_D: {toUint(x86.F64, 8), truncates, whole},
	isa.FCVT_W_S: {toInt(x86.F32, 4), truncates, whole}, isa.FCVT_WU_S: {toUint(x86.F32, 4), truncates, whole},
	isa.FCVT_L_S: {toInt(x86.F32, 8), truncates, whole}, isa.FCVT_LU_S: {toUint(x86.F32, 8), truncates, whole},
	isa.FCVT_D_W: {fromInt(x86.F64, 4, true), exact, whole}, isa.FCVT_D_WU: {fromInt(x86.F64, 4, false), exact, whole},
	isa.FCVT_D_L:  {fromInt(x86.F64, 8, true), mostlyExact, whole},
	isa.FCVT_D_LU: {fromInt(x86.F64, 8, false), mostlyExact, whole},
	isa.FCVT_S_W:  {fromInt(x86.F32, 4, true), rounds, single}, isa.FCVT_S_WU: {fromInt(x86.F32, 4, false), rounds, single},
	isa.FCVT_S_L: {fromInt(x86.F32, 8, true), rounds, single}, isa.FCVT_S_LU: {fromInt(x86.F32, 8, false), rounds, single},
	isa.FROUND_D:   {roundInt(x86.F64, x86.RoundQuiet), roundsHere, whole},
	isa.FROUND_S:   {roundInt(x86.F32, x86.RoundQuiet), roundsHere, single},
	isa.FROUNDNX_D: {roundInt(x86.F64, 0), roundsHere, whole}, isa.FROUNDNX_S: {roundInt(x86.F32, 0), roundsHere, single},
	isa.FCVT_D_S: {widen, exact, whole}, isa.FCVT_S_D: {narrow, rounds, single},

	isa.FCLASS_D: {classify(wideClass), reads, whole}, isa.FCLASS_S: {classify(singleClass), reads, whole},

	isa.FLD: {loadDouble, changes, whole}, isa.FLW: {loadSingle, changes, single},
	isa.FSD: {storeFloat(x86.F64), reads, whole}, isa.FSW: {storeFloat(x86.F32), reads, whole},
	isa.FMV_X_D: {bitsOfDouble, reads, whole}, isa.FMV_X_W: {bitsOfSingle, reads, whole},
	isa.FMV_D_X: {doubleOfBits, changes, whole}, isa.FMV_W_X: {singleOfBits, changes, single},
	isa.FLI_D: {constant(x86.F64), changes, whole}, isa.FLI_S: {constant(x86.F32), changes, single},

	isa.FADD_H: {arithHalf(x86.FADD), widens(rounds), half}, isa.FSUB_H: {arithHalf(x86.FSUB), widens(rounds), half},
	isa.FMUL_H: {arithHalf(x86.FMUL), widens(rounds), half}, isa.FDIV_H: {arithHalf(x86.FDIV), widens(rounds), half},
	isa.FSQRT_H:  {rootHalf, widens(rounds), half},
	isa.FMADD_H:  {fusedHalf(false, x86.FADD), widens(rounds), half},
	isa.FMSUB_H:  {fusedHalf(false, x86.FSUB), widens(rounds), half},
	isa.FNMSUB_H: {fusedHalf(true, x86.FADD), widens(rounds), half},
	isa.FNMADD_H: {fusedHalf(true, x86.FSUB), widens(rounds), half},
	isa.FMIN_H:   {extremeHalf(x86.FMIN), widens(changes), half}, isa.FMAX_H: {extremeHalf(x86.FMAX), widens(changes), half},
	isa.FMINM_H: {extremeHalf(x86.FMIN), widens(changes), half}, isa.FMAXM_H: {extremeHalf(x86.FMAX), widens(changes), half},
	isa.FEQ_H: {equalHalf, widens(changes), whole},
	isa.FLT_H: {lessHalf(true, x86.A), widens(changes), whole}, isa.FLE_H: {lessHalf(true, x86.AE), widens(changes), whole},
	isa.FLTQ_H:  {lessHalf(false, x86.A), widens(changes), whole},
	isa.FLEQ_H:  {lessHalf(false, x86.AE), widens(changes), whole},
	isa.FSGNJ_H: {signHalf(copySign), changes, half}, isa.FSGNJN_H: {signHalf(otherSign), changes, half},
	isa.FSGNJX_H: {signHalf(xorSign), changes, half},
	isa.FCVT_W_H: {intOfHalf(4), widens(truncates), whole}, isa.FCVT_WU_H: {uintOfHalf(4), widens(truncates), whole},
	isa.FCVT_L_H: {intOfHalf(8), widens(truncates), whole}, isa.FCVT_LU_H: {uintOfHalf(8), widens(truncates), whole},
	isa.FCVT_H_W: {halfOfInt(4, true), widens(narrows), half}, isa.FCVT_H_WU: {halfOfInt(4, false), widens(narrows), half},
	isa.FCVT_H_L: {halfOfInt(8, true), widens(narrows), half}, isa.FCVT_H_LU: {halfOfInt(8, false), widens(narrows), half},
	isa.FCVT_S_H: {singleOfHalf, widens(exact), single}, isa.FCVT_D_H: {doubleOfHalf, widens(exact), whole},
	isa.FCVT_H_S: {halfOfSingle, widens(narrows), half}, isa.FCVT_H_D: {halfOfDouble, widens(rounds), half},
	isa.FROUND_H:   {roundHalf(x86.RoundQuiet), widens(roundsHere), half},
	isa.FROUNDNX_H: {roundHalf(0), widens(roundsHere), half},
	isa.FCLASS_H:   {classify(halfClass), reads, whole},
	isa.FLH:        {loadHalf, changes, half}, isa.FSH: {storeHalf, reads, whole},
	isa.FMV_X_H: {bitsOfHalf, reads, whole}, isa.FMV_H_X: {halfOfBits, changes, half},
	isa.FLI_H: {constantHalf, changes, half},
}

// Values of the rm field.
const (
	toNearest = 0
	toZero    = 1
	toLower   = 2
	toUpper   = 3
	toLarger  = 4 // the last that is not reserved: to nearest, ties to larger magnitude
	dynamic   = 7 // as frm says
)

// reads is for instructions that change no floating-point state.
func reads(*Compiler, *code.Uop) (need uint8, ok bool) { return 0, true }

// changes is for those that do, but do not round.
func changes(*Compiler, *code.Uop) (need uint8, ok bool) { return hart.FloatClean, true }

// rounds is for those that round: as frm says, or to nearest if that is frm too.
func rounds(_ *Compiler, u *code.Uop) (need uint8, ok bool) {
	switch u.Rounding() {
	case dynamic:
		return hart.FloatClean | hart.FloatForeign, true
	case toNearest:
		return hart.FloatClean | hart.FloatRounds, true
	}
	return 0, false
}

// fuses is rounds for instructions that the host may not have.
func fuses(c *Compiler, u *code.Uop) (need uint8, ok bool) {
	if !c.host.FMA {
		return 0, false
	}
	return rounds(c, u)
}

// widens is for instructions that need conversions between halves and singles.
func widens(need func(*Compiler, *code.Uop) (uint8, bool)) func(*Compiler, *code.Uop) (uint8, bool) {
	return func(c *Compiler, u *code.Uop) (uint8, bool) {
		if !c.host.Halves {
			return 0, false
		}
		return need(c, u)
	}
}

// narrows is for roundings to halves, whose mode the host's conversion has as an operand.
func narrows(_ *Compiler, u *code.Uop) (need uint8, ok bool) {
	if u.Rounding() == dynamic {
		return hart.FloatClean | hart.FloatForeign, true
	}
	return hart.FloatClean, u.Rounding() < toLarger
}

// exact is for instructions that have a rounding mode, any legal one, and no use
// for it.
func exact(_ *Compiler, u *code.Uop) (need uint8, ok bool) {
	if u.Rounding() == dynamic {
		return hart.FloatClean | hart.FloatForeign, true
	}
	return hart.FloatClean, u.Rounding() <= toLarger
}

// mostlyExact is for conversions that round large integers only: those are the
// interpreter's if the mode is not the host's.
func mostlyExact(c *Compiler, u *code.Uop) (need uint8, ok bool) {
	if need, ok := rounds(c, u); ok {
		return need, true
	}
	return exact(c, u)
}

// truncates is rounds for conversions to integers, of which the host has a form that
// rounds to zero; to lower and upper integers it rounds first.
func truncates(c *Compiler, u *code.Uop) (need uint8, ok bool) {
	if u.Rounding() == toZero || (u.Rounding() == toLower || u.Rounding() == toUpper) && c.host.Rounds {
		return hart.FloatClean, true
	}
	return rounds(c, u)
}

// roundsHere is for the rounding instructions, whose mode the host's have as an operand.
func roundsHere(c *Compiler, u *code.Uop) (need uint8, ok bool) {
	if u.Rounding() == dynamic {
		return hart.FloatClean | hart.FloatForeign, c.host.Rounds
	}
	return hart.FloatClean, c.host.Rounds && u.Rounding() < toLarger
}
