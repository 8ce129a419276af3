// Package x86 assembles x86-64 machine code into a byte buffer: the
// instructions that the compilers of package jitworker use, and labels.
//
// It knows nothing of guests. An Asm emits position-independent code: jumps are
// relative to code in the same buffer, everything else goes through registers.
// Encodings follow the Intel 64 and IA-32 Architectures Software Developer's
// Manual, volume 2; methods are named after its mnemonics, operands in Intel
// order. A wrong operand is a mistake of the compiler and panics with "BUG:".
package x86
