// Package devices measures the devices of a machine: disk, shared directory and network, in a Linux on Hartwood and on QEMU
// in turns.
//
//	go run ./bench/devices/run                              every task, three rounds, a table
//	go run ./bench/devices/run -only ping,http -rounds 1
//
// It needs a checkout, the files of `make linux-files`, riscv64-linux-gnu-gcc for the program that works in the guest, and git for
// the tree that git in the guest is measured on, which comes from Debian once and is kept beside the kernel. For the comparison
// qemu-system-riscv64, or the one that QEMU_SYSTEM names, has to be there, and for shares QEMU's virtiofsd (VIRTIOFSD).
//
// # Tasks
//
// The table in tasks.go has them, with the work of each. A small program of ours (guest/*.c) does them, one after the other;
// git does two. Times are the guest's.
//
// # Method
//
// Every contestant boots the same kernel with the same number of harts, and has the same image for a disk, the same
// directory for a share, and a user network, of which one port of the host's loopback leads to the guest. Traffic stays on
// loopback: its other end is a server of this process (server.go). The files are in the host's page cache; the guest's own is dropped
// before each task. Every block that a guest reads says which one it is, every byte sent is counted, and what git prints is
// compared, so that a wrong result makes the contest fail.
package devices
