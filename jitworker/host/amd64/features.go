package amd64

import "golang.org/x/sys/cpu"

// Features say what the processor can do beyond the baseline of x86-64.
type Features struct {
	BitCounts bool // LZCNT, TZCNT, POPCNT
	Rounds    bool // rounding to integers: SSE4.1
	FMA       bool // fused multiply-add on three operands
	Clmul     bool // carry-less products: PCLMULQDQ
	Shuffles  bool // of bytes: SSSE3
	AES       bool // rounds and key schedule
	Halves    bool // conversions between halves and singles: F16C
	Lanes     bool // integer elements of 256-bit registers: AVX2
}

// Detect returns the abilities of the processor that this runs on.
func Detect() Features {
	// The package has no flag for LZCNT, which every processor with BMI1 has, nor for F16C, which every
	// one with AVX2 has.
	return Features{
		BitCounts: cpu.X86.HasPOPCNT && cpu.X86.HasBMI1, Rounds: cpu.X86.HasSSE41, FMA: cpu.X86.HasFMA,
		Clmul: cpu.X86.HasPCLMULQDQ, Shuffles: cpu.X86.HasSSSE3, AES: cpu.X86.HasAES,
		Halves: cpu.X86.HasAVX2, Lanes: cpu.X86.HasAVX2,
	}
}
