package interp

import (
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/crypt"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// numbered returns the body of rd = f(rs1, rs2, imm).
func numbered(f func(a, b uint64, n uint) uint64) body {
	return func(c *Core, in *code.Uop, _ uint64) bool {
		r := &c.S.R
		r[in.Rd] = f(r[in.Rs1], r[in.Rs2], uint(in.Imm))
		return true
	}
}

func pack(a, b uint64) uint64  { return uint64(uint32(a)) | b<<32 }
func packh(a, b uint64) uint64 { return a&0xff | b&0xff<<8 }
func packw(a, b uint64) uint64 { return sext(uint32(a)&0xffff | uint32(b)<<16) }

func init() {
	register(map[isa.Op]body{
		isa.PACK: two(pack), isa.PACKH: two(packh), isa.PACKW: two(packw),
		isa.BREV8: unary(crypt.Brev8), isa.XPERM4: two(crypt.Xperm4), isa.XPERM8: two(crypt.Xperm8),

		isa.AES64DS: two(crypt.Decrypt64), isa.AES64DSM: two(crypt.DecryptMix64),
		isa.AES64ES: two(crypt.Encrypt64), isa.AES64ESM: two(crypt.EncryptMix64),
		isa.AES64IM: unary(crypt.Unmix64), isa.AES64KS2: two(crypt.Chain64),
		isa.AES64KS1I: immediate(func(a, n uint64) uint64 { return crypt.Schedule64(a, uint(n)) }),

		isa.SHA256SUM0: unary(crypt.SHA256Sum0.Of), isa.SHA256SUM1: unary(crypt.SHA256Sum1.Of),
		isa.SHA256SIG0: unary(crypt.SHA256Sig0.Of), isa.SHA256SIG1: unary(crypt.SHA256Sig1.Of),
		isa.SHA512SUM0: unary(crypt.SHA512Sum0.Of), isa.SHA512SUM1: unary(crypt.SHA512Sum1.Of),
		isa.SHA512SIG0: unary(crypt.SHA512Sig0.Of), isa.SHA512SIG1: unary(crypt.SHA512Sig1.Of),

		isa.SM4ED: numbered(crypt.Encipher), isa.SM4KS: numbered(crypt.Expand),
		isa.SM3P0: unary(crypt.SM3P0.Of), isa.SM3P1: unary(crypt.SM3P1.Of),
	})
}
