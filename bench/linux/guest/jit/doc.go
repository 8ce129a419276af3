//go:build riscv64

// Command jit is a guest program of the Linux boot tests, built for linux/riscv64: a small just-in-time compiler that
// writes machine code, makes it visible as the architecture asks for, calls it, and writes over it again, thousands of
// times and from several threads at once. Every result is compared with one that Go computes. A machine that keeps
// translations of guest code must drop them in time, and this program notices when it does not.
//
// A hart sees new code after its own fence.i; other harts, and a thread that the kernel moves, need the system call
// riscv_flush_icache (259), which the kernel turns into a remote fence.i. Both are used, each where it is enough.
//
// The parts: encode.go knows instruction formats, program.go makes random functions and computes what they return,
// memory_unsafe.go maps memory and calls into it, checks.go and threads.go hold the checks. The program imports nothing
// of the project: to it the machine is just a computer.
package main
