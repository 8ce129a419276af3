// Package initramfs builds the root file system that the Linux boot tests run: Debian's static busybox, an init
// script, the kernel modules and the programs that the tests need, as one newc cpio archive. Another
// one hands over to the root file system on a drive.
//
// It knows the archive format (Documentation/driver-api/early-userspace/buffer-format.rst of the kernel) and the
// contents; it must not know how a machine boots them. Archives are the same bytes for the same inputs: inode numbers
// count up and every time stamp is zero.
package initramfs
