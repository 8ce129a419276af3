// Package magic tells, by a file's first bytes, the formats that hold a disk or a kernel inside and that this machine
// does not take apart: packed files and disk images of other virtual machines.
//
// It knows nothing else: what to make of the answer is the caller's business. A guest can write such bytes to the
// start of its own raw disk, so nobody may act on an answer but by refusing the file, with a way to insist.
//
// Specifications: the formats' own; file(1)'s list names more than are worth telling here.
package magic
