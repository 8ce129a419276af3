package quick

import (
	"math"

	. "github.com/hartwood-vm/hartwood/jitworker/amd64"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// move compiles constants and copies.
func (c *Compiler) move(u interp.Uop) {
	d := c.dst(u.Rd, RAX)
	switch u.Op {
	case interp.OpConst:
		if pin(u.Rd) == NoReg && u.Imm >= math.MinInt32 && u.Imm <= math.MaxInt32 {
			c.MovMI(cell(u.Rd), int32(u.Imm))
			return
		}
		c.MovRI(d, u.Imm)
	case interp.OpPCConst:
		c.pcAt(d, u.Imm)
	case interp.OpMove:
		c.load64(d, u.Rs1)
	case interp.OpZextW:
		if s := pin(u.Rs1); s != NoReg {
			c.MovRR32(d, s) // clears the upper half, of the same register too
		} else {
			c.MovRM32(d, cell(u.Rs1))
		}
	}
	c.put(u.Rd, d)
}

// binary compiles 64-bit additions, subtractions and logic; false if u is not one.
func (c *Compiler) binary(u interp.Uop) bool {
	switch u.Op {
	case isa.ADD:
		c.binaryRR(ADD, u, true)
	case isa.SUB:
		c.binaryRR(SUB, u, false)
	case isa.XOR:
		c.binaryRR(XOR, u, true)
	case isa.OR:
		c.binaryRR(OR, u, true)
	case isa.AND:
		c.binaryRR(AND, u, true)
	case isa.ADDI:
		c.addImm(u)
	case isa.XORI:
		c.binaryRI(XOR, u)
	case isa.ORI:
		c.binaryRI(OR, u)
	case isa.ANDI:
		c.binaryRI(AND, u)
	case isa.ANDN:
		c.binaryNot(AND, u)
	case isa.ORN:
		c.binaryNot(OR, u)
	case isa.XNOR:
		c.binaryNot(XOR, u)
	case isa.SH1ADD, isa.SH2ADD, isa.SH3ADD:
		c.shiftAdd(u, 1+uint8(u.Op-isa.SH1ADD), false)
	case isa.SH1ADD_UW, isa.SH2ADD_UW, isa.SH3ADD_UW:
		c.shiftAdd(u, 1+uint8(u.Op-isa.SH1ADD_UW), true)
	case isa.ADD_UW:
		c.shiftAdd(u, 0, true)
	default:
		return false
	}
	return true
}

func (c *Compiler) binaryRR(op Alu, u interp.Uop, commutes bool) {
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

// binaryNot is rs1 op ^rs2.
func (c *Compiler) binaryNot(op Alu, u interp.Uop) {
	c.load64(RAX, u.Rs2)
	c.UnaryR(NOT, RAX)
	c.alu(op, RAX, u.Rs1)
	c.put(u.Rd, RAX)
}

func (c *Compiler) binaryRI(op Alu, u interp.Uop) {
	if u.Rs1 == u.Rd && pin(u.Rd) == NoReg {
		c.AluMI(op, cell(u.Rd), int32(u.Imm))
		return
	}
	d := c.dst(u.Rd, RAX)
	c.load64(d, u.Rs1)
	c.AluRI(op, d, int32(u.Imm))
	c.put(u.Rd, d)
}

func (c *Compiler) addImm(u interp.Uop) {
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

// shiftAdd is rs1, its lower half only if word is set, << shift + rs2.
func (c *Compiler) shiftAdd(u interp.Uop, shift uint8, word bool) {
	s := c.get(u.Rs1, RAX)
	if word {
		c.MovRR32(RAX, s)
		s = RAX
	}
	t := c.get(u.Rs2, RCX)
	d := c.dst(u.Rd, RAX)
	c.Lea(d, Mem{Base: t, Index: s, Shift: shift})
	c.put(u.Rd, d)
}

var shifts = [isa.NumOps]Shift{
	isa.SLL: SHL, isa.SRL: SHR, isa.SRA: SAR, isa.ROL: ROL, isa.ROR: ROR,
	isa.SLLI: SHL, isa.SRLI: SHR, isa.SRAI: SAR, isa.RORI: ROR,
	isa.SLLW: SHL, isa.SRLW: SHR, isa.SRAW: SAR, isa.ROLW: ROL, isa.RORW: ROR,
	isa.SLLIW: SHL, isa.SRLIW: SHR, isa.SRAIW: SAR, isa.RORIW: ROR,
}

// shift compiles shifts and rotations; x86 takes the count modulo the width as
// RISC-V does.
func (c *Compiler) shift(u interp.Uop) bool {
	if u.Op >= isa.NumOps {
		return false
	}
	op := shifts[u.Op]
	switch u.Op {
	case isa.SLLI_UW:
		c.MovRR32(RAX, c.get(u.Rs1, RAX))
		c.ShiftRI(SHL, RAX, uint8(u.Imm&63))
		c.put(u.Rd, RAX)
	case isa.SLLI, isa.SRLI, isa.SRAI, isa.RORI:
		d := c.dst(u.Rd, RAX)
		c.load64(d, u.Rs1)
		c.ShiftRI(op, d, uint8(u.Imm&63))
		c.put(u.Rd, d)
	case isa.SLL, isa.SRL, isa.SRA, isa.ROL, isa.ROR:
		c.load64(RCX, u.Rs2)
		c.load64(RAX, u.Rs1)
		c.ShiftCL(op, RAX)
		c.put(u.Rd, RAX)
	case isa.SLLIW, isa.SRLIW, isa.RORIW:
		d := c.dst(u.Rd, RAX)
		c.load32(d, u.Rs1)
		c.ShiftRI32(op, d, uint8(u.Imm&31))
		positive := op == SHR && u.Imm != 0
		if !positive && u.Rs3 != interp.LowerHalf {
			c.MovsxRR(d, d, 4)
		}
		c.put(u.Rd, d)
	case isa.SRAIW:
		d := c.dst(u.Rd, RAX)
		c.extend(d, u.Rs1, 4)
		c.ShiftRI(SAR, d, uint8(u.Imm&31))
		c.put(u.Rd, d)
	case isa.SLLW, isa.SRLW, isa.SRAW, isa.ROLW, isa.RORW:
		c.load32(RCX, u.Rs2)
		c.load32(RAX, u.Rs1)
		c.ShiftCL32(op, RAX)
		c.putWord(u.Rd)
	default:
		return false
	}
	return true
}

// putWord stores EAX, sign-extended.
func (c *Compiler) putWord(slot uint8) {
	d := c.dst(slot, RAX)
	c.MovsxRR(d, RAX, 4)
	c.put(slot, d)
}

// word compiles 32-bit additions, subtractions, products and extensions.
func (c *Compiler) word(u interp.Uop) bool {
	switch u.Op {
	case isa.ADDW:
		c.wordRR(ADD, u)
	case isa.SUBW:
		c.wordRR(SUB, u)
	case isa.MULW:
		c.load32(RAX, u.Rs1)
		c.ImulRR(RAX, c.get(u.Rs2, RCX))
		c.putWord(u.Rd)
	case isa.ADDIW:
		d := c.dst(u.Rd, RAX)
		if u.Imm == 0 {
			c.extend(d, u.Rs1, 4)
		} else {
			c.Lea(RAX, At(c.get(u.Rs1, RAX), int32(u.Imm)))
			c.MovsxRR(d, RAX, 4)
		}
		c.put(u.Rd, d)
	case isa.SEXT_B, isa.SEXT_H:
		d := c.dst(u.Rd, RAX)
		c.extend(d, u.Rs1, 1<<(u.Op-isa.SEXT_B))
		c.put(u.Rd, d)
	case isa.ZEXT_H:
		d := c.dst(u.Rd, RAX)
		c.MovzxRR(d, c.get(u.Rs1, RAX), 2)
		c.put(u.Rd, d)
	default:
		return false
	}
	return true
}

// wordRR is rd = rs1 op rs2 of 32 bits, sign-extended.
func (c *Compiler) wordRR(op Alu, u interp.Uop) {
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

// compare compiles comparisons into registers, minima, maxima and conditional zeros.
func (c *Compiler) compare(u interp.Uop) bool {
	switch u.Op {
	case isa.SLT:
		c.set(L, u)
	case isa.SLTU:
		c.set(B, u)
	case isa.SLTI:
		c.setImm(L, u)
	case isa.SLTIU:
		c.setImm(B, u)
	case isa.MIN:
		c.choose(G, u)
	case isa.MINU:
		c.choose(A, u)
	case isa.MAX:
		c.choose(L, u)
	case isa.MAXU:
		c.choose(B, u)
	case isa.CZERO_EQZ:
		c.zeroIf(E, u)
	case isa.CZERO_NEZ:
		c.zeroIf(NE, u)
	default:
		return false
	}
	return true
}

func (c *Compiler) set(cond Cond, u interp.Uop) {
	x := c.get(u.Rs1, RCX)
	c.MovRI(RAX, 0)
	c.alu(CMP, x, u.Rs2)
	c.Setcc(cond, RAX)
	c.put(u.Rd, RAX)
}

func (c *Compiler) setImm(cond Cond, u interp.Uop) {
	x := c.get(u.Rs1, RCX)
	c.MovRI(RAX, 0)
	c.AluRI(CMP, x, int32(u.Imm))
	c.Setcc(cond, RAX)
	c.put(u.Rd, RAX)
}

// choose is rs2 if rs1 cond rs2, else rs1.
func (c *Compiler) choose(cond Cond, u interp.Uop) {
	c.load64(RAX, u.Rs1)
	y := c.get(u.Rs2, RCX)
	c.AluRR(CMP, RAX, y)
	c.CmovRR(cond, RAX, y)
	c.put(u.Rd, RAX)
}

// zeroIf is zero if rs2 cond 0, else rs1.
func (c *Compiler) zeroIf(cond Cond, u interp.Uop) {
	c.load64(RAX, u.Rs1)
	y := c.get(u.Rs2, RCX)
	c.MovRI(RDX, 0)
	c.TestRR(y, y)
	c.CmovRR(cond, RAX, RDX)
	c.put(u.Rd, RAX)
}

// multiply compiles products and quotients.
func (c *Compiler) multiply(u interp.Uop) bool {
	switch u.Op {
	case isa.MUL:
		d := c.dst(u.Rd, RAX)
		x, y := u.Rs1, u.Rs2
		if d == pin(y) {
			x, y = y, x
		}
		if d == pin(y) && d != pin(x) {
			d = RAX
		}
		c.load64(d, x)
		c.ImulRR(d, c.get(y, RCX))
		c.put(u.Rd, d)
	case isa.MULH:
		c.high(IMUL, u)
	case isa.MULHU:
		c.high(MUL, u)
	case isa.MULHSU:
		c.high(MUL, u)
	case isa.DIV, isa.DIVU, isa.REM, isa.REMU, isa.DIVW, isa.DIVUW, isa.REMW, isa.REMUW:
		c.divide(u)
	default:
		return false
	}
	return true
}

// high compiles the upper half of a product. For MULHSU the unsigned product is
// corrected by rs2 if rs1 is negative.
func (c *Compiler) high(op Unary, u interp.Uop) {
	c.load64(RAX, u.Rs1)
	y := c.get(u.Rs2, RCX)
	c.UnaryR(op, y)
	if u.Op == isa.MULHSU {
		c.load64(RAX, u.Rs1)
		c.ShiftRI(SAR, RAX, 63)
		c.AluRR(AND, RAX, y)
		c.AluRR(SUB, RDX, RAX)
	}
	c.put(u.Rd, RDX)
}

// divide compiles division; divisors 0 and -1, which x86 faults on or overflows
// with, are the interpreter's.
func (c *Compiler) divide(u interp.Uop) {
	resume := c.NewLabel()
	slow := c.slowCase(resume)
	c.load64(RAX, u.Rs1)
	c.load64(RCX, u.Rs2)
	word := u.Op >= isa.DIVW
	signed := u.Op == isa.DIV || u.Op == isa.REM || u.Op == isa.DIVW || u.Op == isa.REMW
	// rcx+1 is 1 for 0 and 0 for -1.
	c.Lea(RDX, At(RCX, 1))
	if word {
		c.AluRI32(CMP, RDX, 1)
	} else {
		c.AluRI(CMP, RDX, 1)
	}
	c.Jcc(BE, slow)
	switch {
	case word && signed:
		c.Cdq()
		c.UnaryR32(IDIV, RCX)
	case word:
		c.MovRI(RDX, 0)
		c.UnaryR32(DIV, RCX)
	case signed:
		c.Cqo()
		c.UnaryR(IDIV, RCX)
	default:
		c.MovRI(RDX, 0)
		c.UnaryR(DIV, RCX)
	}
	r := RAX
	switch u.Op {
	case isa.REM, isa.REMU, isa.REMW, isa.REMUW:
		r = RDX
	}
	if word {
		c.MovsxRR(r, r, 4)
	}
	c.put(u.Rd, r)
	c.Bind(resume)
}

var bitOps = [isa.NumOps]Bit{
	isa.BSET: BTS, isa.BCLR: BTR, isa.BINV: BTC,
	isa.BSETI: BTS, isa.BCLRI: BTR, isa.BINVI: BTC,
}

// bits compiles counting, byte and single-bit operations.
func (c *Compiler) bits(u interp.Uop) bool {
	switch u.Op {
	case isa.CLZ, isa.CLZW, isa.CTZ, isa.CTZW, isa.CPOP, isa.CPOPW:
		return c.count(u)
	case isa.ORC_B:
		c.orcb(u)
	case isa.REV8:
		c.load64(RAX, u.Rs1)
		c.Bswap(RAX)
		c.put(u.Rd, RAX)
	case isa.BSET, isa.BCLR, isa.BINV:
		c.load64(RCX, u.Rs2)
		c.load64(RAX, u.Rs1)
		c.BitRR(bitOps[u.Op], RAX, RCX)
		c.put(u.Rd, RAX)
	case isa.BSETI, isa.BCLRI, isa.BINVI:
		c.load64(RAX, u.Rs1)
		c.BitRI(bitOps[u.Op], RAX, uint8(u.Imm&63))
		c.put(u.Rd, RAX)
	case isa.BEXT:
		c.load64(RCX, u.Rs2)
		c.load64(RAX, u.Rs1)
		c.ShiftCL(SHR, RAX)
		c.AluRI32(AND, RAX, 1)
		c.put(u.Rd, RAX)
	case isa.BEXTI:
		c.load64(RAX, u.Rs1)
		c.ShiftRI(SHR, RAX, uint8(u.Imm&63))
		c.AluRI32(AND, RAX, 1)
		c.put(u.Rd, RAX)
	default:
		return false
	}
	return true
}

// orcb compiles ORC.B: bit 7 of each byte that is not zero, from which every byte
// becomes 0 or 255.
func (c *Compiler) orcb(u interp.Uop) {
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

// count compiles bit counts on hosts that have them.
func (c *Compiler) count(u interp.Uop) bool {
	if !c.host.BitCounts {
		return false
	}
	s := c.get(u.Rs1, RAX)
	switch u.Op {
	case isa.CLZ:
		c.Lzcnt(RAX, s)
	case isa.CLZW:
		c.Lzcnt32(RAX, s)
	case isa.CTZ:
		c.Tzcnt(RAX, s)
	case isa.CTZW:
		c.Tzcnt32(RAX, s)
	case isa.CPOP:
		c.Popcnt(RAX, s)
	case isa.CPOPW:
		c.Popcnt32(RAX, s)
	}
	c.put(u.Rd, RAX)
	return true
}
