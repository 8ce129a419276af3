package quick

import (
	. "github.com/hartwood-vm/hartwood/jitworker/amd64"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
)

// Shifts and rotations; x86 takes the count modulo the width as RISC-V does.

// shift compiles rd = rs1 op rs2.
func shift(op Shift) lowering {
	return func(c *Compiler, u *interp.Uop) {
		c.load64(RCX, u.Rs2)
		c.load64(RAX, u.Rs1)
		c.ShiftCL(op, RAX)
		c.put(u.Rd, RAX)
	}
}

// shiftImm compiles rd = rs1 op imm.
func shiftImm(op Shift) lowering {
	return func(c *Compiler, u *interp.Uop) {
		d := c.dst(u.Rd, RAX)
		c.load64(d, u.Rs1)
		c.ShiftRI(op, d, uint8(u.Imm&63))
		c.put(u.Rd, d)
	}
}

// shiftWord compiles rd = rs1 op rs2 of 32 bits, sign-extended.
func shiftWord(op Shift) lowering {
	return func(c *Compiler, u *interp.Uop) {
		c.load32(RCX, u.Rs2)
		c.load32(RAX, u.Rs1)
		c.ShiftCL32(op, RAX)
		c.putWord(u.Rd)
	}
}

// shiftImmWord compiles rd = rs1 op imm of 32 bits, sign-extended. An arithmetic one is
// sraImmWord's.
func shiftImmWord(op Shift) lowering {
	return func(c *Compiler, u *interp.Uop) {
		d := c.dst(u.Rd, RAX)
		c.load32(d, u.Rs1)
		c.ShiftRI32(op, d, uint8(u.Imm&31))
		positive := op == SHR && u.Imm != 0
		if !positive && u.Rs3 != interp.LowerHalf {
			c.MovsxRR(d, d, 4)
		}
		c.put(u.Rd, d)
	}
}

func (c *Compiler) sraImmWord(u *interp.Uop) {
	d := c.dst(u.Rd, RAX)
	c.extend(d, u.Rs1, 4)
	c.ShiftRI(SAR, d, uint8(u.Imm&31))
	c.put(u.Rd, d)
}

func (c *Compiler) shiftImmUnsigned(u *interp.Uop) {
	c.load32(RAX, u.Rs1)
	c.ShiftRI(SHL, RAX, uint8(u.Imm&63))
	c.put(u.Rd, RAX)
}

// bit compiles a change of the bit of rs1 that rs2 names.
func bit(op Bit) lowering {
	return func(c *Compiler, u *interp.Uop) {
		c.load64(RCX, u.Rs2)
		c.load64(RAX, u.Rs1)
		c.BitRR(op, RAX, RCX)
		c.put(u.Rd, RAX)
	}
}

// bitImm compiles a change of the bit of rs1 that imm names.
func bitImm(op Bit) lowering {
	return func(c *Compiler, u *interp.Uop) {
		c.load64(RAX, u.Rs1)
		c.BitRI(op, RAX, uint8(u.Imm&63))
		c.put(u.Rd, RAX)
	}
}

func (c *Compiler) bext(u *interp.Uop) {
	c.load64(RCX, u.Rs2)
	c.load64(RAX, u.Rs1)
	c.ShiftCL(SHR, RAX)
	c.AluRI32(AND, RAX, 1)
	c.put(u.Rd, RAX)
}

func (c *Compiler) bextImm(u *interp.Uop) {
	c.load64(RAX, u.Rs1)
	c.ShiftRI(SHR, RAX, uint8(u.Imm&63))
	c.AluRI32(AND, RAX, 1)
	c.put(u.Rd, RAX)
}

func (c *Compiler) rev8(u *interp.Uop) {
	c.load64(RAX, u.Rs1)
	c.Bswap(RAX)
	c.put(u.Rd, RAX)
}

// orcB compiles ORC.B: bit 7 of each byte that is not zero, from which every byte
// becomes 0 or 255.
func (c *Compiler) orcB(u *interp.Uop) {
	c.load64(RCX, u.Rs1)
	c.MovRI(RDX, 0x7f7f7f7f7f7f7f7f)
	c.MovRR(RAX, RCX)
	c.AluRR(AND, RAX, RDX)
	c.AluRR(ADD, RAX, RDX)
	c.AluRR(OR, RAX, RCX)
	c.UnaryR(NOT, RDX)
	c.AluRR(AND, RAX, RDX)
	c.ShiftRI(SHR, RAX, 7)
	c.MovRR(RCX, RAX)
	c.ShiftRI(SHL, RCX, 8)
	c.AluRR(SUB, RCX, RAX)
	c.put(u.Rd, RCX)
}

// count compiles the bit count op of rs1 on hosts that have those.
func count(op func(a *Asm, dst, src Reg)) lowering {
	return func(c *Compiler, u *interp.Uop) {
		if !c.host.BitCounts {
			c.interpret()
			return
		}
		op(&c.Asm, RAX, c.get(u.Rs1, RAX))
		c.put(u.Rd, RAX)
	}
}
