// Package codemap holds the Map, which leads from physical addresses to native code. Harts share
// it: native code looks targets up in it that are in no table of its own hart, whatever their
// virtual addresses are and whichever process they were compiled for.
//
// It knows addresses and nothing of blocks, compilers or harts. It is a leaf.
//
// # What is in it
//
// The Map lies outside Go's heap, so that native code can read it. It is a table of words; the
// word 0 is an empty place. A word holds all that there is to an entry, so that one load sees it
// whole:
//
//	63                       24 23                    0
//	physical address / 2        (entry - base) / 64
//
// A place belongs to an entry by a hash of its physical address; it may stand in the place beside
// as well, in the same cache line. Who finds both taken replaces one of the two, so the Map may
// not know all code. What it knows is true: code is taken out before its memory waits for a
// quiescent point of all harts.
//
// # Concurrency
//
// Any goroutine and any native code may read. Put and Remove for one address are for one caller at
// a time; those for different addresses may run at once, since places are changed by
// compare-and-swap.
package codemap
