package jitworker

// Unit is a piece of guest code to compile. Its methods are called by harts and by
// workers at once, must be cheap and must not panic.
type Unit interface {
	// Key is the unit's identity: two units of one key are duplicates.
	Key() uint64
	// Place is where the unit's code begins, for reports.
	Place() uint64
	// Insns is the unit's size in guest instructions.
	Insns() int
	// Heat is how often the unit has been executed; higher goes first. It may grow as
	// the unit waits: then it is an atomic load.
	Heat() uint64
}

// Outcome is what a compilation has made.
type Outcome struct {
	// Bytes of native code.
	Bytes int
	// Insns compiled, in guest instructions; 0 says all that the unit has.
	Insns int
}

// Compile makes native code for u and publishes it. It runs on a worker's goroutine;
// worker counts from 0, and no two calls run at once with the same number. An error or
// a panic costs the unit its native code and nothing else.
type Compile func(worker int, u Unit) (Outcome, error)

// request is a unit in the queue.
type request struct {
	unit Unit
	key  uint64
	heat uint64 // as last read
	at   int64  // when it was made, in nanoseconds of the service's clock
}
