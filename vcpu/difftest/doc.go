// Package difftest runs random user-level programs in a hart and in an emulator
// that somebody else has written, QEMU's user mode, and compares what they leave
// behind: every register, fcsr and the data they have worked on. The same
// programs check execution engines against each other, instruction by
// instruction, with no other emulator around.
//
// It must not know how an engine works: an engine is a hart with Options. It is
// imported by tests only.
//
// # Programs
//
// A Program is some dozens of instructions drawn from the rows of package isa,
// with initial registers and data. Loops are bounded, jumps stay inside, accesses
// stay in the program's own data, floating point never meets a reserved rounding
// mode, and SC meets no reservation whose survival an implementation may choose.
// So its outcome follows from the specification alone.
//
// # Images
//
// An Image is up to Slots programs, each with its own place for code, record and
// data, and a few routines between them that load and save all registers. It is
// the same bytes at the same addresses for QEMU, as a static ELF file that writes
// records and data to its standard output, and for the Machine, which loads it
// into RAM and runs it in U-mode under a trap handler of a dozen instructions.
//
// # What QEMU is not asked
//
// Its user mode refuses CBO.CLEAN, CBO.FLUSH and CBO.INVAL, as Linux does. It drops
// FROUND, FROUNDNX and FCVTMOD with their flags if nobody reads the result, so
// programs read it. Its AMOCAS spoils its constant zero if the destination is x0. It
// takes moves of whole vector registers for legal without V.
// Counters differ by nature. Exceptions inside of programs are for lockstep.
//
// # Verdicts
//
// Single encodings, all compressed ones and random full ones, are executed to see
// whether they are instructions at all (Oracle.Verdicts). QEMU's CPU gets exactly
// the extensions of package isa for that.
//
// # Failures
//
// A program whose outcomes differ is shrunk, and written as text with the outcome
// that QEMU saw. Files in testdata/regress are replayed by go test without QEMU.
//
// # Engines
//
// Lockstep runs one image in two machines that stop at the same instruction
// counts. The follower interprets blocks of one instruction, so that it can stop
// anywhere the leader does; the leader is whatever is to be checked: whole blocks
// and their fusions now, native code by way of Options.Attach.
package difftest
