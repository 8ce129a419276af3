package pflash

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/hartwood-vm/hartwood/runtime/device"
	"github.com/hartwood-vm/hartwood/runtime/device/internal/statetest"
)

var _ device.Device = (*Device)(nil)

// bank is a Device with its changes.
type bank struct {
	*Device
	t       testing.TB
	bytes   []byte
	changed [][2]uint64
}

func newBank(t testing.TB, writable bool) *bank {
	b := &bank{t: t, bytes: make([]byte, Size)}
	Erase(b.bytes)
	b.Device = New(Config{Bytes: b.bytes, Writable: writable, Changed: func(off, n uint64) {
		b.changed = append(b.changed, [2]uint64{off, n})
	}})
	return b
}

func (b *bank) read(off uint64, size int) uint64 {
	v, ok := b.Load(off, size)
	if !ok {
		b.t.Errorf("load at %#x refused", off)
	}
	return v
}

// write stores 4 bytes at off, one after the other.
func (b *bank) write(off uint64, values ...uint64) {
	for _, v := range values {
		if !b.Store(off, 4, v) {
			b.t.Errorf("store at %#x refused", off)
		}
	}
}

func (b *bank) status(want uint64) {
	b.t.Helper()
	b.write(0, 0x700070)
	if got := b.read(0, 4); got != want*0x10001 {
		b.t.Errorf("status %#x, want %#x of both chips", got, want)
	}
	b.write(0, 0x500050)
}

func TestProgramAndErase(t *testing.T) {
	b := newBank(t, true)
	b.write(0x40100, 0x400040, 0x1234_5678)
	b.status(0x80)
	if v := b.read(0x40100, 4); v != 0x1234_5678 || b.read(0x40102, 2) != 0x1234 || b.read(0x40103, 1) != 0x12 || b.read(0x40100, 8) != 0xffff_ffff_1234_5678 {
		t.Errorf("programmed word reads %#x", v)
	}
	b.write(0x40100, 0x10, 0xffff_0000) // bits are only cleared
	b.status(0x80)
	if v := b.read(0x40100, 4); v != 0x1234_0000 {
		t.Errorf("programmed again it reads %#x", v)
	}
	b.Store(0x3ffff, 1, 0x40)
	b.Store(0x3ffff, 1, 0)
	b.Store(0x80000, 2, 0x40)
	b.Store(0x80000, 2, 0)
	b.write(0x40104, 0x200020, 0xd000d0)
	b.status(0x80)
	if b.read(0x40100, 4) != 0xffff_ffff || b.read(0x3ffff, 1) != 0 || b.read(0x80000, 2) != 0 {
		t.Error("erasing took another sector, or not this one")
	}
	want := [][2]uint64{{0x40100, 4}, {0x40100, 4}, {0x3ffff, 1}, {0x80000, 2}, {0x40000, sector}}
	if len(b.changed) != len(want) {
		t.Fatalf("changes %#x, want %#x", b.changed, want)
	}
	for i, c := range want {
		if b.changed[i] != c {
			t.Errorf("change %#x, want %#x", b.changed[i], c)
		}
	}
}

func TestBuffer(t *testing.T) {
	b := newBank(t, true)
	b.write(0x1000, 0xe800e8)
	if v := b.read(0x1000, 4); v != 0x800080 {
		t.Errorf("status %#x before the count", v)
	}
	b.write(0x1000, 0x1f001f)
	for i := range uint64(32) {
		b.write(0x1000+4*i, i*0x0101_0101)
	}
	if len(b.changed) != 0 {
		t.Error("programmed before it was confirmed")
	}
	b.write(0x1000, 0xd000d0)
	b.status(0x80)
	for i := range uint64(32) {
		if v := b.read(0x1000+4*i, 4); v != i*0x0101_0101 {
			t.Errorf("word %d reads %#x", i, v)
		}
	}
	for _, bad := range [][]uint64{{0xe8, 0xffff}, {0xe8, 0, 1, 0xff}, {0xe8, 1024}} {
		before := len(b.changed)
		b.write(0x2000, bad...)
		if b.status(0xb0); len(b.changed) != before {
			t.Errorf("%#x: something was programmed", bad)
		}
	}
	b.write(0x2ffc, 0xe8, 1, 5)
	b.write(0x3000, 6) // another block
	if b.status(0xb0); b.read(0x2ffc, 4) != 0xffff_ffff {
		t.Error("a buffer over two blocks was programmed")
	}
	const at = 8 * block
	b.write(at, 0xe8, maxWords-1)
	for i := range uint64(maxWords) {
		b.write(at+4*i, 0)
	}
	b.write(at, 0xd0)
	if b.status(0x80); b.read(at+block-4, 4) != 0 || b.read(at+block, 4) != 0xffff_ffff {
		t.Error("the largest buffer was not programmed")
	}
}

func TestReadOnly(t *testing.T) {
	b := newBank(t, false)
	b.write(0, 0x40, 0)
	b.status(0x90)
	b.write(0, 0x20, 0xd0)
	b.status(0xa0)
	b.write(0, 0xe8, 0, 0, 0xd0)
	b.status(0x90)
	b.status(0x80)
	if b.read(0, 4) != 0xffff_ffff || len(b.changed) != 0 {
		t.Error("a read-only bank has changed")
	}
}

// A driver finds out by CFI what it drives: two chips of 16 MiB in sectors of 128 KiB, with buffers of 2 KiB.
func TestQuery(t *testing.T) {
	b := newBank(t, true)
	b.write(0x55*4, 0x980098)
	for at, want := range map[uint64]uint64{0x10: 'Q', 0x11: 'R', 0x12: 'Y', 0x13: 1, 0x27: 24, 0x2a: 11, 0x2c: 1, 0x2d: 127, 0x2e: 0, 0x2f: 0, 0x30: 2, 0x1000: 0} {
		if got := b.read(4*at, 4); got != want*0x10001 || b.read(4*at+2, 2) != want {
			t.Errorf("word %#x is %#x, want %#x of both chips", at, got, want)
		}
	}
	b.write(0, 0x900090)
	if v := b.read(0, 8); v != 0x0018_0018_0089_0089 {
		t.Errorf("identification %#x", v)
	}
	b.write(0, 0xff00ff)
	if b.read(0x40, 4) != 0xffff_ffff {
		t.Error("the array is not read again")
	}
}

func TestOddCommands(t *testing.T) {
	b := newBank(t, true)
	b.write(0, 0x60, 0xd0)
	b.status(0x80)
	b.write(0, 0x60, 0x99)
	b.status(0xb0)
	b.write(0, 0x33)
	b.status(0xb0)
	b.write(0, 0x20, 0x99)
	b.status(0xb0)
	b.write(0, 0x20, 0xff)
	if b.read(8, 4) != 0xffff_ffff {
		t.Error("0xff does not end an erase command")
	}
	b.Store(0, 8, 0x4000_0000_0040) // two stores
	if b.status(0x80); b.read(4, 4) != 0x4000 {
		t.Errorf("a store of 8 bytes: %#x", b.read(4, 4))
	}
	b.write(0, 0x90)
	if b.Reset(); b.read(0, 4) != 0xffff_ffff {
		t.Error("a reset does not bring the array back")
	}
}

// Whatever is stored, the bank comes back, holds no more than a buffer, and changes what it says.
func TestHostileStores(t *testing.T) {
	b := newBank(t, true)
	shadow := bytes.Clone(b.bytes)
	rng := rand.New(rand.NewPCG(1, 2))
	commands := []uint64{0xff, 0x70, 0x50, 0x90, 0x98, 0x40, 0x10, 0x20, 0xe8, 0x60, 0xd0, 0x01, 3, 0}
	for range 20_000 {
		size := 1 << rng.IntN(4)
		off := rng.Uint64N(Size) &^ uint64(size-1)
		if rng.IntN(2) == 0 {
			off &= 0xff &^ uint64(size-1)
		}
		b.changed = b.changed[:0]
		b.Store(off, size, commands[rng.IntN(len(commands))])
		b.Load(off, size)
		if len(b.buffer) > maxWords {
			t.Fatalf("a buffer of %d words", len(b.buffer))
		}
		for _, c := range b.changed {
			copy(shadow[c[0]:c[0]+c[1]], b.bytes[c[0]:])
		}
	}
	if !bytes.Equal(shadow, b.bytes) {
		t.Error("something changed that nobody was told of")
	}
}

func TestState(t *testing.T) {
	from, to := newBank(t, true), newBank(t, true)
	from.write(0x1000, 0xe8, 2, 5)
	from.write(0x1004, 6)
	statetest.Spoil(t, from.State(), to.State())
	statetest.Move(t, from.State(), to.State())
	to.write(0x1008, 7, 0xd0)
	to.write(0, 0xff)
	if to.read(0x1000, 8) != 0x6_0000_0005 || to.read(0x1008, 4) != 7 {
		t.Error("the buffer was forgotten")
	}
	for i, spoil := range []func(*State){
		func(s *State) { s.Command = 1 }, func(s *State) { s.Step = 3 }, func(s *State) { s.Status = 0 },
		func(s *State) { s.Left = maxWords }, func(s *State) { s.Buffer[1].Off = Size }, func(s *State) { s.Buffer[1].Off = 0x2000 },
		func(s *State) { s.Buffer[0].Size = 8 }, func(s *State) { s.Command = cmdErase; s.Step = 1 },
	} {
		s, err := from.Save()
		if err != nil {
			t.Fatal(err)
		}
		if spoil(&s); !errors.Is(to.Restore(s), device.ErrState) {
			t.Errorf("%d: accepted", i)
		}
	}
	statetest.Scramble(t, from.State(), to, 0x2000)
}
