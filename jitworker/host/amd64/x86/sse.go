package x86

// Xmm is a vector register, of which the lowest float is used.
type Xmm uint8

// The vector registers.
const (
	XMM0 Xmm = iota
	XMM1
	XMM2
	XMM3
	XMM4
	XMM5
	XMM6
	XMM7
	XMM8
	XMM9
	XMM10
	XMM11
	XMM12
	XMM13
	XMM14
	XMM15
	NoXmm Xmm = 0xff
)

// Float is a floating-point format.
type Float uint8

// The formats.
const (
	F32 Float = iota
	F64
)

// scalar is the prefix of a format's scalar instructions, packed that of those
// which are named after packed ones or compare.
func (f Float) scalar() byte { return 0xf3 - byte(f) }

// Fop is a floating-point instruction dst = dst op src, by its opcode.
type Fop uint8

// The floating-point instructions. FSQRT is dst = sqrt(src). FMIN and FMAX give src
// if either is a NaN or both are zeros.
const (
	FSQRT Fop = 0x51
	FADD  Fop = 0x58
	FMUL  Fop = 0x59
	FSUB  Fop = 0x5c
	FMIN  Fop = 0x5d
	FDIV  Fop = 0x5e
	FMAX  Fop = 0x5f
)

// FopXX is op dst, src; the bits above the float stay.
func (a *Asm) FopXX(op Fop, f Float, dst, src Xmm) {
	a.prefix(f.scalar())
	a.xx(w32, byte(op), dst, src)
}

// FopXM is op dst, [m].
func (a *Asm) FopXM(op Fop, f Float, dst Xmm, m Mem) {
	a.prefix(f.scalar())
	a.xm(byte(op), dst, m)
}

// xx encodes an instruction of the 0F map on two registers, behind its prefix.
func (a *Asm) xx(w width, op byte, reg, rm Xmm) {
	a.rr(w, op2(op), Reg(reg), Reg(rm), false)
}

// xm encodes an instruction of the 0F map with memory.
func (a *Asm) xm(op byte, reg Xmm, m Mem) { a.rm(w32, op2(op), Reg(reg), m) }

// MovXX copies all of src.
func (a *Asm) MovXX(dst, src Xmm) {
	if dst != src {
		a.xx(w32, 0x28, dst, src)
	}
}

// MergeXX copies the float of src; the bits above it stay.
func (a *Asm) MergeXX(f Float, dst, src Xmm) {
	a.prefix(f.scalar())
	a.xx(w32, 0x10, dst, src)
}

// MovXM loads a float and clears the bits above it.
func (a *Asm) MovXM(f Float, dst Xmm, m Mem) {
	a.prefix(f.scalar())
	a.xm(0x10, dst, m)
}

// MovMX stores a float.
func (a *Asm) MovMX(f Float, m Mem, src Xmm) {
	a.prefix(f.scalar())
	a.xm(0x11, src, m)
}

// MovXR copies the bits of a general-purpose register, 32 or 64, and clears those
// above them.
func (a *Asm) MovXR(f Float, dst Xmm, src Reg) {
	a.prefix(0x66)
	a.xx(f.integer(), 0x6e, dst, Xmm(src))
}

// MovRX copies bits to a general-purpose register.
func (a *Asm) MovRX(f Float, dst Reg, src Xmm) {
	a.prefix(0x66)
	a.xx(f.integer(), 0x7e, src, Xmm(dst))
}

// integer is the operand size of an integer as wide as f.
func (f Float) integer() width { return width(f) }

// UcomisXX compares x and y: ZF, PF and CF are set if they are unordered, ZF if
// equal, CF if x is below y. It raises the invalid exception for signalling NaNs,
// ComisXX for all.
func (a *Asm) UcomisXX(f Float, x, y Xmm) { a.compareXX(0x2e, f, x, y) }

// UcomisXM compares x and [m].
func (a *Asm) UcomisXM(f Float, x Xmm, m Mem) { a.compareXM(0x2e, f, x, m) }

// ComisXX is the signalling form of UcomisXX.
func (a *Asm) ComisXX(f Float, x, y Xmm) { a.compareXX(0x2f, f, x, y) }

// ComisXM is the signalling form of UcomisXM.
func (a *Asm) ComisXM(f Float, x Xmm, m Mem) { a.compareXM(0x2f, f, x, m) }

func (a *Asm) compareXX(op byte, f Float, x, y Xmm) {
	a.packed(f)
	a.xx(w32, op, x, y)
}

func (a *Asm) compareXM(op byte, f Float, x Xmm, m Mem) {
	a.packed(f)
	a.xm(op, x, m)
}

func (a *Asm) packed(f Float) {
	if f == F64 {
		a.prefix(0x66)
	}
}

// CvtXR converts a signed integer of size 4 or 8 bytes to a float, rounding.
func (a *Asm) CvtXR(f Float, dst Xmm, src Reg, size int) {
	a.prefix(f.scalar())
	a.xx(sized(size), 0x2a, dst, Xmm(src))
}

// CvtRX converts a float to a signed integer of size 4 or 8 bytes, rounding; what
// does not fit gives the smallest integer. CvttRX rounds towards zero.
func (a *Asm) CvtRX(f Float, dst Reg, src Xmm, size int) {
	a.prefix(f.scalar())
	a.xx(sized(size), 0x2d, Xmm(dst), src)
}

// CvttRX is CvtRX that rounds towards zero.
func (a *Asm) CvttRX(f Float, dst Reg, src Xmm, size int) {
	a.prefix(f.scalar())
	a.xx(sized(size), 0x2c, Xmm(dst), src)
}

// CvtXX converts from format f to the other.
func (a *Asm) CvtXX(f Float, dst, src Xmm) {
	a.prefix(f.scalar())
	a.xx(w32, 0x5a, dst, src)
}

// Modes of RoundXX; the first four are modes, the others are added to them.
const (
	RoundNearest = 0
	RoundDown    = 1
	RoundUp      = 2
	RoundZero    = 3
	RoundMXCSR   = 4 // as MXCSR says
	RoundQuiet   = 8 // do not raise inexact
)

// RoundXX rounds the float of src to an integer, which stays a float; the bits above
// it stay. CPUID tells whether the host has it (SSE4.1).
func (a *Asm) RoundXX(f Float, dst, src Xmm, mode uint8) {
	a.prefix(0x66)
	a.rr(w32, op3(0x0a+byte(f)), Reg(dst), Reg(src), false)
	a.imm8(mode)
}

// Vop is a bitwise instruction on whole registers, by its opcode.
type Vop uint8

// The bitwise instructions; VANDN is dst = ^dst & src.
const (
	VAND  Vop = 0x54
	VANDN Vop = 0x55
	VOR   Vop = 0x56
	VXOR  Vop = 0x57
)

// VopXX is op dst, src.
func (a *Asm) VopXX(op Vop, dst, src Xmm) { a.xx(w32, byte(op), dst, src) }

// Ones sets all bits of x.
func (a *Asm) Ones(x Xmm) {
	a.prefix(0x66)
	a.xx(w32, 0x76, x, x)
}

// ShlX and ShrX shift the 64-bit halves of x by n bits.
func (a *Asm) ShlX(x Xmm, n uint8) { a.shiftX(6, x, n) }

// ShrX shifts to the right, filling with zeros.
func (a *Asm) ShrX(x Xmm, n uint8) { a.shiftX(2, x, n) }

func (a *Asm) shiftX(op byte, x Xmm, n uint8) {
	a.prefix(0x66)
	a.xx(w32, 0x73, Xmm(op), x)
	a.imm8(n)
}

// HighX copies the upper 64 bits of src to the lower ones of dst.
func (a *Asm) HighX(dst, src Xmm) { a.xx(w32, 0x12, dst, src) }

// MovMXAligned stores all 128 bits at an address that is a multiple of 16.
func (a *Asm) MovMXAligned(m Mem, src Xmm) { a.xm(0x29, src, m) }

// MovXMUnaligned loads all 128 bits from any address.
func (a *Asm) MovXMUnaligned(dst Xmm, m Mem) { a.xm(0x10, dst, m) }

// MovMXUnaligned stores all 128 bits at any address.
func (a *Asm) MovMXUnaligned(m Mem, src Xmm) { a.xm(0x11, src, m) }

// Clmul sets dst to the carry-less product of the lower halves of dst and src. CPUID
// tells whether the host has it (PCLMULQDQ).
func (a *Asm) Clmul(dst, src Xmm) {
	a.prefix(0x66)
	a.rr(w32, op3(0x44), Reg(dst), Reg(src), false)
	a.imm8(0)
}

// Ldmxcsr loads MXCSR, the register of rounding mode, masks and flags.
func (a *Asm) Ldmxcsr(m Mem) { a.xm(0xae, 2, m) }

// Stmxcsr stores MXCSR.
func (a *Asm) Stmxcsr(m Mem) { a.xm(0xae, 3, m) }

// Fma is a fused multiply-add on three operands, by its opcode; CPUID tells
// whether the host has them.
type Fma uint8

// The fused instructions: dst = ±(x × y) ± dst.
const (
	FMADD  Fma = 0xb9
	FMSUB  Fma = 0xbb
	FNMADD Fma = 0xbd // -(x × y) + dst
	FNMSUB Fma = 0xbf // -(x × y) - dst
)

// FmaXXX is dst = ±(x × y) ± dst, rounded once.
func (a *Asm) FmaXXX(op Fma, f Float, dst, x, y Xmm) {
	a.rr(wholly, op.vex(f, dst, x, uint8(y>>3)), Reg(dst), Reg(y), false)
}

// FmaXXM is FmaXXX with y in memory.
func (a *Asm) FmaXXM(op Fma, f Float, dst, x Xmm, m Mem) {
	a.rm(wholly, op.vex(f, dst, x, uint8(m.shape>>shapeREX)), Reg(dst), m)
}

// vex returns the opcode with the prefix of a scalar instruction of the 0F38 map with
// prefix 66. low has the bits B and X, as in a REX prefix.
func (op Fma) vex(f Float, reg, vvvv Xmm, low uint8) opcode {
	const map0F38, pp66 = 2, 1
	second := (byte(reg>>3)<<2|low)<<5 ^ 7<<5 | map0F38 // inverted
	third := byte(f)<<7 | (byte(vvvv)^15)<<3 | pp66
	return 0xc4 | opcode(second)<<8 | opcode(third)<<16 | opcode(op)<<24
}

// TestMI8 is test byte [m], imm.
func (a *Asm) TestMI8(m Mem, imm uint8) {
	a.rm(w32, 0xf6, 0, m)
	a.imm8(imm)
}

// AluMI32 is op dword [m], imm.
func (a *Asm) AluMI32(op Alu, m Mem, imm int8) {
	a.rm(w32, 0x83, Reg(op), m)
	a.imm8(byte(imm))
}
