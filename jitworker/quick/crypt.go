package quick

import (
	. "github.com/hartwood-vm/hartwood/jitworker/amd64"
	"github.com/hartwood-vm/hartwood/vcpu/crypt"
	"github.com/hartwood-vm/hartwood/vcpu/interp"
)

// Scalar cryptography. AES is the host's own where it has that.

// merge sets rd to RAX and RCX, of which the latter is shifted.
func (c *Compiler) merge(rd uint8, shift uint8) {
	c.ShiftRI(SHL, RCX, shift)
	c.AluRR(OR, RAX, RCX)
	c.put(rd, RAX)
}

func (c *Compiler) pack(u *interp.Uop) {
	c.load32(RAX, u.Rs1)
	c.load64(RCX, u.Rs2)
	c.merge(u.Rd, 32)
}

func (c *Compiler) packBytes(u *interp.Uop) {
	c.MovzxRR(RAX, c.get(u.Rs1, RAX), 1)
	c.MovzxRR(RCX, c.get(u.Rs2, RCX), 1)
	c.merge(u.Rd, 8)
}

func (c *Compiler) packHalves(u *interp.Uop) {
	c.MovzxRR(RAX, c.get(u.Rs1, RAX), 2)
	c.load32(RCX, u.Rs2)
	c.ShiftRI32(SHL, RCX, 16)
	c.AluRR32(OR, RAX, RCX)
	c.putWord(u.Rd)
}

// reverseBits compiles BREV8: neighbouring bits change places, then pairs, then nibbles.
func (c *Compiler) reverseBits(u *interp.Uop) {
	c.load64(RAX, u.Rs1)
	for _, s := range []struct {
		by   uint8
		mask int64
	}{{1, 0x5555555555555555}, {2, 0x3333333333333333}, {4, 0x0f0f0f0f0f0f0f0f}} {
		c.MovRI(RDX, s.mask)
		c.MovRR(RCX, RAX)
		c.ShiftRI(SHR, RCX, s.by)
		c.AluRR(AND, RCX, RDX)
		c.AluRR(AND, RAX, RDX)
		c.ShiftRI(SHL, RAX, s.by)
		c.AluRR(OR, RAX, RCX)
	}
	c.put(u.Rd, RAX)
}

// vector sets x to a slot's value. RAX is used.
func (c *Compiler) vector(x Xmm, slot uint8) { c.MovXR(F64, x, c.get(slot, RAX)) }

// putVector stores the lower half of XMM0.
func (c *Compiler) putVector(slot uint8) {
	d := c.dst(slot, RAX)
	c.MovRX(F64, d, XMM0)
	c.put(slot, d)
}

// permuteBytes compiles XPERM8. The host takes the lower four bits of an index, and gives 0 if the highest is set: to
// those from 16 on that is added, and those from 8 on find zeros in the table.
func (c *Compiler) permuteBytes(u *interp.Uop) {
	if !c.host.Shuffles {
		c.interpret()
		return
	}
	c.vector(XMM0, u.Rs1)
	c.vector(XMM1, u.Rs2)
	c.MovRI(RAX, 0x7070707070707070)
	c.MovXR(F64, XMM2, RAX)
	c.PackedXX(PADDUSB, XMM1, XMM2)
	c.ShuffleXX(XMM0, XMM1)
	c.putVector(u.Rd)
}

// permuteNibbles compiles XPERM4: table and index become sixteen bytes each, and the result eight again.
func (c *Compiler) permuteNibbles(u *interp.Uop) {
	if !c.host.Shuffles {
		c.interpret()
		return
	}
	c.nibbles(XMM0, u.Rs1)
	c.nibbles(XMM1, u.Rs2)
	c.ShuffleXX(XMM0, XMM1)
	c.MovXX(XMM1, XMM0)
	c.ShrWordsX(XMM1, 4)
	c.VopXX(VOR, XMM0, XMM1)
	c.Ones(XMM1)
	c.ShrWordsX(XMM1, 8)
	c.VopXX(VAND, XMM0, XMM1)
	c.PackedXX(PACKUSWB, XMM0, XMM0)
	c.putVector(u.Rd)
}

// nibbles sets the bytes of x to a slot's nibbles. RAX, RCX, RDX and XMM2 are used.
func (c *Compiler) nibbles(x Xmm, slot uint8) {
	c.load64(RAX, slot)
	c.MovRR(RCX, RAX)
	c.ShiftRI(SHR, RCX, 4)
	c.MovRI(RDX, 0x0f0f0f0f0f0f0f0f)
	c.AluRR(AND, RAX, RDX)
	c.AluRR(AND, RCX, RDX)
	c.MovXR(F64, x, RAX)
	c.MovXR(F64, XMM2, RCX)
	c.PackedXX(PUNPCKLBW, x, XMM2)
}

// aesRound compiles a round, of which rs1 and rs2 are the state: the host's, with a key of zeros.
func aesRound(op Packed) lowering {
	return func(c *Compiler, u *interp.Uop) {
		if !c.host.AES {
			c.interpret()
			return
		}
		c.vector(XMM0, u.Rs1)
		c.vector(XMM1, u.Rs2)
		c.PackedXX(PUNPCKLQDQ, XMM0, XMM1)
		c.VopXX(VXOR, XMM1, XMM1)
		c.PackedXX(op, XMM0, XMM1)
		c.putVector(u.Rd)
	}
}

func (c *Compiler) aesUnmix(u *interp.Uop) {
	if !c.host.AES {
		c.interpret()
		return
	}
	c.vector(XMM0, u.Rs1)
	c.PackedXX(AESIMC, XMM0, XMM0)
	c.putVector(u.Rd)
}

// aesSchedule compiles AES64KS1I. The host's instruction has the upper word of rs1 substituted in its lowest part, and
// rotated and with the round's constant behind that.
func (c *Compiler) aesSchedule(u *interp.Uop) {
	if !c.host.AES {
		c.interpret()
		return
	}
	const first, second = 0, 0b01_01_01_01
	c.vector(XMM0, u.Rs1)
	if round := uint(u.Imm); round < crypt.LastRound {
		c.AesKey(XMM0, XMM0, crypt.RoundConstant(round))
		c.SelectX(XMM0, XMM0, second)
	} else {
		c.AesKey(XMM0, XMM0, 0)
		c.SelectX(XMM0, XMM0, first)
	}
	c.putVector(u.Rd)
}

func (c *Compiler) aesChain(u *interp.Uop) {
	c.load64(RAX, u.Rs1)
	c.load64(RCX, u.Rs2)
	c.ShiftRI(SHR, RAX, 32)
	c.MovRR32(RDX, RCX)
	c.AluRR32(XOR, RAX, RDX)
	c.ShiftRI(SHR, RCX, 32)
	c.AluRR32(XOR, RCX, RAX)
	c.merge(u.Rd, 32)
}

// linear compiles a map of a hash function.
func linear(m *crypt.Map) lowering {
	shift, alu, move := (*Asm).ShiftRI, (*Asm).AluRR, (*Asm).MovRR
	if m.Word {
		shift, alu, move = (*Asm).ShiftRI32, (*Asm).AluRR32, (*Asm).MovRR32
	}
	return func(c *Compiler, u *interp.Uop) {
		c.load64(RCX, u.Rs1)
		for i, n := range m.Rotate {
			r := RDX
			if i == 0 {
				r = RAX
			}
			move(&c.Asm, r, RCX)
			if n != 0 {
				shift(&c.Asm, ROR, r, n)
			}
			if i != 0 {
				alu(&c.Asm, XOR, RAX, RDX)
			}
		}
		if m.Shift != 0 {
			shift(&c.Asm, SHR, RCX, m.Shift)
			alu(&c.Asm, XOR, RAX, RCX)
		}
		if m.Word {
			c.putWord(u.Rd)
		} else {
			c.put(u.Rd, RAX)
		}
	}
}

// sm4 compiles the instructions for SM4, whose linear maps are rotations of a word with its first byte at the top.
func sm4(rotations ...uint8) lowering {
	return func(c *Compiler, u *interp.Uop) {
		at := uint8(u.Imm) * 8
		c.load32(RCX, u.Rs2)
		if at != 0 {
			c.ShiftRI32(SHR, RCX, at)
		}
		c.MovzxRR(RCX, RCX, 1)
		c.MovzxRM(RCX, Indexed(rState, RCX, offSM4Box), 1)
		c.ShiftRI32(SHL, RCX, 24)
		c.MovRR32(RAX, RCX)
		for _, n := range rotations {
			c.MovRR32(RDX, RCX)
			c.ShiftRI32(ROL, RDX, n)
			c.AluRR32(XOR, RAX, RDX)
		}
		c.Bswap32(RAX)
		if at != 0 {
			c.ShiftRI32(ROL, RAX, at)
		}
		c.alu32(XOR, RAX, u.Rs1)
		c.putWord(u.Rd)
	}
}
