// Package kernels measures small C programs inside Linux: on Hartwood, on QEMU and on the host itself, side by side in one
// run. It is the figure for code quality: how many times longer than native code does the guest take?
//
//	go run ./bench/kernels/run                all kernels, three rounds, a table
//	go run ./bench/kernels/run -only fib,json -rounds 5 -json
//	go run ./bench/kernels/run -interpreter   and once more without a compiler
//
// It needs the files of `make linux-files`, gcc, riscv64-linux-gnu-gcc with its C library and, for the comparison,
// qemu-system-riscv64 or the one that the environment variable QEMU_SYSTEM names.
//
// # Method
//
// The kernels are one program (src), built with the same options for host and guest: -O2, static, floating point without
// contraction so that both compute the same bits. In the guest it is the first process: it runs every kernel in a
// process of its own and switches the machine off. Each kernel takes its own time, without its set-up, by
// clock_gettime. Guests have two harts and 1 GiB.
//
// How rounds go, and what a wrong result does, is package contest's.
package kernels
