// Package fpu is the floating-point arithmetic of the RISC-V F, D, Zfh and Zfa extensions, as pure functions on bit
// patterns: operands and a rounding mode in, the result's bits and the raised exception flags out.
//
// It must not know harts, CSRs or instructions: resolving the rounding mode, gathering flags in fcsr, and choosing the
// register to write are the caller's. The one thing of the register file that lives here is NaN boxing, because it is a
// property of the value. The package has no state, so there is nothing to lock and nothing to start or stop.
//
// # Two ways to one answer
//
// Every operation has an exact integer implementation (format.go to sqrt.go): operands are unpacked to a 64-bit
// significand with its leading bit at bit 63, the operation is done with enough bits that everything below is one sticky
// bit, and a single routine rounds and packs. It is written once, over a small descriptor of the format, and is right in
// all five rounding modes with all five flags.
//
// In front of it stand fast paths (arith64.go, arith32.go) for the case that an interpreter meets nearly always: round to
// nearest even, and a result in the middle of the exponent range. They use the host's arithmetic and find out with an
// error-free transformation whether the result was exact. They rely on these facts about the host:
//
//   - Go's float64 and float32 operations are IEEE 754 binary64 and binary32 operations rounded to nearest even, with
//     subnormals, and Go never changes the host's rounding mode. The only liberty the language gives a compiler is to fuse
//     x*y+z, and an explicit conversion of the product forbids that; every product here that meets a sum is converted.
//   - math.FMA rounds once, with or without hardware support.
//   - Nothing reads the host's own flags, and no NaN that the host makes is let through: a result with the largest
//     exponent always goes to the integer implementation.
//
// The functions called AddFast64 and the like are small enough to be inlined. Their second result says that the first is
// certain to be the right result for round to nearest even and that no flag but NX can be due. A caller whose fflags hold
// NX already is then done; any other caller uses the full function.
//
// # What the specifications leave to read closely
//
// Underflow is detected after rounding ("The RISC-V Instruction Set Manual, Volume I", chapter "F", fcsr section): a
// result is tiny if, rounded with an unbounded exponent, it lies below the smallest normal number. A NaN result is
// always the canonical NaN. Conversions to integers saturate, a NaN gives the largest integer, and then NV is raised
// without NX. A fused multiply-add of infinity and zero raises NV even if the addend is a quiet NaN.
package fpu
