// Command counters is a guest program of the Linux boot tests, built for linux/riscv64. It counts events with the
// kernel's perf interface, as perf does: cycles and instructions by mode, TLB misses, exceptions and page faults by their
// numbers, requests to the firmware; and it samples, which needs interrupts of counters that overflow.
//
// Each check does something whose events can be told in advance, within bounds that the kernel's own work leaves.
package main
