package crypt

import (
	"math/rand/v2"
	"testing"
)

func TestPermutations(t *testing.T) {
	const table, all = 0xfedc_ba98_7654_3210, 0x0123_4567_89ab_cdef
	for _, c := range []struct {
		f                  func(table, index uint64) uint64
		table, index, want uint64
	}{
		{Xperm4, table, table, table},
		{Xperm4, table, all, all},
		{Xperm4, all, all, table},
		{Xperm8, table, 0x0706_0504_0302_0100, table},
		{Xperm8, table, 0x0001_0203_0405_0607, 0x1032_5476_98ba_dcfe},
		{Xperm8, table, 0x0810_80ff_7f07_0001, 0x0000_0000_00fe_1032},
	} {
		if got := c.f(c.table, c.index); got != c.want {
			t.Errorf("of %#x by %#x: %#x, want %#x", c.table, c.index, got, c.want)
		}
	}
	if got := Brev8(0x0102_0408_1020_4180); got != 0x8040_2010_0804_8201 {
		t.Errorf("brev8: %#x", got)
	}
}

// Inverses are inverses, and products distribute over sums.
func TestFields(t *testing.T) {
	for _, field := range []byte{aesField, sm4Field} {
		for v := 1; v < 256; v++ {
			if product(byte(v), invert(byte(v), field), field) != 1 {
				t.Errorf("field %#x: the inverse of %#x is %#x", field, v, invert(byte(v), field))
			}
		}
	}
	for range 100 {
		a, b, c := byte(rand.Uint32()), byte(rand.Uint32()), byte(rand.Uint32())
		if product(a, b^c, aesField) != product(a, b, aesField)^product(a, c, aesField) {
			t.Errorf("%#x times %#x and %#x", a, b, c)
		}
	}
}
