// Package imsic is the incoming MSI controller of the Advanced Interrupt Architecture 1.0 (chapter "Incoming MSI
// Controller"): for each hart an interrupt file of one privilege level, with 255 interrupt identities. A message is a 32-bit
// store of an identity to the file's page; the hart reads and changes its file by CSRs.
//
//	0x000  seteipnum_le   the identity that is stored becomes pending
//	0x004  seteipnum_be   ignored: harts are little-endian
//
// Pages are 4 KiB, hart by hart. The region has as many as a power of two; those behind the last hart's, and all other bytes,
// are zero and ignore stores. A file's registers (File.Read, File.Write) have the numbers that miselect and siselect take:
//
//	0x70        eidelivery    0 or 1; an APLIC's signals cannot take the place of the file's (0x40000000)
//	0x72        eithreshold
//	0x80..0xbf  eip           even ones; those beyond identity 255 are zero
//	0xc0..0xff  eie           likewise
//
// The package knows no hart and no address. A Device is the files of all harts of one level; a machine has two.
//
// # Locks
//
// InterruptFile.mu guards a file, and Output is called with it held, so that levels arrive in the order in which they changed.
//
//	a device's lock → InterruptFile.mu → scheduler's lock
//
// Life cycle: New, File for each hart; Reset when the machine starts anew. No goroutine.
package imsic
