package physmem

import (
	"bytes"
	"testing"
)

func TestClear(t *testing.T) {
	const base, size = 0x8000_0000, 8 << 20
	m, err := New(base, size, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	all, err := m.Slice(base, size)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []struct{ off, n uint64 }{
		{0, size}, {1, size - 1}, {4095, clearByHand + 2}, {hostPage + 3, 2 * clearByHand}, {100, 1}, {5, clearByHand}, {size, 0},
	} {
		for i := range all {
			all[i] = 0xa5
		}
		if err := m.Clear(base+r.off, r.n); r.n > 0 && err != nil {
			t.Fatal(err)
		}
		if n := bytes.Count(all, []byte{0}); uint64(n) != r.n {
			t.Errorf("%d bytes at %#x: %d are zero", r.n, r.off, n)
		}
		if r.n > 0 && (all[r.off] != 0 || all[r.off+r.n-1] != 0) {
			t.Errorf("%d bytes at %#x: an end is not zero", r.n, r.off)
		}
	}
	var told uint64
	m.OnCodeWrite(func(_, n uint64) { told += n })
	m.MarkCode(base + 2*clearByHand)
	if err := m.Clear(base+1, size-1); err != nil || told != PageSize {
		t.Errorf("the code map was told of %d bytes (%v)", told, err)
	}
	if m.Clear(base+1, size) == nil {
		t.Error("more than there is was cleared")
	}
}
