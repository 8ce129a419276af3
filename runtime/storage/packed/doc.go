// Package packed unpacks disk images that are packed with gzip, xz or zstd into a cache on the host's disk.
//
// It knows files, and no format of what is in them.
//
// # The cache
//
// A Cache is a directory. For each image it has a raw file, NAME.img, whose blocks of zeros are holes, and NAME.json, which
// says where it is from (Entry). NAME is made of the packed file's path, size and time of change, so an image that has
// changed is unpacked again. Both appear by renaming when they are whole, the description last: whatever else is there is
// the rest of a process that was killed, and goes when the next one unpacks. Files of the cache are only read.
//
// All images together take at most Limit bytes of the disk, with what is in the caches beside this one (package bounded); those
// that were not used for longest make room. A file that
// goes while a machine uses it stays for that machine. Images are unpacked in one stream, from the beginning to the
// end, with memory for a window of at most maxWindow bytes.
//
// # Locks
//
// None: processes meet in the directory by renaming alone. Who unpacks holds an flock on the file that is not finished.
package packed
