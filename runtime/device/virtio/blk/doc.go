// Package blk is the virtio block device (specification chapter 5.2) and what can
// lie behind it: an image file, a read-only one, a copy-on-write overlay.
//
// It knows guest RAM only through requests of package virtio, and of the disk only
// Backend. Image contents are raw; there are no formats to detect, so that a guest
// cannot write itself one.
//
// # Sectors
//
// The guest sees 512-byte sectors. An image whose size is no multiple of that has
// its last sector filled with zeros: it reads as zeros past the end of the file,
// and writing that sector extends the file to its end.
//
// # Requests
//
// A queue's goroutine hands each request to a goroutine of its own, of which there are at most
// Config.Workers at once for all queues. Data moves through a buffer of 256 KiB, so that guest
// memory is touched only while bytes are copied and a reset does not wait for the
// disk; a write that was under way at a reset still reaches the disk. A request that
// does not have the form of one at all makes the device need a reset; one that asks
// for what cannot be done ends with status IOERR or UNSUPP.
//
// FLUSH returns after the backend has made all completed writes durable. With a
// driver that did not negotiate FLUSH every write is made durable before it ends.
//
// A write that finds no room on the host is repeated as long as Config.Full wants; the
// guest sees nothing of it. FLUSH is not repeated: what it could not write is gone.
//
// # Locks and life cycle
//
// The device has no lock of its own. Backends are safe for concurrent use; an
// overlay's lock is a leaf. The device owns its backend from New on and closes it.
//
// A request may take minutes: a gibibyte, into one mebibyte of RAM over and over. Close
// finishes all of them, unless Abort says that the run is to end: then each ends after
// the 256 KiB, or the 4 MiB of a discard, that it is at. A call of the host's that does
// not return (a disk that is gone, fsync of much) keeps its goroutine until it does, and
// Close does not wait for it.
package blk
