package region

import (
	"slices"

	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// Results that are NaNs are to be the canonical one, and hosts make others. But what a sum, product, quotient
// or root makes of a NaN is a NaN whichever it was, and a comparison finds no difference, so within a region it
// is soon enough to look at a double where something else is done with it:
//
//	fld    fa1, 0(a0)       fa1 is as it was in memory
//	fmul.d fa0, fa1, fa2    fa0 is rough: not looked at
//	fadd.d fa0, fa0, fa3    nor here
//	flt.d  a1, fa0, fa4     nor here
//	fsd    fa0, 8(a0)       looked at ahead of the store; fa0 is rough no more
//
// Whoever leaves a region looks at what is rough there.

// MakesRough reports whether op leaves a rough double in rd.
func MakesRough(op isa.Op) bool {
	switch op {
	case isa.FADD_D, isa.FSUB_D, isa.FMUL_D, isa.FDIV_D, isa.FSQRT_D:
		return true
	}
	return false
}

// TakesRough reports whether op does the same with a rough double as with the canonical one. Others
// have their operands looked at first.
func TakesRough(op isa.Op) bool {
	switch op {
	case isa.FEQ_D, isa.FLT_D, isa.FLE_D, isa.FLTQ_D, isa.FLEQ_D,
		isa.FMADD_D, isa.FMSUB_D, isa.FNMADD_D, isa.FNMSUB_D: // a result that is a NaN is looked at there
		return true
	}
	return MakesRough(op)
}

// MovesRough reports whether u copies a double as it is.
func MovesRough(u *code.Uop) bool { return u.Op == isa.FSGNJ_D && u.Rs1 == u.Rs2 }

// AfterRough returns which f registers are rough behind u if those in set are ahead of it.
func (r *Region) AfterRough(u *code.Uop, set uint32) uint32 {
	info := code.Of(u.Op)
	moved := MovesRough(u) && set>>(u.Rs1-hart.F)&1 != 0
	if !TakesRough(u.Op) && !MovesRough(u) {
		for _, x := range []struct {
			file isa.RegFile
			slot uint8
		}{{info.Rs1, u.Rs1}, {info.Rs2, u.Rs2}, {info.Rs3, u.Rs3()}} {
			if x.file == isa.RegF {
				set &^= 1 << (x.slot - hart.F)
			}
		}
	}
	if info.Rd == isa.RegF {
		bit := uint32(1) << (u.Rd - hart.F)
		set &^= bit
		if MakesRough(u.Op) || moved {
			set |= bit
		}
	}
	return set &^ r.never
}

// MakesDouble reports whether rd is a double behind op that may be made the canonical NaN if it is another
// one: no bits from memory or from integer registers, and no single.
func MakesDouble(op isa.Op) bool {
	switch op {
	case isa.FMADD_D, isa.FMSUB_D, isa.FNMADD_D, isa.FNMSUB_D,
		isa.FCVT_D_W, isa.FCVT_D_WU, isa.FCVT_D_L, isa.FCVT_D_LU, isa.FCVT_D_S, isa.FMIN_D, isa.FMAX_D:
		return true
	}
	return MakesRough(op)
}

// Doubles says which f registers may be rough at a place, and which of all hold what MakesDouble means.
type Doubles struct{ rough, sure uint32 }

// findRough finds what is rough at the parts' beginnings. A register that is rough when it comes from one
// way, and from another may hold bits that are to stay as they are, could not be looked at. If the other way
// is the region's entry it is looked at there (Checked); else it is not left rough anywhere (never).
func findRough(r *Region) {
	n := len(r.Parts)
	r.Rough = slices.Grow(r.Rough[:0], n)[:n]
	r.Checked, r.never = 0, 0
	for {
		mixed := r.flowRough()
		switch {
		case mixed == 0:
			return
		case mixed&^r.Checked != 0:
			r.Checked |= mixed
		default:
			r.never |= mixed
		}
		r.Checked &^= r.never
	}
}

// flowRough sets Rough, and returns the registers that are rough where they may hold anything.
func (r *Region) flowRough() (mixed uint32) {
	clear(r.Rough)
	sure := make([]uint32, len(r.Parts))
	for i := range sure {
		sure[i] = ^uint32(0)
	}
	sure[0] = r.Checked
	for changed := true; changed; {
		changed = false
		for i := range r.Parts {
			d := Doubles{r.Rough[i], sure[i]}
			for j := range r.Parts[i].Uops() {
				u := &r.Parts[i].Uops()[j]
				d = r.doubles(u, d)
				if !code.Of(u.Op).Exits {
					continue
				}
				if to := r.Next(i, u.Link()); to >= 0 {
					changed = r.meet(to, d, sure) || changed
				}
			}
			for to := range r.Jumps(i) {
				changed = r.meet(to, d, sure) || changed
			}
		}
	}
	for i := range r.Parts {
		mixed |= r.Rough[i] &^ sure[i]
	}
	return mixed
}

// meet has what is so at a way's end be so at the part's beginning that it leads to, and reports whether that is new.
func (r *Region) meet(to int, d Doubles, sure []uint32) bool {
	if d.rough&^r.Rough[to] == 0 && sure[to]&^d.sure == 0 {
		return false
	}
	r.Rough[to] |= d.rough
	sure[to] &= d.sure
	return true
}

// doubles returns d behind u.
func (r *Region) doubles(u *code.Uop, d Doubles) Doubles {
	moved := MovesRough(u) && d.sure>>(u.Rs1-hart.F)&1 != 0
	d.rough = r.AfterRough(u, d.rough)
	if code.Of(u.Op).Rd == isa.RegF {
		bit := uint32(1) << (u.Rd - hart.F)
		d.sure &^= bit
		if MakesDouble(u.Op) || moved {
			d.sure |= bit
		}
	}
	return d
}
