package code

import "testing"

// Which fences need a barrier on this host.
func TestTrap13FencesThatNeedABarrier(t *testing.T) {
	for fm := range int32(16) {
		for pred := range int32(16) {
			for succ := range int32(16) {
				got := needsBarrier(fm<<8 | pred<<4 | succ)
				want := fm != 8 && pred&5 != 0 && succ&10 != 0 // W or O before R or I
				if want && !got {
					t.Errorf("fm %d pred %04b succ %04b orders nothing", fm, pred, succ)
				}
			}
		}
	}
}
