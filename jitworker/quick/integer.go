package quick

import (
	"math"

	. "github.com/hartwood-vm/hartwood/jitworker/amd64"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
)

func (c *Compiler) constant(u *interp.Uop) {
	if pin(u.Rd) == NoReg && u.Imm >= math.MinInt32 && u.Imm <= math.MaxInt32 {
		c.MovMI(cell(u.Rd), int32(u.Imm))
		return
	}
	d := c.dst(u.Rd, RAX)
	c.MovRI(d, u.Imm)
	c.put(u.Rd, d)
}

func (c *Compiler) pcConstant(u *interp.Uop) {
	d := c.dst(u.Rd, RAX)
	c.pcAt(d, u.Imm)
	c.put(u.Rd, d)
}

func (c *Compiler) move(u *interp.Uop) {
	d := c.dst(u.Rd, RAX)
	c.load64(d, u.Rs1)
	c.put(u.Rd, d)
}

func (c *Compiler) zextW(u *interp.Uop) {
	d := c.dst(u.Rd, RAX)
	if s := pin(u.Rs1); s != NoReg {
		c.MovRR32(d, s) // clears the upper half, of the same register too
	} else {
		c.MovRM32(d, cell(u.Rs1))
	}
	c.put(u.Rd, d)
}

// binary compiles rd = rs1 op rs2.
func binary(op Alu) lowering {
	commutes := op != SUB
	return func(c *Compiler, u *interp.Uop) {
		x, y := u.Rs1, u.Rs2
		if y == u.Rd && commutes {
			x, y = y, x
		}
		if x == u.Rd && pin(x) == NoReg {
			c.AluMR(op, cell(x), c.get(y, RAX))
			return
		}
		d := c.dst(u.Rd, RAX)
		if d == pin(y) && d != pin(x) {
			d = RAX
		}
		if op == ADD && d != pin(x) && pin(x) != NoReg && pin(y) != NoReg {
			c.Lea(d, Indexed(pin(x), pin(y), 0))
		} else {
			c.load64(d, x)
			c.alu(op, d, y)
		}
		c.put(u.Rd, d)
	}
}

// binaryNot compiles rd = rs1 op ^rs2.
func binaryNot(op Alu) lowering {
	return func(c *Compiler, u *interp.Uop) {
		c.load64(RAX, u.Rs2)
		c.UnaryR(NOT, RAX)
		c.alu(op, RAX, u.Rs1)
		c.put(u.Rd, RAX)
	}
}

// binaryImm compiles rd = rs1 op imm.
func binaryImm(op Alu) lowering {
	return func(c *Compiler, u *interp.Uop) {
		if u.Rs1 == u.Rd && pin(u.Rd) == NoReg {
			c.AluMI(op, cell(u.Rd), int32(u.Imm))
			return
		}
		d := c.dst(u.Rd, RAX)
		c.load64(d, u.Rs1)
		c.AluRI(op, d, int32(u.Imm))
		c.put(u.Rd, d)
	}
}

func (c *Compiler) addImm(u *interp.Uop) {
	if c.sumInLoad(u) {
		return
	}
	d, s := c.dst(u.Rd, RAX), pin(u.Rs1)
	switch {
	case s != NoReg && s != d:
		c.Lea(d, At(s, int32(u.Imm)))
	case s == NoReg && u.Rs1 == u.Rd:
		c.AluMI(ADD, cell(u.Rd), int32(u.Imm))
		return
	default:
		c.load64(d, u.Rs1)
		c.AluRI(ADD, d, int32(u.Imm))
	}
	c.put(u.Rd, d)
}

// shiftAdd compiles rd = rs1 << shift + rs2.
func shiftAdd(shift uint8) lowering {
	return func(c *Compiler, u *interp.Uop) { c.scaled(u, c.get(u.Rs1, RAX), shift) }
}

// shiftAddWord is shiftAdd of the lower half of rs1.
func shiftAddWord(shift uint8) lowering {
	return func(c *Compiler, u *interp.Uop) {
		c.load32(RAX, u.Rs1)
		c.scaled(u, RAX, shift)
	}
}

// scaled is rd = s << shift + rs2.
func (c *Compiler) scaled(u *interp.Uop, s Reg, shift uint8) {
	t := c.get(u.Rs2, RCX)
	d := c.dst(u.Rd, RAX)
	c.Lea(d, Scaled(t, s, shift, 0))
	c.put(u.Rd, d)
}

// putWord stores EAX, sign-extended.
func (c *Compiler) putWord(slot uint8) {
	d := c.dst(slot, RAX)
	c.MovsxRR(d, RAX, 4)
	c.put(slot, d)
}

// binaryWord compiles rd = rs1 op rs2 of 32 bits, sign-extended.
func binaryWord(op Alu) lowering {
	return func(c *Compiler, u *interp.Uop) {
		x, y := u.Rs1, u.Rs2
		if op == ADD && y == u.Rd {
			x, y = y, x
		}
		d := c.dst(u.Rd, RAX)
		if d == pin(y) {
			d = RAX
		}
		if op == ADD && d != pin(x) && pin(x) != NoReg && pin(y) != NoReg {
			c.Lea(d, Indexed(pin(x), pin(y), 0))
		} else {
			c.load32(d, x)
			c.alu32(op, d, y)
		}
		e := c.dst(u.Rd, RAX)
		c.MovsxRR(e, d, 4)
		c.put(u.Rd, e)
	}
}

func (c *Compiler) addImmWord(u *interp.Uop) {
	d := c.dst(u.Rd, RAX)
	if u.Imm == 0 {
		c.extend(d, u.Rs1, 4)
	} else {
		c.Lea(RAX, At(c.get(u.Rs1, RAX), int32(u.Imm)))
		c.MovsxRR(d, RAX, 4)
	}
	c.put(u.Rd, d)
}

// signExtend compiles rd = the low size bytes of rs1, sign-extended.
func signExtend(size int) lowering {
	return func(c *Compiler, u *interp.Uop) {
		d := c.dst(u.Rd, RAX)
		c.extend(d, u.Rs1, size)
		c.put(u.Rd, d)
	}
}

func (c *Compiler) zextH(u *interp.Uop) {
	d := c.dst(u.Rd, RAX)
	c.MovzxRR(d, c.get(u.Rs1, RAX), 2)
	c.put(u.Rd, d)
}

// set compiles rd = 1 if rs1 cond rs2, else 0.
func set(cond Cond) lowering {
	return func(c *Compiler, u *interp.Uop) {
		if y := pin(u.Rs2); y != NoReg && pin(u.Rs1) == NoReg {
			c.MovRI(RAX, 0)
			c.AluMR(CMP, cell(u.Rs1), y)
		} else {
			x := c.get(u.Rs1, RCX)
			c.MovRI(RAX, 0)
			c.alu(CMP, x, u.Rs2)
		}
		c.Setcc(cond, RAX)
		c.put(u.Rd, RAX)
	}
}

// setImm compiles rd = 1 if rs1 cond imm, else 0.
func setImm(cond Cond) lowering {
	return func(c *Compiler, u *interp.Uop) {
		c.MovRI(RAX, 0)
		if x := pin(u.Rs1); x != NoReg {
			c.AluRI(CMP, x, int32(u.Imm))
		} else {
			c.AluMI(CMP, cell(u.Rs1), int32(u.Imm))
		}
		c.Setcc(cond, RAX)
		c.put(u.Rd, RAX)
	}
}

// choose compiles rd = rs2 if rs1 cond rs2, else rs1.
func choose(cond Cond) lowering {
	return func(c *Compiler, u *interp.Uop) {
		c.load64(RAX, u.Rs1)
		y := c.get(u.Rs2, RCX)
		c.AluRR(CMP, RAX, y)
		c.CmovRR(cond, RAX, y)
		c.put(u.Rd, RAX)
	}
}

// zeroIf compiles rd = 0 if rs2 cond 0, else rs1.
func zeroIf(cond Cond) lowering {
	return func(c *Compiler, u *interp.Uop) {
		c.load64(RAX, u.Rs1)
		y := c.get(u.Rs2, RCX)
		c.MovRI(RDX, 0)
		c.TestRR(y, y)
		c.CmovRR(cond, RAX, RDX)
		c.put(u.Rd, RAX)
	}
}
