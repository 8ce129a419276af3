// Package codestore keeps native code between runs, in files that machines share.
//
// It knows code that has no place yet (tier.Code), bytes and files. It must not know guests,
// blocks, compilers or hosts: what code was made from (its origin) is bytes that the caller
// puts together, and what else it depends on is a line of text that all code in a file shares,
// the maker: the build of the program and the processor's features.
//
// # Who may choose what runs
//
// Origins are found by xxhash, which proves nothing, and compared byte by byte. So code is only
// ever run for the guest bytes that it was made from, whichever guest they came from then.
// A directory, and each file in it, must belong to the user and be writable by nobody else;
// links are not followed. What was damaged, truncated or put in another's place does not pass the
// checksums, the lengths or the comparison, and is not used.
//
// # Files
//
// A file is written once, under another name, and renamed when it is whole. It is never changed.
//
//	header   magic, lengths, checksums          64 bytes
//	maker    compared with the reader's own
//	records  code with its origin               one behind the other
//	index    hash, place, length and level      24 bytes a record
//
// Its name begins with a hash of the maker, so that files of other builds are not opened. The
// index is read when the store is opened, a record when its code is wanted: files cost memory
// for their indexes alone. Nothing is mapped, since a file that somebody truncates would take
// the process along.
//
// Files are not synchronised with the disk. After a loss of power one may be without its
// contents, which the checksums tell; it is as good as not there.
//
// # Bound
//
// Whoever has written a file removes the oldest ones, of all builds, until all together are
// within the bound. A file is as old as its last use: who has used it says so when it closes
// the store.
//
// # Life cycle
//
// Open reads the indexes. Find and Add may be called by any number of goroutines, with a Reader
// for each that finds. Records that are added wait in memory until there is a file's worth, which one
// goroutine writes; records that come while it is behind are dropped. Close writes what waits, and gives up
// if that takes long: the file is lost then, and its remains are removed by a later run.
//
// # Locks
//
//	Store.mu       a leaf: what is written
//	Store.indexed  a leaf: the index
package codestore
