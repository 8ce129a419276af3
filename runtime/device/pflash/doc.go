// Package pflash is a bank of parallel NOR flash: two 16-bit chips side by side that know the Intel command set and answer
// CFI queries, as the banks of QEMU's virt machine do. A bank is read as memory until a command is stored to it; reads
// answer status, identification or CFI then, until the command that brings the array back.
//
//	0xff             read the array               0x90  identification
//	0x70, 0x50       read status, clear it        0x98  CFI
//	0x40, 0x10       program what is stored next  0xe8  program a buffer: count, words, 0xd0
//	0x20, 0xd0       erase a sector of 256 KiB    0x60  lock and unlock, which change nothing
//
// Programming clears bits, erasing sets them. A bank that is not writable answers with an error in its status. Commands take
// effect at once, so the status always says ready.
//
// The bytes are where harts fetch code from (Config.Bytes), and Config.Changed is told of each change.
//
// # Saving
//
// A File keeps a writable bank: a goroutine writes what has changed to a new file beside it, and renames that, so that there is
// always a whole one, the state of one moment. While one is being written changes gather; there is at most one a second. Close
// writes what is left.
//
// # Locks
//
// Device.mu guards the commands and is held over Changed; reading the array takes no lock. File.mu guards what saving has come to.
//
//	Device.mu → Changed
//
// Life cycle: New has no goroutine; Open starts that of the file, which Close ends.
package pflash
