// Package host reads what Go's runtime relies on in the processor of the goroutine
// that asks: the floating-point control register, the flags, X15 and the upper
// halves of the vector registers.
//
// It is for tests of package amd64, which ask right after native code has
// returned. It changes nothing, has no state and takes no lock.
package host
