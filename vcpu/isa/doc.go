// Package isa describes the guest's instruction set as data.
//
// Every instruction that a hart implements has one [Row]: its mnemonic, the
// bits that identify it (match under mask), the operands it takes, what kind
// of work it does and the extension that brings it. The decoder, the
// disassembler, the tests and the fuzzer all read that row; none of them
// keeps a second opcode table. The compressed instructions have rows of
// their own that name the base instruction they expand to, so nothing behind
// [Decode] ever meets a compressed form: an [Insn] that came from 16 bits
// differs from its base only in Raw, and so in [Insn.Len].
//
// # What is covered
//
// RV64 I, M, A, F, D, C, Zicsr, Zifencei, Zba, Zbb, Zbs, Zbc, Zbkb, Zbkc,
// Zbkx, Zkn, Zks, Zicond, Zimop, Zihintpause, Zawrs, Zabha, Zacas, Zfh, Zfa,
// Zcb, Zcmop, Zicbom, Zicbop, Zicboz, Svinval and the privileged instructions
// of M and S mode. Encodings
// that a ratified manual reserves decode to ILLEGAL; hints decode to the base
// instruction that they are (with x0 as destination). [ExtensionOf] names the
// extension behind an encoding that is not covered, for diagnostics only.
//
// # What it must not know
//
// The package is a leaf. It knows encodings and names, not what an
// instruction does: no registers, no privilege, no memory, and whether a CSR
// exists or an extension is enabled at the moment is for the caller. A
// rounding mode that is reserved is delivered as encoded, since only the hart
// knows when it matters.
//
// # Life cycle and locks
//
// The tables and the decoder's index are built when the process initialises
// and are read-only afterwards: every function may be called from any
// goroutine, and there are no locks.
package isa
