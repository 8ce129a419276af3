package opensbi

import (
	"encoding/binary"
	"testing"
)

func TestDynamicInfo(t *testing.T) {
	b := DynamicInfo{NextAddr: 0x80200000, NextMode: Supervisor, Options: 5, BootHart: 7}.Bytes()
	if len(b) != InfoSize || string(b[:4]) != "OSBI" {
		t.Fatalf("%d bytes, magic %q", len(b), b[:4])
	}
	for i, want := range []uint64{0x4942534f, 2, 0x80200000, 1, 5, 7} {
		if got := binary.LittleEndian.Uint64(b[8*i:]); got != want {
			t.Errorf("word %d: %#x, want %#x", i, got, want)
		}
	}
}
