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
		{0x0101_0000_0000_0000 | 'a', Event{Kind: Putchar, Char: 'a', command: 0x101}, nil}, // odd payload, still no exit
		{0x0101_0000_0000_0000 | 'b', Event{Kind: Putchar, Char: 'b', command: 0x101}, nil},
		{0x0100_0000_0000_0000, Event{Kind: Getchar, command: 0x100}, nil},
		{0x8000_1000, Event{Kind: Syscall, Block: 0x8000_1000}, nil},
		{0x8000_1004, Event{}, ErrBlock},
		{0x0201_0000_0000_0000, Event{}, ErrUnknown},
		{0x0001_0000_0000_0001, Event{}, ErrUnknown},
	} {
		got, err := Decode(c.v)
		if got != c.want || !errors.Is(err, c.err) {
			t.Errorf("Decode(%#x) = %+v, %v; want %+v, %v", c.v, got, err, c.want, c.err)
		}
	}
}

const base = 0x8000_0000

func newPort(t *testing.T) (*Port, *physmem.Memory) {
	t.Helper()
	m, err := physmem.New(base, 0x1000, physmem.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	p, err := NewPort(m, base, base+8)
	if err != nil {
		t.Fatal(err)
	}
	return p, m
}

func TestPort(t *testing.T) {
	p, m := newPort(t)
	if _, err := NewPort(m, base+4, 0); err == nil {
		t.Error("misaligned tohost accepted")
	}
	if _, err := NewPort(m, base, 0x1000); err == nil {
		t.Error("fromhost outside RAM accepted")
	}
	from, _ := m.Word64(base + 8)
	store := func(v uint64) Event {
		p.tohost.Store(v)
		e, half, err := p.Stored(base, 8)
		if half != 0 || err != nil {
			t.Errorf("a store of %#x: half %d, %v", v, half, err)
		}
		return e
	}
	if e := store(0); e.Kind != None {
		t.Errorf("empty port: %+v", e)
	}
	if e := store(0x0101_0000_0000_0000 | 'x'); e.Kind != Putchar || e.Char != 'x' {
		t.Errorf("putchar: %+v", e)
	}
	if p.tohost.Load() != 0 || from.Load() != 0x0101_0000_0000_0100|'x' {
		t.Errorf("after putchar: tohost %#x, fromhost %#x", p.tohost.Load(), from.Load())
	}
	if e := store(5<<1 | 1); e.Kind != Exit || e.Code != 5 {
		t.Errorf("exit: %+v", e)
	}
	from.Store(0)
	e := store(base + 0x100)
	if e.Kind != Syscall || e.Block != base+0x100 || from.Load() != 0 {
		t.Errorf("system call: %+v, answered with %#x", e, from.Load())
	}
	if p.Answer(1, e); from.Load() != 1 {
		t.Errorf("answer of a system call: %#x", from.Load())
	}
	if p.Answer(2, e); from.Load() != 1 {
		t.Errorf("an answer that the guest has not taken is lost: %#x", from.Load())
	}
	from.Store(0)
	if e := store(1 << 56); e.Kind != Getchar {
		t.Errorf("getchar: %+v", e)
	} else if p.Answer(0x100|'k', e); from.Load() != 1<<56|0x100|'k' {
		t.Errorf("answer of getchar: %#x", from.Load())
	}
}

// A command that is stored half by half is one command.
func TestHalves(t *testing.T) {
	p, _ := newPort(t)
	low := func(v uint64) (Event, uint64) {
		p.tohost.Store(p.tohost.Load()&^0xffffffff | v)
		e, half, err := p.Stored(base, 4)
		if err != nil {
			t.Error(err)
		}
		return e, half
	}
	high := func(v uint64) Event {
		p.tohost.Store(p.tohost.Load()&0xffffffff | v<<32)
		e, half, err := p.Stored(base+4, 4)
		if half != 0 || err != nil {
			t.Errorf("upper half %#x: waits as %d, %v", v, half, err)
		}
		return e
	}
	for _, char := range []byte("AB\n") {
		if e, half := low(uint64(char)); e.Kind != None || half == 0 {
			t.Fatalf("lower half: %+v, waits as %d", e, half)
		}
		if e := high(0x0101_0000); e.Kind != Putchar || e.Char != char {
			t.Fatalf("%q: %+v", char, e)
		}
	}
	low(0) // as programs clear it
	if e := high(0); e.Kind != None {
		t.Errorf("cleared: %+v", e)
	}
	low(7)
	if e := high(0); e.Kind != Exit || e.Code != 3 {
		t.Errorf("exit in two halves: %+v", e)
	}
	if e := high(0x0100_0000); e.Kind != Getchar {
		t.Errorf("getchar by its upper half: %+v", e)
	}
	// Programs that never store the upper half.
	low(9)
	if e, _ := low(9); e.Kind != Exit || e.Code != 4 {
		t.Errorf("lower half twice: %+v", e)
	}
	_, half := low(11)
	if e, more, err := p.Late(half - 1); e.Kind != None || more != half || err != nil {
		t.Errorf("late for another half: %+v, %d, %v", e, more, err)
	}
	if e, more, err := p.Late(half); e.Kind != Exit || e.Code != 5 || more != 0 || err != nil {
		t.Errorf("late: %+v, %d, %v", e, more, err)
	}
	if e, more, _ := p.Late(half); e.Kind != None || more != 0 {
		t.Errorf("late twice: %+v, %d", e, more)
	}
	low(13)
	p.Reset()
	if e, half := low(13); e.Kind != None || half == 0 {
		t.Errorf("a half from before a reset counts: %+v", e)
	}
}
