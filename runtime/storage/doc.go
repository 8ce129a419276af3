// Package storage opens disk images by name: it finds out the format of each file and opens the files below it.
//
// It knows formats and files, and no guest. What it returns is what the block device (package blk) takes.
//
// # Formats
//
// A file is a raw image unless it begins as a file of another format does (package magic). qcow2 images are opened by
// package qcow2; a file that is packed with gzip, xz or zstd is unpacked into a cache by package packed, and what is in it
// opened for reading; other formats are refused, with a command that converts them. Whoever says the format has the file taken
// for that, whatever it begins with.
//
// # Backing files
//
// A qcow2 image may name a file that lies below it, and the guest reads that file. A guest that has a raw disk can write
// a qcow2 header with any name into it. So an image whose format was only guessed may have no backing file; the user says
// format=qcow2 and thereby that the image is trusted. The same holds within a chain: an image says the format of the file
// below it, or that one has none below itself. A chain has at most MaxDepth files, none of them twice, and all but the
// first are opened for reading.
package storage
