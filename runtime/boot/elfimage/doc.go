// Package elfimage reads ELF files that are to be placed in a guest's physical
// memory: bare-metal programs, kernels (vmlinux) and firmware.
//
// It knows ELF64 little-endian RISC-V, types ET_EXEC and static ET_DYN, and the
// guest's RAM. It must not know the machine, what will run the program or in
// which mode. Dynamic linking, relocations and RV32 are not its business.
//
// The file is an enemy until proven otherwise: every offset, size and count is
// checked against the file's length before it is used, tables are bounded, and
// Load writes its first byte only after every segment has been found to lie in
// RAM and apart from the others.
//
// # Addresses
//
// Segments go to their physical addresses (p_paddr) plus a bias that the caller
// chooses, 0 for a program that is linked where it runs. Symbols and the entry
// point are virtual addresses; Physical maps them through the segments, which
// for a bare-metal program changes nothing.
//
// # Life cycle
//
// Open checks the headers and keeps the reader; Load and Symbols read from it
// again, so it must stay open until they have returned. An Image is immutable
// and safe for concurrent use if its reader is.
//
// Specification: System V ABI, generic part, chapters 4 (object files) and 5
// (program loading); RISC-V ELF psABI, chapter "ELF object files".
package elfimage
