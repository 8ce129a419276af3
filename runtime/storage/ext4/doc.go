// Package ext4 reads files of an ext4, ext3 or ext2 file system: those of a disk image that a guest's kernel is in.
//
// It knows the file system's layout on the disk (Documentation/filesystems/ext4 of Linux), and neither guests nor kernels. It only
// reads, and only what it is asked for: group descriptors and inodes as paths lead to them.
//
// The disk may be anybody's. Numbers that lead out of it, trees deeper than they can be, and directories and links that have no
// end are errors that wrap ErrBad; how much is read for a path, and held in memory, is bounded. Checksums are not checked: what is
// read is checked by who uses it. A journal is not replayed, so of a guest that was not shut down the last writes may be missing.
package ext4
