package x86

// Packed is an instruction dst = dst op src on whole vector registers, by its opcode, with the second byte of its map
// above that. CPUID tells whether the host has those that are not of SSE2.
type Packed uint16

// The instructions.
const (
	PUNPCKLBW  Packed = 0x60 // interleaves the lower bytes
	PACKUSWB   Packed = 0x67 // the words of dst, then of src, as bytes
	PUNPCKLQDQ Packed = 0x6c // the lower halves
	PADDUSB    Packed = 0xdc // adds bytes, 255 at most

	AESIMC     Packed = 0x38db // AES: the inverse of MixColumns of src
	AESENC     Packed = 0x38dc // a round; src is added
	AESENCLAST Packed = 0x38dd
	AESDEC     Packed = 0x38de
	AESDECLAST Packed = 0x38df
)

// PackedXX is op dst, src.
func (a *Asm) PackedXX(op Packed, dst, src Xmm) {
	code := op2(byte(op))
	if op>>8 != 0 {
		code = 0x0f | opcode(op)&0xff00 | opcode(op&0xff)<<16
	}
	a.prefix(0x66)
	a.rr(w32, code, Reg(dst), Reg(src), false)
}

// ShuffleXX replaces each byte of dst by the one that the byte of src in its place names, or by 0 if that has its highest
// bit set (PSHUFB). CPUID tells whether the host has it (SSSE3).
func (a *Asm) ShuffleXX(dst, src Xmm) {
	a.prefix(0x66)
	a.rex(w32, Reg(dst), Reg(src))
	a.imm8(0x0f)
	a.imm16(0x0038) // an opcode of 0, which rr has no place for
	a.imm8(0xc0 | byte(dst&7)<<3 | byte(src&7))
}

// AesKey sets dst to what the key schedule of AES makes of src: substituted words and rotated ones, with a round's
// constant. CPUID tells whether the host has it.
func (a *Asm) AesKey(dst, src Xmm, constant uint8) {
	a.prefix(0x66)
	a.rr(w32, op3(0xdf), Reg(dst), Reg(src), false)
	a.imm8(constant)
}

// SelectX sets each 32-bit part of dst to the part of src that two bits of order name.
func (a *Asm) SelectX(dst, src Xmm, order uint8) {
	a.prefix(0x66)
	a.xx(w32, 0x70, dst, src)
	a.imm8(order)
}

// ShrWordsX shifts the 16-bit parts of x to the right, filling with zeros.
func (a *Asm) ShrWordsX(x Xmm, n uint8) {
	a.prefix(0x66)
	a.xx(w32, 0x71, 2, x)
	a.imm8(n)
}
