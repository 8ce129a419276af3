package physmem

import "testing"

// The host commits what is touched, and little more: it may do so in pieces of 2 MiB.
func TestResident(t *testing.T) {
	const base, size, pages, step = 0x8000_0000, residentStep + 64<<20, 20, 32 << 20
	m, err := New(base, size, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if n := m.Resident(); n != 0 {
		t.Errorf("%d bytes are resident before anything is touched", n)
	}
	for i := range uint64(pages) {
		if err := m.WriteAt([]byte{1}, base+size-1-i*step); err != nil { // some of them behind the first gibibyte
			t.Fatal(err)
		}
	}
	if n := m.Resident(); n < pages*PageSize || n > pages<<21 {
		t.Errorf("%d bytes are resident, of %d pages touched", n, pages)
	}
}
