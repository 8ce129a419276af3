// Package guests holds the bare-metal programs that the benchmarks run, built and embedded; their sources are in src.
//
//	intloop   a short loop of integer instructions
//	mixed     lists, matrices, a state machine, CRC, a hash table, sorting
//	calls     recursion, and small functions called from many places
//	fpdense   floating point in both precisions
//	cold      code of which nearly every instruction runs once
//	ring      every hart works and sends IPIs round a ring
//	idle      every hart waits for ever
//	pages     loads through page tables, in many patterns
//	apart     every hart works on data of its own
//
// These use the managed heap (docs/MANAGED_HEAP.md) on all harts, and write a line with what they found:
//
//	gcbench   trees of many depths beside a large one that lives on
//	bintrees  very many short-lived trees
//	mutate    references that move at random through a large live graph
//	live      full collections of very many small live objects
//	listtest  cells that harts send each other without locks
//	scheme    a small Scheme, which runs src/scheme/program.scm on all harts and prints a digest
//
// Each checks itself and ends the machine with exit code 0, or the number of the check that failed. Parameters are
// 64-bit words with a symbol, which ELF overwrites in the file. The programs expect the devices of QEMU's virt machine
// and run there as well (-bios none -kernel FILE). Where there is no managed heap, those that need one end with 77.
//
// The programs of the managed heap are written against src/mem.h and src/port.h, which leave open who manages the
// memory and what is under the program: Compile makes them for Linux too, there also with malloc and free or with
// Boehm's collector. src/gc.h is the interface of the heap for C, src/gcrt.h a small runtime on top. src/shim.c stands in
// for the machine on any Linux, and finds roots and stores that a program has not told of.
//
// The package must not know what runs the programs.
package guests
