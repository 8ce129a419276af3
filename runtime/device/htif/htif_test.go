package htif

import (
	"errors"
	"testing"

	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
)

func TestDecode(t *testing.T) {
	for _, c := range []struct {
		v    uint64
		want Event
		err  error
	}{
		{0, Event{}, nil},
		{1, Event{Kind: Exit}, nil},
		{3<<1 | 1, Event{Kind: Exit, Code: 3}, nil},
		{0x0101_0000_0000_0000 | 'a', Event{Kind: Putchar, Char: 'a'}, nil}, // odd payload, still no exit
		{0x0101_0000_0000_0000 | 'b', Event{Kind: Putchar, Char: 'b'}, nil},
		{0x0100_0000_0000_0000, Event{Kind: Getchar}, nil},
		{0x8000_1000, Event{}, ErrSyscallProxy},
		{0x0201_0000_0000_0000, Event{}, ErrUnknown},
		{0x0001_0000_0000_0001, Event{}, ErrUnknown},
	} {
		got, err := Decode(c.v)
		if got != c.want || !errors.Is(err, c.err) {
			t.Errorf("Decode(%#x) = %+v, %v; want %+v, %v", c.v, got, err, c.want, c.err)
		}
	}
}

func TestPort(t *testing.T) {
	const base = 0x8000_0000
	m, err := physmem.New(base, 0x1000, physmem.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if _, err := NewPort(m, base+4, 0); err == nil {
		t.Error("misaligned tohost accepted")
	}
	if _, err := NewPort(m, base, 0x1000); err == nil {
		t.Error("fromhost outside RAM accepted")
	}
	p, err := NewPort(m, base, base+8)
	if err != nil {
		t.Fatal(err)
	}
	to, _ := m.Word64(base)
	from, _ := m.Word64(base + 8)
	if e, err := p.Poll(); e.Kind != None || err != nil {
		t.Errorf("empty port: %+v, %v", e, err)
	}
	to.Store(0x0101_0000_0000_0000 | 'x')
	if e, err := p.Poll(); e.Kind != Putchar || e.Char != 'x' || err != nil {
		t.Errorf("putchar: %+v, %v", e, err)
	}
	if to.Load() != 0 || from.Load() != 0x0101_0000_0000_0100|'x' {
		t.Errorf("after putchar: tohost %#x, fromhost %#x", to.Load(), from.Load())
	}
	to.Store(5<<1 | 1)
	if e, _ := p.Poll(); e.Kind != Exit || e.Code != 5 {
		t.Errorf("exit: %+v", e)
	}
}
