// Package rootfs opens what is to be the root of a Linux guest: a directory, a disk image, a tar archive or a container image in
// an OCI layout. It finds out which of these a path is, unpacks archives and container images into a cache that machines share,
// and finds the kernel of a root and its modules, on a disk too.
//
// It knows files, and no machine. Package unpack says how an archive is kept in its directory, package oci how a layout is read.
//
// # The cache
//
// A Cache is a directory, closed to others, with one directory for each root:
//
//	DIGEST/root         what was unpacked, which is only read
//	DIGEST/about.json   where it is from, and what it takes (Entry)
//	known/KEY           the digest of the archive that had this path, size and time of change
//	unpacking-*, gone-* what is not finished, or no longer wanted
//	lock                who unpacks holds it
//
// DIGEST is the SHA-256 of an archive's bytes, or that of a container image's manifest. A root appears by renaming when it is whole.
// All together take at most Limit bytes, with what is in the caches beside this one (package bounded); those that were not used for
// longest make room, but for those in use.
//
// # Locks
//
// Processes meet by flock: one unpacks at a time, with an exclusive lock of the file lock, and removes what killed ones have left.
// A machine holds a shared lock of the directory DIGEST as long as it runs, and who wants to remove it needs an exclusive one.
package rootfs
