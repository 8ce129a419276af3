// Package demo carries the guest that runs when none is given: a bare-metal program whose harts sieve primes,
// integrate, fight for locks and hand a hash round a ring by interrupts, and which compares every result with the one
// that is known. It ends the machine with exit code 0, or 1 when a result is wrong.
//
// The package knows nothing of the machine; the program's sources lie in src and are built by the Makefile beside them.
package demo
