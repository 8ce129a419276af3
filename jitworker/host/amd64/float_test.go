package amd64

import (
	"testing"

	"github.com/hartwood-vm/hartwood/vcpu/hart"
)

// What native code is told about every rounding mode and state of FS.
func TestEnterFloat(t *testing.T) {
	for frm := range uint32(8) {
		for fs := range uint64(4) {
			s := &hart.State{FRM: frm, MStatus: fs<<13 | ^uint64(hart.FSMask)}
			enterFloat(s)
			f := s.Float
			for _, test := range []struct {
				bit  uint32
				want bool
			}{
				{hart.FloatCold, true}, {hart.FloatOff, fs == 0}, {hart.FloatClean, fs != 3}, {hart.FloatRounds, frm != 0}, {hart.FloatForeign, frm > 3},
			} {
				if got := f.Mode&test.bit != 0; got != test.want {
					t.Errorf("frm %d, FS %d: mode %#x", frm, fs, f.Mode)
				}
			}
			// The host's modes: to nearest, down, up, to zero.
			if rc := f.Control >> 13 & 3; frm < 4 && rc != [...]uint32{0, 3, 1, 2}[frm] || f.Control&^(3<<13) != goMXCSR {
				t.Errorf("frm %d: MXCSR %#x", frm, f.Control)
			}
		}
	}
}

// The host's flags become the guest's, the denormal flag is nobody's, and a register
// that was never loaded says nothing.
func TestLeaveFloat(t *testing.T) {
	for host, guest := range map[uint32]uint32{0: 0, 1: 16, 2: 0, 4: 8, 8: 4, 16: 2, 32: 1, 0x30: 3, 0x3f: 31} {
		s := &hart.State{FFlags: 1, Float: hart.Float{Control: goMXCSR | host}}
		if leaveFloatState(s); s.FFlags != guest|1 {
			t.Errorf("MXCSR flags %#x give %#x", host, s.FFlags)
		}
		s = &hart.State{Float: hart.Float{Mode: hart.FloatCold, Control: goMXCSR | host}}
		if leaveFloatState(s); s.FFlags != 0 {
			t.Errorf("flags %#x out of a cold register", s.FFlags)
		}
	}
}
