package codestore

import (
	"testing"

	"github.com/hartwood-vm/hartwood/shardedtlb/measure"
	"github.com/hartwood-vm/hartwood/shardedtlb/measure/measuretest"
)

// TestMeasures finds figures that are not described, or whose names are not like the others.
func TestMeasures(t *testing.T) {
	s := new(Stats)
	group := measure.Group{Name: "store", Help: "native code kept between runs", Measures: s.Measures()}
	for _, fault := range append(measuretest.Fields(s, s.Measures()), measuretest.Group(&group)...) {
		t.Error(fault)
	}
}
