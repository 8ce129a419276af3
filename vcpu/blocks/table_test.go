package blocks

import "testing"

// A block that dies while it is entered is in no table afterwards.
func TestDeadBlockIsNotEntered(t *testing.T) {
	var e JumpEntry
	e.set(2, 1, deadBlock())
	if e.block.Load() != gone {
		t.Error("the table holds a dead block")
	}
}
