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
// # Core and board
//
// A Machine is a Core (package core: memory, translation, blocks, harts, scheduler, native code), which executes
// instructions and knows nothing around it, and a board: the devices of one table (board.go) on a bus, the guest that
// package boot loads, console, built-in firmware, host calls and the managed heap. What harts do outside of RAM
// reaches the board through devices' registers, environment calls (vcpu.Firmware), semihosting's breakpoints
// (vcpu.Semihost), instructions of the managed heap (vcpu.ManagedHeap), and a watched word (HTIF).
//
// # Lock order
//
//	Machine.life → Hart.own → a device's lock → the interrupt controller's lock → core's scheduler.mu
//
// A hart's goroutine takes device locks while it owns its hart; an interrupt line
// passes through the interrupt controller and may wake a hart, which takes
// scheduler.mu but no Hart.own. Machine.life (Pause, Resume, restart, Close) is
// never taken by a hart. docs/CONCURRENCY.md has all locks.
package runtime
