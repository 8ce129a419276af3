// Command threads is a guest program of the Linux boot tests, built for linux/riscv64. It keeps every hart busy with
// what a threaded program does (operating-system threads, mutexes, atomics, channels, system calls, shared memory that
// the collector moves through) and checks each result against a value known in advance. It imports nothing of the
// project: to it the machine is just a computer.
//
// Usage: threads HARTS. It fails when the kernel offers another number of CPUs than HARTS.
package main
