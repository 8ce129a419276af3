// Package vcpu is the hart as an actor: architectural state, privileged
// architecture (traps, CSRs, interrupts), a mailbox, and the slice of execution
// that a scheduler's worker gives it.
//
// It must not know the machine around it: what it needs (the clock, the
// firmware, other harts) comes in through Environment, and the scheduler drives
// it through Slice.
//
// # The actor
//
// A hart is in one of four states:
//
//	idle     waits, holds no goroutine
//	queued   runnable, waits for a worker; before others if its blocking call has ended
//	running  a worker executes it
//	woken    running, and woken since it last looked at what it may be asked
//
// Who wants something of a hart first says what (an interrupt line, a comparator, a
// start request), and then calls Wake, which moves idle to queued and hands the hart
// to the scheduler, moves running to woken and kicks, and in the other two states
// only kicks, since the hart looks anyway. A worker's Slice makes queued running; each
// poll makes woken running before it looks, and a hart that finds nothing to do
// becomes idle by a compare-and-swap from running, which a wake-up since that look
// makes fail: then, and when its share is used up, it is queued again. So nothing is
// missed that happens while a hart makes up its mind to sleep.
//
// Everything in a Hart that is not said to be shared belongs to the holder of
// Hart.own: the worker that runs it, or for a moment whoever delivers a message to a
// hart that is not running.
//
// # Messages and safe points
//
// Post puts a function into the mailbox. A running hart is kicked and executes it
// at its next poll, between two instructions; for a hart that is not running the
// sender takes the ownership and executes it at once, so a hart that sleeps
// answers without being woken. Posting never blocks. All shootdowns, remote
// fences and later handshakes are such messages.
//
// # Interrupts
//
// Devices and other harts set bits of Hart.lines and wake or kick the hart. Timers
// are comparisons: a running hart compares at every poll, an idle one leaves a
// host timer behind. With Smaia and Ssaia (aia.go) a hart may have interrupt files, which are its IMSIC's (InterruptFile).
//
// # Control and status registers
//
// They are the rows of csr_rows.go; an instruction finds its row by the register's number (csr_row.go). ProbeCSR
// reads any of them without a trace.
//
// # Counters and triggers
//
// Performance counters (perfcounters.go) count what is counted anyway (events.go); a
// counter costs something when it is looked at. Debug triggers (triggers.go) make the
// engine ask before each instruction while one is armed for the current mode, and
// only then.
//
// # Lock order
//
// Hart.own before everything that a hart may want while it executes: locks of
// devices, of packages blocks and codecache, the scheduler's. No two harts' own locks are
// ever held together except by TryLock. Wake takes no lock of this package, and may
// be called with any but the scheduler's held.
package vcpu
