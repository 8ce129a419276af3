// Package linux boots Debian's own riscv64 kernel on Hartwood, on one hart and on many, with the built-in firmware and
// with Debian's OpenSBI, and checks what the guest says of itself on its console.
//
// Its tests need the files that fetch.sh brings and are skipped unless HARTWOOD_LINUX names their folder; `make
// test-linux` does both. They use the hartwood command as a person would, and kill it when it hangs.
//
//	HARTWOOD_LINUX        folder that fetch.sh filled
//	HARTWOOD_LINUX_HARTS  harts to boot, such as "1 2 8 32" (default "1 2 8 32")
//	HARTWOOD_LINUX_QEMU   run QEMU in Hartwood's place: is a failure the guest's or the machine's?
//
// The parts: fetch.sh and apt-download.sh bring the packages, initramfs packs the root file system; debian-image.sh makes
// one on a disk, with unpack-debs.sh on the host and second-stage.sh in the guest; boot-image.sh makes a disk
// as distributions offer them. The guest's programs check themselves: guest/threads loads the harts, guest/jit writes machine code and runs it, guest/check.py is for
// Debian's Python. The programs of the managed heap are those of bench/guests; riscv64-linux-gnu-gcc compiles them.
package linux
