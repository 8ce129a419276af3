// Package runtime is the machine: it builds harts, memory and devices from a
// Config, loads the guest and runs it to its end.
//
// A Machine is made with New, run with Run once, and can be paused, resumed and
// stopped from any goroutine meanwhile. Machines share no state, so several run
// in one process.
//
// # Life cycle
//
//	New     reserves memory, opens files, loads the guest; NewContext can be
//	        cut short
//	Run     starts devices and harts; returns when the guest ends, an error
//	        occurs or the context is cancelled
//	Pause   returns when every hart has stopped between two instructions
//	Resume  lets them go on
//	Close   gives everything back; Run does so by itself when it returns
//
// # Scheduler
//
// Harts are actors (see package vcpu) that a pool of 2×CPU workers executes. A
// runnable hart waits in one queue; a worker takes it, runs a slice and puts it
// back at the end if others wait. A worker without work ends, and its goroutine
// goes back to the pool: an idle machine uses no CPU.
//
// # Lock order
//
//	Machine.life → Hart.own → a device's lock → plic's lock → scheduler.mu
//
// A hart's goroutine takes device locks while it owns its hart; an interrupt line
// passes through the interrupt controller and may wake a hart, which takes
// scheduler.mu but no Hart.own. Machine.life (Pause, Resume, restart, Close) is
// never taken by a hart. docs/CONCURRENCY.md has all locks.
package runtime
