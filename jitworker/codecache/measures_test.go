package codecache

import (
	"testing"

	"github.com/hartwood-vm/hartwood/shardedtlb/measure/measuretest"
)

// TestMeasures finds figures that are not described.
func TestMeasures(t *testing.T) {
	var s Stats
	for _, fault := range measuretest.Fields(&s, s.Measures()) {
		t.Error(fault)
	}
}
