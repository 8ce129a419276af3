package hart

// Float is what native code needs to know about floating point. It is made from
// MStatus and FRM on every entry, and holds nothing while Go runs:
// FFlags, FRM, MStatus and R are exact then.
type Float struct {
	// Mode has the Float bits below. Native code tests it once a block.
	Mode uint32
	// Control is the host's floating-point control and status: the guest's rounding mode,
	// all exceptions masked, and the flags raised since it was loaded.
	Control uint32
}

// Bits of Float.Mode: each is a reason for native code to do something else before
// it executes a floating-point instruction.
const (
	// FloatCold: the guest's registers and Control are not in the host's yet.
	FloatCold = 1 << iota
	// FloatOff: mstatus.FS is Off; the instruction is illegal.
	FloatOff
	// FloatClean: mstatus.FS is not Dirty.
	FloatClean
	// FloatRounds: frm is not to-nearest-even.
	FloatRounds
	// FloatForeign: frm is a mode that the host does not have, or reserved.
	FloatForeign
)
