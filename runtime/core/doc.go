// Package core is what executes instructions: RAM with its translation, blocks of decoded code, harts, the scheduler
// that gives them workers, and native code. It is a machine without a board: it knows no bus and no device, no guest
// files, no console and no configuration of a user's. Whoever makes a Core loads its RAM, maps devices into it
// (physmem.Memory.Map) or not, says where harts begin and who answers their environment calls (Entry), and is told
// what harts cannot deal with (Observer). Package runtime's Machine is a Core with a board.
//
// # Life cycle
//
//	New      reserves memory; no hart runs
//	Ready    brings a hart to its power-on state at an Entry
//	Launch   lets it run
//	Hold     returns when every hart has stopped between two instructions; Release lets them go on
//	Restart  behind Hold: forgets who was runnable, so that harts can be made Ready anew
//	Close    gives everything back
//
// # Scheduler
//
// Harts are actors (see package vcpu) that a pool of 2×CPU workers executes. A
// runnable hart waits in one queue; a worker takes it, runs a slice and puts it
// back at the end if others wait. A worker without work ends, and its goroutine
// goes back to the pool: an idle core uses no CPU.
//
// # Lock order
//
//	Hart.own → scheduler.mu
//
// Handshake and Hold may be called with locks of the caller's held that no hart takes.
package core
