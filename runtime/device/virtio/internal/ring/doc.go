// Package ring reads and writes the fields of a split virtqueue in guest memory
// with atomic operations, so that device and driver see each other's updates in
// the order in which they were made. Fields are little-endian like the host.
//
// All functions take a slice of guest RAM and an offset into it. They need the
// host address to be aligned as the guest's is, which holds because guest RAM is
// mapped page by page.
package ring
