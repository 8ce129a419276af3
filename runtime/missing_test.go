package runtime

import (
	"fmt"
	"testing"
)

// What a guest lacks is counted for so many extensions.
func TestMissingIsBounded(t *testing.T) {
	var s missing
	for i := range 2 * maxMissing {
		s.note(fmt.Sprint("X", i))
		s.note("X0")
	}
	s.note("")
	l := s.list()
	if len(l) != maxMissing {
		t.Errorf("%d extensions", len(l))
	}
	if l[0] != (Missing{"X0", 2*maxMissing + 1}) {
		t.Errorf("%+v", l[0])
	}
}
