package host

import (
	"github.com/hartwood-vm/hartwood/jitworker/quick"
	"github.com/hartwood-vm/hartwood/jitworker/region"
	"github.com/hartwood-vm/hartwood/jitworker/tier"
	"github.com/hartwood-vm/hartwood/vcpu/codemap"
	"github.com/hartwood-vm/hartwood/vcpu/hart"
)

// Host is a kind of processor.
type Host interface {
	// Name says what code depends on of the processor: what was made for one of the same name
	// runs here, if the same program has made it.
	Name() string
	// Quick returns a worker's lowering for the quick tier.
	Quick(o tier.Options) quick.Lowering
	// Region returns a worker's lowering for the optimising tier.
	Region(o tier.Options) region.Lowering

	// Routines returns the code that other code needs: by number what code calls, and behind
	// that what this package's other methods do. The engine places it before any other, and it
	// stays. codes is where code looks other code up.
	Routines(codes codemap.View) []Routine
	// Attach tells a hart's state where the routines are, once, before it enters code.
	Attach(s *hart.State, routines []uintptr)
	// Enter executes the code at entry until it leaves, and returns the exit word. Go's own
	// state of the processor is then as Go wants it.
	Enter(s *hart.State, routines []uintptr, entry uintptr) uint64

	// Aim returns the word that has the place at an address lead to another; of a link's place
	// linked says whether that is the code that it leads to, or its stub.
	Aim(k tier.Kind, place, to uintptr, linked bool) uint32
	// Fill fills memory that holds no code with instructions that stop whoever comes there.
	Fill(mem []byte)
	// Flush has all processors execute what has been written to n bytes at an address.
	Flush(at uintptr, n int)
}

// Routine is a piece of code that lives as long as the engine.
type Routine struct {
	Name string
	Code []byte
}
