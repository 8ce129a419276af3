// Package partition reads a disk's partition table: where its partitions are, and whether UEFI firmware can start what is on it.
//
// It reads GUID partition tables, in sectors of 512 and 4,096 bytes, and the four entries of a master boot record. It knows
// no file system and no firmware.
//
// Nothing in a table is believed: at most maxArray bytes of entries are read, of one table, and a table that is damaged or
// larger is an error. Checksums are left to who boots from it: all that comes of a table here is a choice of firmware, and bytes in which
// package ext4 looks for a file system.
package partition
