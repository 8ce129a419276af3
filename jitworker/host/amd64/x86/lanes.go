package x86

// Lanes is an instruction of AVX2, dst = x op y on all elements of 256-bit registers; CPUID tells whether the host has those.
// Registers are named as their lower halves are. The upper halves are to be clear where others' code goes on (ZeroUppers).
type Lanes uint16

// The instructions, by opcode, with the number of the opcode map above.
const (
	VPADDB  Lanes = 0x1fc
	VPADDW  Lanes = 0x1fd
	VPADDD  Lanes = 0x1fe
	VPADDQ  Lanes = 0x1d4
	VPSUBB  Lanes = 0x1f8
	VPSUBW  Lanes = 0x1f9
	VPSUBD  Lanes = 0x1fa
	VPSUBQ  Lanes = 0x1fb
	VPAND   Lanes = 0x1db
	VPOR    Lanes = 0x1eb
	VPXOR   Lanes = 0x1ef
	VPMULLW Lanes = 0x1d5 // the lower halves of the products
	VPMULLD Lanes = 0x240

	vpbroadcastd Lanes = 0x258
	vpbroadcastq Lanes = 0x259
	vpbroadcastb Lanes = 0x278
	vpbroadcastw Lanes = 0x279
	vmovdquLoad  Lanes = 0x16f
	vmovdquStore Lanes = 0x17f
)

// Prefixes of instructions, as VEX has them.
const (
	vex66 = 1
	vexF3 = 2
)

// vex returns the opcode with the prefix of a 256-bit instruction. low has the bits B and X, as in a REX prefix.
func (op Lanes) vex(prefix byte, reg, vvvv Xmm, low uint8) opcode {
	const long = 1 << 2
	second := (byte(reg>>3)<<2|low)<<5 ^ 7<<5 | byte(op>>8) // inverted
	third := (byte(vvvv)^15)<<3 | long | prefix
	return 0xc4 | opcode(second)<<8 | opcode(third)<<16 | opcode(byte(op))<<24
}

// LanesXXX is op dst, x, y.
func (a *Asm) LanesXXX(op Lanes, dst, x, y Xmm) {
	a.rr(wholly, op.vex(vex66, dst, x, uint8(y>>3)), Reg(dst), Reg(y), false)
}

// LanesXXM is LanesXXX with y in memory.
func (a *Asm) LanesXXM(op Lanes, dst, x Xmm, m Mem) {
	a.rm(wholly, op.vex(vex66, dst, x, uint8(m.shape>>shapeREX)), Reg(dst), m)
}

// LanesXM loads 256 bits from anywhere, LanesMX stores them.
func (a *Asm) LanesXM(dst Xmm, m Mem) {
	a.rm(wholly, vmovdquLoad.vex(vexF3, dst, 0, uint8(m.shape>>shapeREX)), Reg(dst), m)
}

// LanesMX is the inverse of LanesXM.
func (a *Asm) LanesMX(m Mem, src Xmm) {
	a.rm(wholly, vmovdquStore.vex(vexF3, src, 0, uint8(m.shape>>shapeREX)), Reg(src), m)
}

// Broadcast sets all elements of dst, of size bytes, to the lowest one of src.
func (a *Asm) Broadcast(dst, src Xmm, size int64) {
	a.LanesXXX(broadcasts[size], dst, 0, src)
}

var broadcasts = [...]Lanes{1: vpbroadcastb, 2: vpbroadcastw, 4: vpbroadcastd, 8: vpbroadcastq}

// ZeroUppers clears the upper halves of all registers.
func (a *Asm) ZeroUppers() {
	a.begin()
	a.imm8(0xc5)
	a.imm16(0x77f8)
}
