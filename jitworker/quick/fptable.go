package quick

import (
	. "github.com/hartwood-vm/hartwood/jitworker/amd64"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// floatRow says how a floating-point instruction is compiled. compile is nil if it
// is the interpreter's.
type floatRow struct {
	compile func(c *Compiler, u *interp.Uop)
	need    func(c *Compiler, u *interp.Uop) (need uint8, ok bool) // see demand
	single  bool                                                   // the result is a single
}

// floatRows has the instructions that have native code.
var floatRows = [isa.NumOps]floatRow{
	isa.FADD_D: {arith(FADD, F64), rounds, false}, isa.FADD_S: {arith(FADD, F32), rounds, true},
	isa.FSUB_D: {arith(FSUB, F64), rounds, false}, isa.FSUB_S: {arith(FSUB, F32), rounds, true},
	isa.FMUL_D: {arith(FMUL, F64), rounds, false}, isa.FMUL_S: {arith(FMUL, F32), rounds, true},
	isa.FDIV_D: {arith(FDIV, F64), rounds, false}, isa.FDIV_S: {arith(FDIV, F32), rounds, true},
	isa.FSQRT_D: {root(F64), rounds, false}, isa.FSQRT_S: {root(F32), rounds, true},

	isa.FMADD_D: {fused(FMADD, F64), fuses, false}, isa.FMADD_S: {fused(FMADD, F32), fuses, true},
	isa.FMSUB_D: {fused(FMSUB, F64), fuses, false}, isa.FMSUB_S: {fused(FMSUB, F32), fuses, true},
	isa.FNMSUB_D: {fused(FNMADD, F64), fuses, false}, isa.FNMSUB_S: {fused(FNMADD, F32), fuses, true}, // -(x × y) + z
	isa.FNMADD_D: {fused(FNMSUB, F64), fuses, false}, isa.FNMADD_S: {fused(FNMSUB, F32), fuses, true}, // -(x × y) - z

	isa.FMIN_D: {extreme(FMIN, F64), changes, false}, isa.FMIN_S: {extreme(FMIN, F32), changes, true},
	isa.FMAX_D: {extreme(FMAX, F64), changes, false}, isa.FMAX_S: {extreme(FMAX, F32), changes, true},
	isa.FMINM_D: {extreme(FMIN, F64), changes, false}, isa.FMINM_S: {extreme(FMIN, F32), changes, true},
	isa.FMAXM_D: {extreme(FMAX, F64), changes, false}, isa.FMAXM_S: {extreme(FMAX, F32), changes, true},

	isa.FEQ_D: {equal(F64), changes, false}, isa.FEQ_S: {equal(F32), changes, false},
	isa.FLT_D: {less(F64, true, A), changes, false}, isa.FLT_S: {less(F32, true, A), changes, false},
	isa.FLE_D: {less(F64, true, AE), changes, false}, isa.FLE_S: {less(F32, true, AE), changes, false},
	isa.FLTQ_D: {less(F64, false, A), changes, false}, isa.FLTQ_S: {less(F32, false, A), changes, false},
	isa.FLEQ_D: {less(F64, false, AE), changes, false}, isa.FLEQ_S: {less(F32, false, AE), changes, false},

	isa.FSGNJ_D: {sign(F64, copySign), changes, false}, isa.FSGNJ_S: {sign(F32, copySign), changes, true},
	isa.FSGNJN_D: {sign(F64, otherSign), changes, false}, isa.FSGNJN_S: {sign(F32, otherSign), changes, true},
	isa.FSGNJX_D: {sign(F64, xorSign), changes, false}, isa.FSGNJX_S: {sign(F32, xorSign), changes, true},

	isa.FCVT_W_D: {toInt(F64, 4), truncates, false}, isa.FCVT_WU_D: {toUint(F64, 4), truncates, false},
	isa.FCVT_L_D: {toInt(F64, 8), truncates, false}, isa.FCVT_LU_D: {toUint(F64, 8), truncates, false},
	isa.FCVT_W_S: {toInt(F32, 4), truncates, false}, isa.FCVT_WU_S: {toUint(F32, 4), truncates, false},
	isa.FCVT_L_S: {toInt(F32, 8), truncates, false}, isa.FCVT_LU_S: {toUint(F32, 8), truncates, false},
	isa.FCVT_D_W: {fromInt(F64, 4, true), exact, false}, isa.FCVT_D_WU: {fromInt(F64, 4, false), exact, false},
	isa.FCVT_D_L: {fromInt(F64, 8, true), mostlyExact, false}, isa.FCVT_D_LU: {fromInt(F64, 8, false), mostlyExact, false},
	isa.FCVT_S_W: {fromInt(F32, 4, true), rounds, true}, isa.FCVT_S_WU: {fromInt(F32, 4, false), rounds, true},
	isa.FCVT_S_L: {fromInt(F32, 8, true), rounds, true}, isa.FCVT_S_LU: {fromInt(F32, 8, false), rounds, true},
	isa.FROUND_D: {roundInt(F64, RoundQuiet), roundsHere, false}, isa.FROUND_S: {roundInt(F32, RoundQuiet), roundsHere, true},
	isa.FROUNDNX_D: {roundInt(F64, 0), roundsHere, false}, isa.FROUNDNX_S: {roundInt(F32, 0), roundsHere, true},
	isa.FCVT_D_S: {widen, exact, false}, isa.FCVT_S_D: {narrow, rounds, true},

	isa.FCLASS_D: {classify(F64), reads, false}, isa.FCLASS_S: {classify(F32), reads, false},

	isa.FLD: {loadDouble, changes, false}, isa.FLW: {loadSingle, changes, true},
	isa.FSD: {storeFloat(F64), reads, false}, isa.FSW: {storeFloat(F32), reads, false},
	isa.FMV_X_D: {bitsOfDouble, reads, false}, isa.FMV_X_W: {bitsOfSingle, reads, false},
	isa.FMV_D_X: {doubleOfBits, changes, false}, isa.FMV_W_X: {singleOfBits, changes, true},
	isa.FLI_D: {constant(F64), changes, false}, isa.FLI_S: {constant(F32), changes, true},
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
func reads(*Compiler, *interp.Uop) (need uint8, ok bool) { return 0, true }

// changes is for those that do, but do not round.
func changes(*Compiler, *interp.Uop) (need uint8, ok bool) { return hart.FloatClean, true }

// rounds is for those that round: as frm says, or to nearest if that is frm too.
func rounds(_ *Compiler, u *interp.Uop) (need uint8, ok bool) {
	switch u.Imm {
	case dynamic:
		return hart.FloatClean | hart.FloatForeign, true
	case toNearest:
		return hart.FloatClean | hart.FloatRounds, true
	}
	return 0, false
}

// fuses is rounds for instructions that the host may not have.
func fuses(c *Compiler, u *interp.Uop) (need uint8, ok bool) {
	if !c.host.FMA {
		return 0, false
	}
	return rounds(c, u)
}

// exact is for instructions that have a rounding mode, any legal one, and no use
// for it.
func exact(_ *Compiler, u *interp.Uop) (need uint8, ok bool) {
	if u.Imm == dynamic {
		return hart.FloatClean | hart.FloatForeign, true
	}
	return hart.FloatClean, u.Imm <= toLarger
}

// mostlyExact is for conversions that round large integers only: those are the
// interpreter's if the mode is not the host's.
func mostlyExact(c *Compiler, u *interp.Uop) (need uint8, ok bool) {
	if need, ok := rounds(c, u); ok {
		return need, true
	}
	return exact(c, u)
}

// truncates is rounds for conversions to integers, of which the host has a form that
// rounds to zero; to lower and upper integers it rounds first.
func truncates(c *Compiler, u *interp.Uop) (need uint8, ok bool) {
	if u.Imm == toZero || (u.Imm == toLower || u.Imm == toUpper) && c.host.Rounds {
		return hart.FloatClean, true
	}
	return rounds(c, u)
}

// roundsHere is for the rounding instructions, whose mode the host's have as an operand.
func roundsHere(c *Compiler, u *interp.Uop) (need uint8, ok bool) {
	if u.Imm == dynamic {
		return hart.FloatClean | hart.FloatForeign, c.host.Rounds
	}
	return hart.FloatClean, c.host.Rounds && u.Imm < toLarger
}
