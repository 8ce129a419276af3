package amd64

import (
	"math"

	"github.com/hartwood-vm/hartwood/jitworker/host/amd64/x86"
	"github.com/hartwood-vm/hartwood/vcpu/code"
)

func (c *Compiler) constant(u *code.Uop) {
	if c.pin(u.Rd) == x86.NoReg && u.Imm >= math.MinInt32 && u.Imm <= math.MaxInt32 {
		c.MovMI(cell(u.Rd), int32(u.Imm))
		return
	}
	d := c.dst(u.Rd, x86.RAX)
	c.MovRI(d, u.Imm)
	c.put(u.Rd, d)
}

func (c *Compiler) pcConstant(u *code.Uop) {
	d := c.dst(u.Rd, x86.RAX)
	c.pcAt(d, u.Imm)
	c.put(u.Rd, d)
}

func (c *Compiler) move(u *code.Uop) {
	d := c.dst(u.Rd, x86.RAX)
	c.load64(d, u.Rs1)
	c.put(u.Rd, d)
}

func (c *Compiler) zextW(u *code.Uop) {
	d := c.dst(u.Rd, x86.RAX)
	if s := c.pin(u.Rs1); s != x86.NoReg {
		c.MovRR32(d, s) // clears the upper half, of the same register too
	} else {
		c.MovRM32(d, cell(u.Rs1))
	}
	c.put(u.Rd, d)
}

// binary compiles rd = rs1 op rs2.
func binary(op x86.Alu) lowering {
	commutes := op != x86.SUB
	return func(c *Compiler, u *code.Uop) {
		x, y := u.Rs1, u.Rs2
		if y == u.Rd && commutes {
			x, y = y, x
		}
		if x == u.Rd && c.pin(x) == x86.NoReg {
			c.AluMR(op, cell(x), c.get(y, x86.RAX))
			return
		}
		d := c.dst(u.Rd, x86.RAX)
		if d == c.pin(y) && d != c.pin(x) {
			d = x86.RAX
		}
		if op == x86.ADD && d != c.pin(x) && c.pin(x) != x86.NoReg && c.pin(y) != x86.NoReg {
			c.Lea(d, x86.Indexed(c.pin(x), c.pin(y), 0))
		} else {
			c.load64(d, x)
			c.alu(op, d, y)
		}
		c.put(u.Rd, d)
	}
}

// binaryNot compiles rd = rs1 op ^rs2.
func binaryNot(op x86.Alu) lowering {
	return func(c *Compiler, u *code.Uop) {
		c.load64(x86.RAX, u.Rs2)
		c.UnaryR(x86.NOT, x86.RAX)
		c.alu(op, x86.RAX, u.Rs1)
		c.put(u.Rd, x86.RAX)
	}
}

// binaryImm compiles rd = rs1 op imm.
func binaryImm(op x86.Alu) lowering {
	return func(c *Compiler, u *code.Uop) {
		if u.Rs1 == u.Rd && c.pin(u.Rd) == x86.NoReg {
			c.AluMI(op, cell(u.Rd), int32(u.Imm))
			return
		}
		d := c.dst(u.Rd, x86.RAX)
		c.load64(d, u.Rs1)
		c.AluRI(op, d, int32(u.Imm))
		c.put(u.Rd, d)
	}
}

func (c *Compiler) addImm(u *code.Uop) {
	if c.sumInLoad(u) {
		return
	}
	d, s := c.dst(u.Rd, x86.RAX), c.pin(u.Rs1)
	switch {
	case s != x86.NoReg && s != d:
		c.Lea(d, x86.At(s, int32(u.Imm)))
	case s == x86.NoReg && u.Rs1 == u.Rd:
		c.AluMI(x86.ADD, cell(u.Rd), int32(u.Imm))
		return
	default:
		c.load64(d, u.Rs1)
		c.AluRI(x86.ADD, d, int32(u.Imm))
	}
	c.put(u.Rd, d)
}

// shiftAdd compiles rd = rs1 << shift + rs2.
func shiftAdd(shift uint8) lowering {
	return func(c *Compiler, u *code.Uop) { c.scaled(u, c.get(u.Rs1, x86.RAX), shift) }
}

// shiftAddWord is shiftAdd of the lower half of rs1.
func shiftAddWord(shift uint8) lowering {
	return func(c *Compiler, u *code.Uop) {
		c.load32(x86.RAX, u.Rs1)
		c.scaled(u, x86.RAX, shift)
	}
}

// scaled is rd = s << shift + rs2.
func (c *Compiler) scaled(u *code.Uop, s x86.Reg, shift uint8) {
	t := c.get(u.Rs2, x86.RCX)
	d := c.dst(u.Rd, x86.RAX)
	c.Lea(d, x86.Scaled(t, s, shift, 0))
	c.put(u.Rd, d)
}

// putWord stores EAX, sign-extended.
func (c *Compiler) putWord(slot uint8) {
	d := c.dst(slot, x86.RAX)
	c.MovsxRR(d, x86.RAX, 4)
	c.put(slot, d)
}

// binaryWord compiles rd = rs1 op rs2 of 32 bits, sign-extended.
func binaryWord(op x86.Alu) lowering {
	return func(c *Compiler, u *code.Uop) {
		x, y := u.Rs1, u.Rs2
		if op == x86.ADD && y == u.Rd {
			x, y = y, x
		}
		d := c.dst(u.Rd, x86.RAX)
		if d == c.pin(y) {
			d = x86.RAX
		}
		if op == x86.ADD && d != c.pin(x) && c.pin(x) != x86.NoReg && c.pin(y) != x86.NoReg {
			c.Lea(d, x86.Indexed(c.pin(x), c.pin(y), 0))
		} else {
			c.load32(d, x)
			c.alu32(op, d, y)
		}
		e := c.dst(u.Rd, x86.RAX)
		c.MovsxRR(e, d, 4)
		c.put(u.Rd, e)
	}
}

func (c *Compiler) addImmWord(u *code.Uop) {
	d := c.dst(u.Rd, x86.RAX)
	if u.Imm == 0 {
		c.extend(d, u.Rs1, 4)
	} else {
		c.Lea(x86.RAX, x86.At(c.get(u.Rs1, x86.RAX), int32(u.Imm)))
		c.MovsxRR(d, x86.RAX, 4)
	}
	c.put(u.Rd, d)
}

// signExtend compiles rd = the low size bytes of rs1, sign-extended.
func signExtend(size int) lowering {
	return func(c *Compiler, u *code.Uop) {
		d := c.dst(u.Rd, x86.RAX)
		c.extend(d, u.Rs1, size)
		c.put(u.Rd, d)
	}
}

func (c *Compiler) zextH(u *code.Uop) {
	d := c.dst(u.Rd, x86.RAX)
	c.MovzxRR(d, c.get(u.Rs1, x86.RAX), 2)
	c.put(u.Rd, d)
}

// set compiles rd = 1 if rs1 cond rs2, else 0.
func set(cond x86.Cond) lowering {
	return func(c *Compiler, u *code.Uop) {
		if y := c.pin(u.Rs2); y != x86.NoReg && c.pin(u.Rs1) == x86.NoReg {
			c.MovRI(x86.RAX, 0)
			c.AluMR(x86.CMP, cell(u.Rs1), y)
		} else {
			x := c.get(u.Rs1, x86.RCX)
			c.MovRI(x86.RAX, 0)
			c.alu(x86.CMP, x, u.Rs2)
		}
		c.Setcc(cond, x86.RAX)
		c.put(u.Rd, x86.RAX)
	}
}

// setImm compiles rd = 1 if rs1 cond imm, else 0.
func setImm(cond x86.Cond) lowering {
	return func(c *Compiler, u *code.Uop) {
		c.MovRI(x86.RAX, 0)
		if x := c.pin(u.Rs1); x != x86.NoReg {
			c.AluRI(x86.CMP, x, int32(u.Imm))
		} else {
			c.AluMI(x86.CMP, cell(u.Rs1), int32(u.Imm))
		}
		c.Setcc(cond, x86.RAX)
		c.put(u.Rd, x86.RAX)
	}
}

// choose compiles rd = rs2 if rs1 cond rs2, else rs1.
func choose(cond x86.Cond) lowering {
	return func(c *Compiler, u *code.Uop) {
		c.load64(x86.RAX, u.Rs1)
		y := c.get(u.Rs2, x86.RCX)
		c.AluRR(x86.CMP, x86.RAX, y)
		c.CmovRR(cond, x86.RAX, y)
		c.put(u.Rd, x86.RAX)
	}
}

// zeroIf compiles rd = 0 if rs2 cond 0, else rs1.
func zeroIf(cond x86.Cond) lowering {
	return func(c *Compiler, u *code.Uop) {
		c.load64(x86.RAX, u.Rs1)
		y := c.get(u.Rs2, x86.RCX)
		c.MovRI(x86.RDX, 0)
		c.TestRR(y, y)
		c.CmovRR(cond, x86.RAX, x86.RDX)
		c.put(u.Rd, x86.RAX)
	}
}
