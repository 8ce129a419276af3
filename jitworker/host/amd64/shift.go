package amd64

import (
	"github.com/hartwood-vm/hartwood/jitworker/host/amd64/x86"
	"github.com/hartwood-vm/hartwood/vcpu/code"
)

// Shifts and rotations; x86 takes the count modulo the width as RISC-V does.

// shift compiles rd = rs1 op rs2.
func shift(op x86.Shift) lowering {
	return func(c *Compiler, u *code.Uop) {
		c.load64(x86.RCX, u.Rs2)
		c.load64(x86.RAX, u.Rs1)
		c.ShiftCL(op, x86.RAX)
		c.put(u.Rd, x86.RAX)
	}
}

// shiftImm compiles rd = rs1 op imm.
func shiftImm(op x86.Shift) lowering {
	return func(c *Compiler, u *code.Uop) {
		d := c.dst(u.Rd, x86.RAX)
		c.load64(d, u.Rs1)
		c.ShiftRI(op, d, uint8(u.Imm&63))
		c.put(u.Rd, d)
	}
}

// shiftWord compiles rd = rs1 op rs2 of 32 bits, sign-extended.
func shiftWord(op x86.Shift) lowering {
	return func(c *Compiler, u *code.Uop) {
		c.load32(x86.RCX, u.Rs2)
		c.load32(x86.RAX, u.Rs1)
		c.ShiftCL32(op, x86.RAX)
		c.putWord(u.Rd)
	}
}

// shiftImmWord compiles rd = rs1 op imm of 32 bits, sign-extended. An arithmetic one is
// sraImmWord's.
func shiftImmWord(op x86.Shift) lowering {
	return func(c *Compiler, u *code.Uop) {
		d := c.dst(u.Rd, x86.RAX)
		c.load32(d, u.Rs1)
		c.ShiftRI32(op, d, uint8(u.Imm&31))
		positive := op == x86.SHR && u.Imm != 0
		if !positive && !u.LowerHalf() {
			c.MovsxRR(d, d, 4)
		}
		c.put(u.Rd, d)
	}
}

func (c *Compiler) sraImmWord(u *code.Uop) {
	d := c.dst(u.Rd, x86.RAX)
	c.extend(d, u.Rs1, 4)
	c.ShiftRI(x86.SAR, d, uint8(u.Imm&31))
	c.put(u.Rd, d)
}

func (c *Compiler) shiftImmUnsigned(u *code.Uop) {
	c.load32(x86.RAX, u.Rs1)
	c.ShiftRI(x86.SHL, x86.RAX, uint8(u.Imm&63))
	c.put(u.Rd, x86.RAX)
}

// bit compiles a change of the bit of rs1 that rs2 names.
func bit(op x86.Bit) lowering {
	return func(c *Compiler, u *code.Uop) {
		c.load64(x86.RCX, u.Rs2)
		c.load64(x86.RAX, u.Rs1)
		c.BitRR(op, x86.RAX, x86.RCX)
		c.put(u.Rd, x86.RAX)
	}
}

// bitImm compiles a change of the bit of rs1 that imm names.
func bitImm(op x86.Bit) lowering {
	return func(c *Compiler, u *code.Uop) {
		c.load64(x86.RAX, u.Rs1)
		c.BitRI(op, x86.RAX, uint8(u.Imm&63))
		c.put(u.Rd, x86.RAX)
	}
}

func (c *Compiler) bext(u *code.Uop) {
	c.load64(x86.RCX, u.Rs2)
	c.load64(x86.RAX, u.Rs1)
	c.ShiftCL(x86.SHR, x86.RAX)
	c.AluRI32(x86.AND, x86.RAX, 1)
	c.put(u.Rd, x86.RAX)
}

func (c *Compiler) bextImm(u *code.Uop) {
	c.load64(x86.RAX, u.Rs1)
	c.ShiftRI(x86.SHR, x86.RAX, uint8(u.Imm&63))
	c.AluRI32(x86.AND, x86.RAX, 1)
	c.put(u.Rd, x86.RAX)
}

func (c *Compiler) rev8(u *code.Uop) {
	c.load64(x86.RAX, u.Rs1)
	c.Bswap(x86.RAX)
	c.put(u.Rd, x86.RAX)
}

// orcB compiles ORC.B: bit 7 of each byte that is not zero, from which every byte
// becomes 0 or 255.
func (c *Compiler) orcB(u *code.Uop) {
	c.load64(x86.RCX, u.Rs1)
	c.MovRI(x86.RDX, 0x7f7f7f7f7f7f7f7f)
	c.MovRR(x86.RAX, x86.RCX)
	c.AluRR(x86.AND, x86.RAX, x86.RDX)
	c.AluRR(x86.ADD, x86.RAX, x86.RDX)
	c.AluRR(x86.OR, x86.RAX, x86.RCX)
	c.UnaryR(x86.NOT, x86.RDX)
	c.AluRR(x86.AND, x86.RAX, x86.RDX)
	c.ShiftRI(x86.SHR, x86.RAX, 7)
	c.MovRR(x86.RCX, x86.RAX)
	c.ShiftRI(x86.SHL, x86.RCX, 8)
	c.AluRR(x86.SUB, x86.RCX, x86.RAX)
	c.put(u.Rd, x86.RCX)
}

// count compiles the bit count op of rs1 on hosts that have those.
func count(op func(a *x86.Asm, dst, src x86.Reg)) lowering {
	return func(c *Compiler, u *code.Uop) {
		if !c.host.BitCounts {
			c.interpret()
			return
		}
		op(&c.Asm, x86.RAX, c.get(u.Rs1, x86.RAX))
		c.put(u.Rd, x86.RAX)
	}
}
