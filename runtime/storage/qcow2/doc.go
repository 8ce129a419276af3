// Package qcow2 reads and writes disk images in QEMU's format of that name, versions 2 and 3.
//
// An Image lies in a File and, where it has a backing file, on a Backing, which whoever opens it finds: this package
// opens nothing by name. It knows no guest and no device.
//
// # What is read and what is written
//
// Read: standard and zero clusters, clusters compressed by zlib or zstd, backing files, images with snapshots (their
// current state), refcounts of any width. Written: standard and zero clusters; a compressed or shared one that is
// written to gets a new cluster. Refused with ErrUnsupported: encryption, external data files, extended L2 entries, and
// every incompatible feature that is not known. An image that is marked dirty or corrupt is read only. Snapshots stay
// as they are. Bits of features that are to be cleared by who does not keep them (persistent bitmaps) are cleared.
//
// # Trust
//
// Nothing in a file is believed. Tables are bounded before memory is taken for them, offsets are checked when they are
// used, and an image is opened for writing only after all its metadata have been walked (check.go): each cluster has the
// references that its refcount says, and none is two things. So no write of the guest reaches metadata.
//
// # Order of writes
//
// Between two flushes the file's metadata stay as they are: new clusters are written where nothing leads yet, and all
// changes of refcounts, L2 tables and the L1 table are kept in memory. A flush writes
//
//	refcounts that have grown; fsync; entries of L2 tables and of the L1 table; fsync; refcounts that have shrunk
//
// A new L2 table was written as a whole when it was made, as what it then said, so an L1 entry may lead to it before its
// new entries are there.
//
// Clusters that are not used any more are free for others only in the last step. A process that is killed, or a host
// that loses power, so leaves an image in which each reference leads to what it should, and the guest finds all that it
// had flushed. What can be left over is clusters with a refcount and no reference, which qemu-img check calls leaks.
// A refcount block, and a larger refcount table, are written and synced before what leads to them.
//
// # Memory
//
// The L1 table (at most 32 MiB), L2 tables up to cacheBytes, the refcounts of an image that is written (2 bytes for each
// cluster of the file, which has at most maxClusters), clusters that have been unpacked up to unpackedBytes.
//
// # Locks
//
// Image.flushing is held for a flush. Image.inUse is held (shared) while host clusters that were looked up are read or
// written; who gives clusters back waits for it. Image.mu guards the mapping and the refcounts: shared for a look-up,
// exclusive for a change, which includes the writing of a new cluster's data. Order: flushing, inUse, mu. unpacked.mu is
// a leaf.
package qcow2
