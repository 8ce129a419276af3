//go:build riscv64

package main

// Registers by their names in the calling convention. Generated code keeps to temporaries and arguments, all of which
// a caller expects to lose.
const (
	zero = 0
	ra   = 1
	t0   = 5
	t1   = 6
	a0   = 10
	a1   = 11
	a2   = 12
)

// Major opcodes of the base instruction set (unprivileged manual, RV32/64G instruction set listings).
const (
	opLoad   = 0x03
	opFence  = 0x0f
	opImm    = 0x13
	opImm32  = 0x1b
	opStore  = 0x23
	opReg    = 0x33
	opLUI    = 0x37
	opReg32  = 0x3b
	opBranch = 0x63
	opJALR   = 0x67
)

func encodeR(op, f3, f7, rd, rs1, rs2 uint32) uint32 {
	return f7<<25 | rs2<<20 | rs1<<15 | f3<<12 | rd<<7 | op
}

// encodeI takes the low 12 bits of imm.
func encodeI(op, f3, rd, rs1 uint32, imm int32) uint32 {
	return uint32(imm)<<20 | rs1<<15 | f3<<12 | rd<<7 | op
}

func encodeS(op, f3, rs1, rs2 uint32, imm int32) uint32 {
	u := uint32(imm)
	return u>>5&0x7f<<25 | rs2<<20 | rs1<<15 | f3<<12 | u&0x1f<<7 | op
}

// encodeB takes an even distance in bytes, of 13 bits with its sign.
func encodeB(f3, rs1, rs2 uint32, distance int32) uint32 {
	u := uint32(distance)
	return u>>12&1<<31 | u>>5&0x3f<<25 | rs2<<20 | rs1<<15 | f3<<12 | u>>1&0xf<<8 | u>>11&1<<7 | opBranch
}

// encodeU takes the upper 20 bits as a number.
func encodeU(op, rd, imm uint32) uint32 { return imm<<12 | rd<<7 | op }

func addi(rd, rs1 uint32, imm int32) uint32 { return encodeI(opImm, 0, rd, rs1, imm) }
func lui(rd, imm uint32) uint32             { return encodeU(opLUI, rd, imm) }
func ld(rd, rs1 uint32, imm int32) uint32   { return encodeI(opLoad, 3, rd, rs1, imm) }
func sd(rs2, rs1 uint32, imm int32) uint32  { return encodeS(opStore, 3, rs1, rs2, imm) }
func sw(rs2, rs1 uint32, imm int32) uint32  { return encodeS(opStore, 2, rs1, rs2, imm) }
func bne(rs1, rs2 uint32, d int32) uint32   { return encodeB(1, rs1, rs2, d) }
func ret() uint32                           { return encodeI(opJALR, 0, zero, ra, 0) }
func fenceI() uint32                        { return encodeI(opFence, 1, zero, zero, 0) }

// cAddi adds imm, 1 to 31, to rd in two bytes.
func cAddi(rd, imm uint16) uint16 { return rd<<7 | imm<<2 | 1 }

// cRet is c.jr ra.
const cRet = 0x8082
