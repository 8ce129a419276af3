package amd64

import (
	"github.com/hartwood-vm/hartwood/jitworker/host/amd64/x86"
	"github.com/hartwood-vm/hartwood/jitworker/plan"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// floats is what the compiler knows about floating point at the current
// micro-operation, whichever way it has been reached.
type floats struct {
	// tested are the bits of hart.Float.Mode that are known to be clear. When code
	// goes on behind a micro-operation of the interpreter's the registers are cold
	// again: then it passes the routine Warm first.
	tested uint8
	// boxed has a bit for each f register that is known to hold a single, halves for each
	// that is known to hold a half.
	boxed, halves uint32
	// rough has one for each that may hold a double to be looked at (region.MakesRough).
	rough uint32
}

// isFloat reports whether op is an instruction of F, D, Zfh or Zfa.
func isFloat(op isa.Op) bool {
	switch op.Row().Class {
	case isa.ClassFP, isa.ClassFPLoad, isa.ClassFPStore:
		return true
	}
	return false
}

// float compiles a floating-point instruction.
func (c *Compiler) float(u *code.Uop) {
	row := &floatRows[u.Op]
	need, ok := row.needs(c, u)
	if ok {
		c.ready(need)
		c.smoothOperands(u)
		row.compile(c, u)
	} else {
		c.interpret()
	}
	if c.inside != nil {
		c.floats.rough = c.inside.AfterRough(u, c.floats.rough) & c.inside.rough
	}
	if n := u.Rd - hart.F; n < 32 {
		c.floats.boxed &^= 1 << n
		c.floats.halves &^= 1 << n
		if ok && row.result != whole {
			c.floats.boxed |= 1 << n
		}
		if ok && row.result == half {
			c.floats.halves |= 1 << n
		}
	}
}

// needs returns the bits of hart.Float.Mode that must be clear for native code to
// execute u; false if there is none.
func (r *floatRow) needs(c *Compiler, u *code.Uop) (need uint8, ok bool) {
	if r.compile == nil {
		return 0, false
	}
	return r.need(c, u)
}

// ready makes sure that native code may execute the current micro-operation: none
// of the reasons in need not to is there, FS is not Off and the registers are
// loaded. Otherwise the interpreter executes the rest of the block, but for
// hart.FloatClean alone: then FS becomes Dirty, unless u may raise an exception.
// RDX may change.
//
// The block's first test is for all that follows, up to a change of frm: mostly one a
// block is enough.
func (c *Compiler) ready(need uint8) {
	if c.floats.tested == 0 {
		need |= hart.FloatCold | hart.FloatOff | c.modes()
	}
	todo := need &^ c.floats.tested
	if todo == 0 {
		return
	}
	if todo&(hart.FloatRounds|hart.FloatForeign) != 0 {
		todo |= c.modes() &^ c.floats.tested
	}
	c.floats.tested |= todo
	why, done := c.NewLabel(), c.NewLabel()
	c.TestMI8(x86.At(rState, offMode), todo)
	c.Jcc(x86.NE, why)
	c.Bind(done)
	c.asideFunc(func() {
		c.Bind(why)
		c.notReady(todo, done)
	})
}

// modes returns the rounding modes that the rest of the block relies on, as far as
// frm stays.
func (c *Compiler) modes() (need uint8) {
	rest := c.plan.Uops()[c.index:]
	for i := range rest {
		u := &rest[i]
		if plan.WritesRounding(u) {
			break
		}
		if isFloat(u.Op) {
			n, _ := floatRows[u.Op].needs(c, u)
			need |= n & (hart.FloatRounds | hart.FloatForeign)
		}
	}
	return need
}

// notReady looks which of the bits in why is set, and goes on at done if it can.
func (c *Compiler) notReady(why uint8, done x86.Label) {
	mode := x86.At(rState, offMode)
	fatal := why &^ (hart.FloatCold | hart.FloatClean)
	if op := c.plan.Uops()[c.index].Op; op == isa.FLD || op == isa.FLW || op == isa.FLH {
		fatal |= why & hart.FloatClean
	}
	if fatal != 0 {
		good := c.NewLabel()
		c.TestMI8(mode, fatal)
		c.Jcc(x86.E, good)
		c.leaveOp(code.NativeRest, c.index)
		c.Bind(good)
	}
	if why&^fatal&hart.FloatClean != 0 {
		c.AluMI(x86.OR, x86.At(rState, offStatus), hart.FSDirty)
		c.AluMI32(x86.AND, mode, ^hart.FloatClean)
	}
	if why&hart.FloatCold != 0 {
		c.TestMI8(mode, hart.FloatCold)
		c.Jcc(x86.E, done)
		c.LeaLabel(x86.RDX, done)
		c.JmpM(x86.At(rState, offWarm))
		return
	}
	c.Jmp(done)
}

// warm reports whether code relies on the f registers being loaded.
func (c *Compiler) warm() bool { return c.floats.tested&hart.FloatCold != 0 }

// single makes sure that the f registers in slots hold singles; the interpreter
// executes the rest of the block otherwise. RAX is used.
func (c *Compiler) single(slots ...uint8) {
	var rest x86.Label
	asked := false
	for _, s := range slots {
		if c.floats.boxed>>(s-hart.F)&1 != 0 {
			continue
		}
		c.floats.boxed |= 1 << (s - hart.F)
		if !asked {
			rest, asked = c.interpretRest(), true
		}
		if x := c.xpin(s); x != x86.NoXmm {
			c.MovRX(x86.F64, x86.RAX, x)
			c.ShiftRI(x86.SHR, x86.RAX, 32)
			c.AluRI32(x86.CMP, x86.RAX, -1)
		} else {
			c.AluMI32(x86.CMP, x86.At(rState, cell(s).Disp+4), -1)
		}
		c.Jcc(x86.NE, rest)
	}
}

// canonicalNaN has the canonical NaN of each format, the single boxed.
var canonicalNaN = [...]int64{x86.F32: -1<<32 | 0x7fc0_0000, x86.F64: 0x7ff8 << 48}

// canonical makes a result in x that is a NaN the canonical one. RAX is used.
func (c *Compiler) canonical(f x86.Float, x x86.Xmm) { c.canonicalBy(x86.RAX, f, x) }

// canonicalBy is canonical with a scratch register.
func (c *Compiler) canonicalBy(scratch x86.Reg, f x86.Float, x x86.Xmm) {
	nan, done := c.NewLabel(), c.NewLabel()
	c.UcomisXX(f, x, x)
	c.Jcc(x86.P, nan)
	c.Bind(done)
	c.asideFunc(func() {
		c.Bind(nan)
		c.MovRI(scratch, canonicalNaN[f])
		c.MovXR(x86.F64, x, scratch)
		c.Jmp(done)
	})
}
