// Package programs measures what people run a machine for: compilers, Python, a database and a package manager, in a
// Debian on a disk, on Hartwood and on QEMU in turns. Kernels (package kernels) say how good code is; these say what it
// takes until there is code, in programs that are large and live a second.
//
//	go run ./bench/programs/run                        every program, three rounds, a table
//	go run ./bench/programs/run -only gcc,go -rounds 1
//
// It needs a checkout, the files of `make linux-files`, and what docs/DISK.md says an image needs. The image is made once
// and kept beside those files: some 700 MB, and some ten minutes. For the comparison qemu-system-riscv64, or the one
// that QEMU_SYSTEM names, has to be there.
//
// # Programs
//
// The table in programs.go has them; guest/run.sh says what each does. Each has the packages of the day, which image.go
// names and whose versions stand beside the image in programs.img.packages.
//
// # Method
//
// Every contestant boots the same image and the same kernel with the same number of harts, changes nothing in the
// image, and runs the programs one after the other, each with a cold cache of its own (Go's build cache). Times are the
// guest's, by /proc/uptime. A checksum of what a program has made must be the same on all. Hartwood runs at its
// default settings; warm is Hartwood with the code that an earlier run has left in --code-store.
package programs
