package quick

import (
	"github.com/hartwood-vm/hartwood/jitworker/host/amd64/x86"
	"github.com/hartwood-vm/hartwood/vcpu/codemap"
)

// Call is a call of a routine, or a jump to it.
type Call struct {
	Field   uint16 // offset of the rel32 field
	Routine Routine
}

// Routine is code that the compiled code calls, or goes to.
type Routine uint8

// The routines.
const (
	CallLoad      = Routine(loads)      // look
	CallStore     = Routine(stores)     // look
	CallReference = Routine(references) // look
	CallLoadFar   = CallReference + 1   // lookFar
	CallStoreFar  = CallReference + 2   // lookFar
	CallLog       = CallReference + 3   // log
	CallSwap16    = CallReference + 4   // swap16
	CallFind      = CallReference + 5   // find
	GoTo          = CallReference + 6   // goTo
	CallOut       = CallReference + 7   // callOut
	GoAstray      = CallReference + 8   // goAstray
	Routines      = CallReference + 9   // is their number
)

// String returns the routine's name.
func (r Routine) String() string {
	return [...]string{"load", "store", "store_reference", "load_far", "store_far", "log", "swap_16", "find", "go_to", "call_out", "go_astray"}[r]
}

// Code returns the routine's code, which ends by returning, for harts that look native code up in
// a map.
func (r Routine) Code(codes codemap.View) []byte {
	switch r {
	case CallLoad, CallStore, CallReference:
		return look(lookup(r))
	case CallLoadFar:
		return lookFar(loads)
	case CallStoreFar:
		return lookFar(stores)
	case CallSwap16:
		return swap16()
	case CallFind:
		return find(codes)
	case GoTo:
		return goTo(codes)
	case CallOut:
		return callOut(codes)
	case GoAstray:
		return goAstray(codes)
	default:
		return log()
	}
}

// call calls a routine.
func (c *Compiler) call(r Routine) {
	c.out.Calls = append(c.out.Calls, Call{uint16(c.CallAnywhere()), r})
}

// goTo goes to a routine that does not return.
func (c *Compiler) goTo(r Routine) {
	c.out.Calls = append(c.out.Calls, Call{uint16(c.JmpAnywhere()), r})
}

// goIf is goTo if cond holds.
func (c *Compiler) goIf(cond x86.Cond, r Routine) {
	c.out.Calls = append(c.out.Calls, Call{uint16(c.JccAnywhere(cond)), r})
}
