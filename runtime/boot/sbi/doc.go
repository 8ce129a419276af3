// Package sbi is the firmware built into the program: the RISC-V Supervisor Binary
// Interface, version 3.0, carried out on the host's side when a hart in S-mode
// executes ecall.
//
// It knows the calling convention, the extensions and their error codes. What a
// call does to the machine happens behind two interfaces: Hart, the caller's
// registers, and Platform, everything else. The package must not know how a hart
// runs, what a mailbox is or where the console goes; of package vcpu it takes the words for how a hart goes on
// after a call and for what it is doing.
//
// # Extensions
//
// BASE, TIME, IPI, RFENCE (without the hypervisor's functions), HSM, SRST, DBCN,
// PMU (without snapshots), FWFT, DBTR, SUSP, STA and the legacy calls 0 to 8. Everything
// else, CPPC for one, and every unknown function of these, answers
// SBI_ERR_NOT_SUPPORTED, as the specification demands.
//
// # Concurrency and life cycle
//
// Any number of harts may be in Call at once, each on its own goroutine. What the
// firmware knows of a hart belongs to that hart's calls, but for counts of what others
// have asked of it (hartState). There are no locks here. Calls
// that take effect later (remote fences, suspend) write the result registers
// before they hand the hart to the Platform, and touch it no more afterwards.
//
// A guest may pass anything: hart numbers, masks and addresses are checked, work
// and host memory per call are bounded (maxConsole bytes, maxInfos events, one pass
// over the harts).
//
// Specification: RISC-V Supervisor Binary Interface Specification v3.0; chapters
// are named at the functions.
package sbi
