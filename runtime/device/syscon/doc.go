// Package syscon is the test finisher by which a guest switches its machine off
// or resets it: one 32-bit register, compatible with "sifive,test1" and driven by
// the generic "syscon-poweroff" and "syscon-reboot" nodes of a device tree.
//
// It knows nothing of what the request leads to: it calls the machine and returns
// to the guest, which runs on until the machine stops it. It has no lock, no
// goroutine and no state.
package syscon
