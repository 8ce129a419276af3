package amd64

import (
	"github.com/hartwood-vm/hartwood/jitworker/host/amd64/x86"
	"github.com/hartwood-vm/hartwood/jitworker/tier"
	"github.com/hartwood-vm/hartwood/vcpu/code"
	"github.com/hartwood-vm/hartwood/vcpu/codemap"
)

// Routine is code that the compiled code calls, or goes to.
type Routine uint8

// The routines.
const (
	CallLoad        = Routine(loads)      // look
	CallStore       = Routine(stores)     // look
	CallReference   = Routine(references) // look
	CallLoadFar     = CallReference + 1   // lookFar
	CallStoreFar    = CallReference + 2   // lookFar
	LoadFarOrLeave  = CallReference + 3   // lookFarOrLeave
	StoreFarOrLeave = CallReference + 4   // lookFarOrLeave
	CallLog         = CallReference + 5   // log
	CallSwap16      = CallReference + 6   // swap16
	CallFind        = CallReference + 7   // find
	GoTo            = CallReference + 8   // goTo
	CallOut         = CallReference + 9   // callOut
	GoAstray        = CallReference + 10  // goAstray
	CallStatus      = CallReference + 11  // readStatus
	CallView        = CallReference + 12  // changeView
	Enters          = CallReference + 13  // Enter
	Leaves          = CallReference + 14  // Leave
	LeavesFrom      = CallReference + 15  // LeaveFrom
	Warms           = CallReference + 16  // Warm
	Routines        = CallReference + 17  // is their number
)

// String returns the routine's name.
func (r Routine) String() string {
	return [...]string{"load", "store", "store_reference", "load_far", "store_far", "load_far_or_leave", "store_far_or_leave", "log", "swap_16", "find", "go_to", "call_out", "go_astray", "read_status", "change_view",
		"enter", "leave", "leave_from", "warm"}[r]
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
	case LoadFarOrLeave:
		return lookFarOrLeave(loads)
	case StoreFarOrLeave:
		return lookFarOrLeave(stores)
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
	case CallStatus:
		return readStatus()
	case CallView:
		return changeView()
	case Enters:
		return Enter()
	case Leaves:
		return Leave()
	case LeavesFrom:
		return LeaveFrom()
	case Warms:
		return Warm()
	default:
		return log()
	}
}

// call calls a routine.
func (c *Compiler) call(r Routine) { c.toRoutine(c.CallAnywhere(), r) }

// goTo goes to a routine that does not return.
func (c *Compiler) goTo(r Routine) { c.toRoutine(c.JmpAnywhere(), r) }

// goIf is goTo if cond holds.
func (c *Compiler) goIf(cond x86.Cond, r Routine) { c.toRoutine(c.JccAnywhere(cond), r) }

// toRoutine says that the rel32 field at an offset is to lead to a routine.
func (c *Compiler) toRoutine(field int, r Routine) {
	c.out.Relocs = append(c.out.Relocs, tier.Reloc{Offset: uint32(field), Kind: leads, Target: tier.Routine, N: uint8(r)})
}

// toLink says that a field leads to where a link does.
func (c *Compiler) toLink(field int, k tier.Kind, link uint8) {
	c.out.Relocs = append(c.out.Relocs, tier.Reloc{Offset: uint32(field), Kind: k, Target: tier.ToLink, N: uint8(code.LinkOf(c.part, link))})
}
