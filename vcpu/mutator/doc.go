// Package mutator is what a hart keeps for the managed heap: its allocation buffers, its part of the write barrier's
// log, and where the heap is. It lies outside Go's heap, holds no Go pointer, and native code finds its fields by
// unsafe.Offsetof. The fast paths of allocation and barrier are here, for the interpreter and as the model of what
// native code inlines; everything else is package gcpar's.
//
// A State belongs to the owner of its hart. The collector changes it at the hart's safe points only, as the owner.
// The package knows neither harts nor the collector.
package mutator
