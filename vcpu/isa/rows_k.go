package isa

// rowsK is scalar cryptography (unprivileged manual, "Scalar Cryptography").
// The key schedule of AES, which both Zknd and Zkne have, counts as Zkne's. Of
// AES64KS1I some round numbers are reserved, see operands.
var rowsK = []Row{
	// AES.
	{AES64DS, "aes64ds", 0x3a000033, 0xfe00707f, FmtR, ClassALU, ExtZknd},
	{AES64DSM, "aes64dsm", 0x3e000033, 0xfe00707f, FmtR, ClassALU, ExtZknd},
	{AES64IM, "aes64im", 0x30001013, 0xfff0707f, FmtR1, ClassALU, ExtZknd},
	{AES64ES, "aes64es", 0x32000033, 0xfe00707f, FmtR, ClassALU, ExtZkne},
	{AES64ESM, "aes64esm", 0x36000033, 0xfe00707f, FmtR, ClassALU, ExtZkne},
	{AES64KS1I, "aes64ks1i", 0x31001013, 0xff00707f, FmtRound, ClassALU, ExtZkne},
	{AES64KS2, "aes64ks2", 0x7e000033, 0xfe00707f, FmtR, ClassALU, ExtZkne},

	// SHA-256 and SHA-512.
	{SHA256SUM0, "sha256sum0", 0x10001013, 0xfff0707f, FmtR1, ClassALU, ExtZknh},
	{SHA256SUM1, "sha256sum1", 0x10101013, 0xfff0707f, FmtR1, ClassALU, ExtZknh},
	{SHA256SIG0, "sha256sig0", 0x10201013, 0xfff0707f, FmtR1, ClassALU, ExtZknh},
	{SHA256SIG1, "sha256sig1", 0x10301013, 0xfff0707f, FmtR1, ClassALU, ExtZknh},
	{SHA512SUM0, "sha512sum0", 0x10401013, 0xfff0707f, FmtR1, ClassALU, ExtZknh},
	{SHA512SUM1, "sha512sum1", 0x10501013, 0xfff0707f, FmtR1, ClassALU, ExtZknh},
	{SHA512SIG0, "sha512sig0", 0x10601013, 0xfff0707f, FmtR1, ClassALU, ExtZknh},
	{SHA512SIG1, "sha512sig1", 0x10701013, 0xfff0707f, FmtR1, ClassALU, ExtZknh},

	// SM4 and SM3.
	{SM4ED, "sm4ed", 0x30000033, 0x3e00707f, FmtByte, ClassALU, ExtZksed},
	{SM4KS, "sm4ks", 0x34000033, 0x3e00707f, FmtByte, ClassALU, ExtZksed},
	{SM3P0, "sm3p0", 0x10801013, 0xfff0707f, FmtR1, ClassALU, ExtZksh},
	{SM3P1, "sm3p1", 0x10901013, 0xfff0707f, FmtR1, ClassALU, ExtZksh},
}
