// Package gc is the control device of the managed heap ("hartwood,gcpar"): the registers through which a guest sets its
// heap up, describes its types and roots, asks for collections and reads what they did. docs/MANAGED_HEAP.md is the
// guest's view. Objects themselves never pass here: they are allocated and written by instructions of their own.
//
// The device knows neither the collector nor the harts: a Controller does what a command asks for. One mutex guards
// the registers and serialises commands. A guest whose harts share the device takes a lock of its own from the first
// argument to the result.
package gc
