// Command hartwood runs RISC-V guests on package runtime: it turns flags and a configuration file into a
// runtime.Config, connects the terminal, runs the machine and reports how that went. It knows nothing of harts,
// devices or formats; whatever it says about a guest it got from runtime. What settings and measurements there are
// it learns from their descriptions (shardedtlb/setting, shardedtlb/measure). What a run deserves to be told about itself it
// has from runtime/monitor.
//
// # Exit codes
//
//	0…255   the guest ended the machine with this code (a larger one becomes 255)
//	0       the user left with Ctrl-A x, or the guest asked for a reset under --no-reboot, without --reset-code
//	1       the machine broke off: an error of the host, or of this program
//	2       nothing ran: wrong usage, an impossible configuration, a guest that cannot be loaded
//	128+n   signal n stopped the machine
//
// # Life cycle
//
// main makes one context that signals and Ctrl-A x cancel with their cause. The terminal is raw from just before Run
// until just after it while this process is in the foreground, and restored before anything else is printed. Every
// failure travels back to main as an error and is printed there, as one line. session has the ways in which a process
// can end, and what is done about the terminal in each.
//
// # Lock order
//
// terminal.mu, keyboard.mu and screen.mu are never held together, and no lock of package runtime is taken with them.
package main
