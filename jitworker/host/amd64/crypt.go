package amd64

import (
	"github.com/hartwood-vm/hartwood/jitworker/host/amd64/x86"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/crypt"
)

// Scalar cryptography. AES is the host's own where it has that.

// merge sets rd to RAX and RCX, of which the latter is shifted.
func (c *Compiler) merge(rd uint8, shift uint8) {
	c.ShiftRI(x86.SHL, x86.RCX, shift)
	c.AluRR(x86.OR, x86.RAX, x86.RCX)
	c.put(rd, x86.RAX)
}

func (c *Compiler) pack(u *code.Uop) {
	c.load32(x86.RAX, u.Rs1)
	c.load64(x86.RCX, u.Rs2)
	c.merge(u.Rd, 32)
}

func (c *Compiler) packBytes(u *code.Uop) {
	c.MovzxRR(x86.RAX, c.get(u.Rs1, x86.RAX), 1)
	c.MovzxRR(x86.RCX, c.get(u.Rs2, x86.RCX), 1)
	c.merge(u.Rd, 8)
}

func (c *Compiler) packHalves(u *code.Uop) {
	c.MovzxRR(x86.RAX, c.get(u.Rs1, x86.RAX), 2)
	c.load32(x86.RCX, u.Rs2)
	c.ShiftRI32(x86.SHL, x86.RCX, 16)
	c.AluRR32(x86.OR, x86.RAX, x86.RCX)
	c.putWord(u.Rd)
}

// reverseBits compiles BREV8: neighbouring bits change places, then pairs, then nibbles.
func (c *Compiler) reverseBits(u *code.Uop) {
	c.load64(x86.RAX, u.Rs1)
	for _, s := range []struct {
		by   uint8
		mask int64
	}{{1, 0x5555555555555555}, {2, 0x3333333333333333}, {4, 0x0f0f0f0f0f0f0f0f}} {
		c.MovRI(x86.RDX, s.mask)
		c.MovRR(x86.RCX, x86.RAX)
		c.ShiftRI(x86.SHR, x86.RCX, s.by)
		c.AluRR(x86.AND, x86.RCX, x86.RDX)
		c.AluRR(x86.AND, x86.RAX, x86.RDX)
		c.ShiftRI(x86.SHL, x86.RAX, s.by)
		c.AluRR(x86.OR, x86.RAX, x86.RCX)
	}
	c.put(u.Rd, x86.RAX)
}

// vector sets x to a slot's value. RAX is used.
func (c *Compiler) vector(x x86.Xmm, slot uint8) { c.MovXR(x86.F64, x, c.get(slot, x86.RAX)) }

// putVector stores the lower half of XMM0.
func (c *Compiler) putVector(slot uint8) {
	d := c.dst(slot, x86.RAX)
	c.MovRX(x86.F64, d, x86.XMM0)
	c.put(slot, d)
}

// permuteBytes compiles XPERM8. The host takes the lower four bits of an index, and gives 0 if the highest is set: to
// those from 16 on that is added, and those from 8 on find zeros in the table.
func (c *Compiler) permuteBytes(u *code.Uop) {
	if !c.host.Shuffles {
		c.interpret()
		return
	}
	c.vector(x86.XMM0, u.Rs1)
	c.vector(x86.XMM1, u.Rs2)
	c.MovRI(x86.RAX, 0x7070707070707070)
	c.MovXR(x86.F64, x86.XMM2, x86.RAX)
	c.PackedXX(x86.PADDUSB, x86.XMM1, x86.XMM2)
	c.ShuffleXX(x86.XMM0, x86.XMM1)
	c.putVector(u.Rd)
}

// permuteNibbles compiles XPERM4: table and index become sixteen bytes each, and the result eight again.
func (c *Compiler) permuteNibbles(u *code.Uop) {
	if !c.host.Shuffles {
		c.interpret()
		return
	}
	c.nibbles(x86.XMM0, u.Rs1)
	c.nibbles(x86.XMM1, u.Rs2)
	c.ShuffleXX(x86.XMM0, x86.XMM1)
	c.MovXX(x86.XMM1, x86.XMM0)
	c.ShrWordsX(x86.XMM1, 4)
	c.VopXX(x86.VOR, x86.XMM0, x86.XMM1)
	c.Ones(x86.XMM1)
	c.ShrWordsX(x86.XMM1, 8)
	c.VopXX(x86.VAND, x86.XMM0, x86.XMM1)
	c.PackedXX(x86.PACKUSWB, x86.XMM0, x86.XMM0)
	c.putVector(u.Rd)
}

// nibbles sets the bytes of x to a slot's nibbles. RAX, RCX, RDX and XMM2 are used.
func (c *Compiler) nibbles(x x86.Xmm, slot uint8) {
	c.load64(x86.RAX, slot)
	c.MovRR(x86.RCX, x86.RAX)
	c.ShiftRI(x86.SHR, x86.RCX, 4)
	c.MovRI(x86.RDX, 0x0f0f0f0f0f0f0f0f)
	c.AluRR(x86.AND, x86.RAX, x86.RDX)
	c.AluRR(x86.AND, x86.RCX, x86.RDX)
	c.MovXR(x86.F64, x, x86.RAX)
	c.MovXR(x86.F64, x86.XMM2, x86.RCX)
	c.PackedXX(x86.PUNPCKLBW, x, x86.XMM2)
}

// aesRound compiles a round, of which rs1 and rs2 are the state: the host's, with a key of zeros.
func aesRound(op x86.Packed) lowering {
	return func(c *Compiler, u *code.Uop) {
		if !c.host.AES {
			c.interpret()
			return
		}
		c.vector(x86.XMM0, u.Rs1)
		c.vector(x86.XMM1, u.Rs2)
		c.PackedXX(x86.PUNPCKLQDQ, x86.XMM0, x86.XMM1)
		c.VopXX(x86.VXOR, x86.XMM1, x86.XMM1)
		c.PackedXX(op, x86.XMM0, x86.XMM1)
		c.putVector(u.Rd)
	}
}

func (c *Compiler) aesUnmix(u *code.Uop) {
	if !c.host.AES {
		c.interpret()
		return
	}
	c.vector(x86.XMM0, u.Rs1)
	c.PackedXX(x86.AESIMC, x86.XMM0, x86.XMM0)
	c.putVector(u.Rd)
}

// aesSchedule compiles AES64KS1I. The host's instruction has the upper word of rs1 substituted in its lowest part, and
// rotated and with the round's constant behind that.
func (c *Compiler) aesSchedule(u *code.Uop) {
	if !c.host.AES {
		c.interpret()
		return
	}
	const first, second = 0, 0b01_01_01_01
	c.vector(x86.XMM0, u.Rs1)
	if round := uint(u.Imm); round < crypt.LastRound {
		c.AesKey(x86.XMM0, x86.XMM0, crypt.RoundConstant(round))
		c.SelectX(x86.XMM0, x86.XMM0, second)
	} else {
		c.AesKey(x86.XMM0, x86.XMM0, 0)
		c.SelectX(x86.XMM0, x86.XMM0, first)
	}
	c.putVector(u.Rd)
}

func (c *Compiler) aesChain(u *code.Uop) {
	c.load64(x86.RAX, u.Rs1)
	c.load64(x86.RCX, u.Rs2)
	c.ShiftRI(x86.SHR, x86.RAX, 32)
	c.MovRR32(x86.RDX, x86.RCX)
	c.AluRR32(x86.XOR, x86.RAX, x86.RDX)
	c.ShiftRI(x86.SHR, x86.RCX, 32)
	c.AluRR32(x86.XOR, x86.RCX, x86.RAX)
	c.merge(u.Rd, 32)
}

// linear compiles a map of a hash function.
func linear(m *crypt.Map) lowering {
	shift, alu, move := (*x86.Asm).ShiftRI, (*x86.Asm).AluRR, (*x86.Asm).MovRR
	if m.Word {
		shift, alu, move = (*x86.Asm).ShiftRI32, (*x86.Asm).AluRR32, (*x86.Asm).MovRR32
	}
	return func(c *Compiler, u *code.Uop) {
		c.load64(x86.RCX, u.Rs1)
		for i, n := range m.Rotate {
			r := x86.RDX
			if i == 0 {
				r = x86.RAX
			}
			move(&c.Asm, r, x86.RCX)
			if n != 0 {
				shift(&c.Asm, x86.ROR, r, n)
			}
			if i != 0 {
				alu(&c.Asm, x86.XOR, x86.RAX, x86.RDX)
			}
		}
		if m.Shift != 0 {
			shift(&c.Asm, x86.SHR, x86.RCX, m.Shift)
			alu(&c.Asm, x86.XOR, x86.RAX, x86.RCX)
		}
		if m.Word {
			c.putWord(u.Rd)
		} else {
			c.put(u.Rd, x86.RAX)
		}
	}
}

// sm4 compiles the instructions for SM4, whose linear maps are rotations of a word with its first byte at the top.
func sm4(rotations ...uint8) lowering {
	return func(c *Compiler, u *code.Uop) {
		at := uint8(u.Imm) * 8
		c.load32(x86.RCX, u.Rs2)
		if at != 0 {
			c.ShiftRI32(x86.SHR, x86.RCX, at)
		}
		c.MovzxRR(x86.RCX, x86.RCX, 1)
		c.MovzxRM(x86.RCX, x86.Indexed(rState, x86.RCX, offSM4Box), 1)
		c.ShiftRI32(x86.SHL, x86.RCX, 24)
		c.MovRR32(x86.RAX, x86.RCX)
		for _, n := range rotations {
			c.MovRR32(x86.RDX, x86.RCX)
			c.ShiftRI32(x86.ROL, x86.RDX, n)
			c.AluRR32(x86.XOR, x86.RAX, x86.RDX)
		}
		c.Bswap32(x86.RAX)
		if at != 0 {
			c.ShiftRI32(x86.ROL, x86.RAX, at)
		}
		c.alu32(x86.XOR, x86.RAX, u.Rs1)
		c.putWord(u.Rd)
	}
}
