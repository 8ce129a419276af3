package hart

// Float is what native code needs to know about floating point. It is made from
// MStatus and FRM on every entry (EnterFloat), and holds nothing while Go runs:
// FFlags, FRM, MStatus and R are exact then.
type Float struct {
	// Mode has the Float bits below. Native code tests it once a block.
	Mode uint32
	// MXCSR is the host's register of the same name: the guest's rounding mode, all
	// exceptions masked, and the flags raised since it was loaded.
	MXCSR uint32
}

// Bits of Float.Mode: each is a reason for native code to do something else before
// it executes a floating-point instruction.
const (
	// FloatCold: the guest's registers and MXCSR are not in the host's yet.
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

const (
	// MXCSR is the register as Go wants it: to nearest, all exceptions masked.
	MXCSR       = 0x1f80
	mxcsrRC     = 13
	fsShift     = 13
	mxcsrFlags  = 0x3f
	modesOfFS   = 4
	roundNumber = 8 // values of frm
)

// floats has the Float for each frm and mstatus.FS.
var floats = makeFloats()

func makeFloats() (t [roundNumber * modesOfFS]Float) {
	control := [roundNumber]uint32{0, 3, 1, 2} // RNE, RTZ, RDN, RUP in the host's numbers
	for i := range t {
		frm, fs := i/modesOfFS, i%modesOfFS
		f := Float{Mode: FloatCold, MXCSR: MXCSR | control[frm]<<mxcsrRC}
		if fs == 0 {
			f.Mode |= FloatOff
		}
		if fs != FSDirty>>fsShift {
			f.Mode |= FloatClean
		}
		if frm != 0 {
			f.Mode |= FloatRounds
		}
		if frm > 3 {
			f.Mode |= FloatForeign
		}
		t[i] = f
	}
	return t
}

// DirtyFloat returns the Float of a hart with FS Dirty and this frm, its registers
// loaded and no flags raised.
func DirtyFloat(frm uint32) Float {
	f := floats[frm%roundNumber*modesOfFS+FSDirty>>fsShift]
	f.Mode &^= FloatCold
	return f
}

// hostFlags has fflags for each set of flags in MXCSR, which are from bit 0 on
// invalid, denormal (not the guest's), divide by zero, overflow, underflow, inexact.
var hostFlags = makeHostFlags()

func makeHostFlags() (t [mxcsrFlags + 1]uint8) {
	guest := [...]uint8{16, 0, 8, 4, 2, 1} // NV, none, DZ, OF, UF, NX
	for i := range t {
		for bit, f := range guest {
			if i>>bit&1 != 0 {
				t[i] |= f
			}
		}
	}
	return t
}

// EnterFloat readies the floating-point state for native code.
func (s *State) EnterFloat() {
	s.Float = floats[s.FRM%roundNumber*modesOfFS+uint32(s.MStatus>>fsShift)%modesOfFS]
}

// LeaveFloat adds the flags that native code has raised to FFlags.
func (s *State) LeaveFloat() {
	if s.Float.Mode&FloatCold == 0 {
		s.FFlags |= uint32(hostFlags[s.Float.MXCSR&mxcsrFlags])
	}
}
