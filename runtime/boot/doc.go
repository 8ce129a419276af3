// Package boot puts a guest into memory: it looks at the files that the user
// gave, decides what goes where, and says how the harts are to start.
//
//	files given             who starts, where and in which mode
//	program: ELF, raw       every hart, at its entry, M-mode (bare metal)
//	kernel: Image, raw      the boot hart, at its entry, S-mode, on package sbi
//	kernel: ELF             as it is linked: as a program in the first 2 MiB of RAM, as
//	                        a kernel behind them or at high virtual addresses
//	bios, bios and kernel   every hart, at the firmware, M-mode
//
// In every case a0 is the hart's number and a1 the address of the device tree;
// firmware also finds in a2 where the kernel is. A raw binary that does not begin with an
// instruction is refused.
//
// # Memory
//
//	base               firmware, if there is any
//	base + 2 MiB       kernel (a Linux Image says the offset itself)
//	  ...
//	                   initrd, below
//	                   device tree, below
//	base + 1 GiB       or the end of RAM if that is lower
//
// Everything is planned before the first byte is written: a Load that returns one
// of this package's errors has left memory alone, and only a file that cannot be
// read to its end after that leaves part of a guest behind.
//
// # Bounds
//
// Files are untrusted. The sub-packages check formats; this package checks
// that everything lies in RAM and apart. It must not know how harts run, and
// imports nothing of the runtime: it is handed a Memory and open files. Load is
// called by one goroutine while no hart runs; it may be called again to restart a
// machine.
//
// Specifications: Linux kernel documentation, "RISC-V Kernel Boot Requirements and
// Constraints"; OpenSBI documentation, FW_DYNAMIC and FW_JUMP; Devicetree
// Specification v0.4, section 3.6.
package boot
