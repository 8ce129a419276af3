// Package listing shows a block of guest code and the host code made from it side
// by side.
//
// It is a leaf beside package isa: it knows bytes, addresses and which host bytes
// are for which guest instruction, but neither compilers nor harts.
//
// Everything here is a pure function of a Block: no state, no goroutine, no lock. A
// Block's slices must not change while it is listed.
package listing
