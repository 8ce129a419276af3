package amd64

import "github.com/hartwood-vm/hartwood/vcpu/hart"

const (
	// goMXCSR is the register as Go wants it: to nearest, all exceptions masked.
	goMXCSR     = 0x1f80
	mxcsrRC     = 13
	fsShift     = 13
	modesOfFS   = 4
	roundNumber = 8 // values of frm
)

// floatStates has the hart.Float for each frm and mstatus.FS.
var floatStates = makeFloatStates()

func makeFloatStates() (t [roundNumber * modesOfFS]hart.Float) {
	control := [roundNumber]uint32{0, 3, 1, 2} // RNE, RTZ, RDN, RUP in the host's numbers
	for i := range t {
		frm, fs := i/modesOfFS, i%modesOfFS
		f := hart.Float{Mode: hart.FloatCold, Control: goMXCSR | control[frm]<<mxcsrRC}
		if fs == 0 {
			f.Mode |= hart.FloatOff
		}
		if fs != hart.FSDirty>>fsShift {
			f.Mode |= hart.FloatClean
		}
		if frm != 0 {
			f.Mode |= hart.FloatRounds
		}
		if frm > 3 {
			f.Mode |= hart.FloatForeign
		}
		t[i] = f
	}
	return t
}

// dirtyFloat returns the hart.Float of a hart with FS Dirty and this frm, its registers
// loaded and no flags raised.
func dirtyFloat(frm uint32) hart.Float {
	f := floatStates[frm%roundNumber*modesOfFS+hart.FSDirty>>fsShift]
	f.Mode &^= hart.FloatCold
	return f
}

// flagsOf has fflags for each set of flags in MXCSR, which are from bit 0 on
// invalid, denormal (not the guest's), divide by zero, overflow, underflow, inexact.
var flagsOf = makeFlagsOf()

func makeFlagsOf() (t [hostFlags + 1]uint8) {
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

// enterFloat readies the floating-point state for native code.
func enterFloat(s *hart.State) {
	s.Float = floatStates[s.FRM%roundNumber*modesOfFS+uint32(s.MStatus>>fsShift)%modesOfFS]
}

// leaveFloatState adds the flags that native code has raised to FFlags.
func leaveFloatState(s *hart.State) {
	if s.Float.Mode&hart.FloatCold == 0 {
		s.FFlags |= uint32(flagsOf[s.Float.Control&hostFlags])
	}
}
