package syscon

import (
	"errors"
	"testing"

	"github.com/hartwood-vm/hartwood/runtime/device"
)

var _ device.Device = (*Device)(nil)

func TestRequests(t *testing.T) {
	type call struct {
		kind Kind
		code int
	}
	var got []call
	d, err := New(Config{Request: func(k Kind, c int) { got = append(got, call{k, c}) }})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		off  uint64
		size int
		v    uint64
		ok   bool
		want []call
	}{
		{0, 4, 0x5555, true, []call{{PowerOff, 0}}},
		{0, 4, 7<<16 | 0x3333, true, []call{{PowerOff, 7}}},
		{0, 4, 0x7777, true, []call{{Reset, 0}}},
		{0, 2, 0x5555, true, []call{{PowerOff, 0}}},
		{0, 4, 0x1234, true, nil},
		{4, 4, 0x5555, true, nil},
		{0, 1, 0x55, false, nil},
		{0, 8, 0x5555, false, nil},
	} {
		got = nil
		if ok := d.Store(c.off, c.size, c.v); ok != c.ok {
			t.Errorf("store %d bytes %#x at %#x: ok = %v", c.size, c.v, c.off, ok)
		}
		if len(got) != len(c.want) || len(got) == 1 && got[0] != c.want[0] {
			t.Errorf("store %#x at %#x: calls %v, want %v", c.v, c.off, got, c.want)
		}
	}
	if v, ok := d.Load(0, 4); v != 0 || !ok {
		t.Errorf("load = %#x, %v", v, ok)
	}
}

func TestNeedsHandler(t *testing.T) {
	if _, err := New(Config{}); !errors.Is(err, ErrNoHandler) {
		t.Fatalf("err = %v", err)
	}
}
