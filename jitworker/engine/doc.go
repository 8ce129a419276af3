// Package engine joins the parts of native execution for one machine: the
// pipeline (package jitworker), the compilers, and the code cache. It is what
// package blocks sees as its Engine.
//
// It knows blocks and code, compilers by their interface (package tier) and the processor by
// its own (package host), but no machine: how to reach every hart's quiescent point is handed in.
//
// # Life of a piece of code
//
//	hart     Request     a hot block goes to the pipeline
//	worker   compile     code is placed and published with the block
//	                     of the dense level if its page alone is hot
//	hart     refine      a sample has found it again: a request for the next level
//	worker   compile     code of which takes its place
//	hart     Enter       runs it; Patch links it to its neighbours
//	any      Retire      the block's code was overwritten, or the cache evicts it:
//	                     unpublished and unlinked, so no new entry
//	cache    quiesce     every hart has left native code and emptied its table
//	cache    reuse
//
// # Why native code is safe in a Go process
//
// Code is entered by an assembly routine that has no frame the collector could
// misread: native code holds no Go pointer, calls no Go and returns within the
// poll's budget. A signal that arrives meanwhile finds a program counter that Go
// does not know; Go then neither preempts nor unwinds there, and finds g through
// thread-local storage, which native code does not touch. Go's own registers (R14,
// X15) are restored by the wrapper that the compiler puts around assembly.
package engine
