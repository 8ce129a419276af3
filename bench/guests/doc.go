// Package guests holds the bare-metal programs that the benchmarks run, built and embedded; their sources are in src.
//
//	intloop   a short loop of integer instructions
//	mixed     lists, matrices, a state machine, CRC, a hash table, sorting
//	fpdense   floating point in both precisions
//	cold      code of which nearly every instruction runs once
//	ring      every hart works and sends IPIs round a ring
//	idle      every hart waits for ever
//	pages     loads through page tables, in many patterns
//	apart     every hart works on data of its own
//
// Each checks itself and ends the machine with exit code 0, or the number of the check that failed. Parameters are
// 64-bit words with a symbol, which ELF overwrites in the file. The programs expect the devices of QEMU's virt machine
// and run there as well (-bios none -kernel FILE).
//
// The package must not know what runs the programs.
package guests
