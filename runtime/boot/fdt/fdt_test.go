package fdt

import (
	"bytes"
	"encoding/binary"
	"errors"
	"reflect"
	"strings"
	"testing"
)

func sample() *Tree {
	t := New()
	t.BootCPU = 3
	t.Reserved = []Reservation{{0x80000000, 0x20000}}
	t.Root.SetCells("#address-cells", 2)
	t.Root.SetCells("#size-cells", 2)
	t.Root.SetStrings("compatible", "a,b", "c")
	soc := t.Root.Add("soc")
	soc.SetFlag("ranges")
	uart := soc.Add("serial@10000000")
	uart.SetU64("reg", 0x10000000, 0x100)
	uart.SetStrings("compatible", "ns16550a")
	uart.Set("odd", []byte{1, 2, 3})
	mem := t.Root.Add("memory@80000000")
	mem.SetStrings("device_type", "memory")
	mem.SetU64("reg", 0x80000000, 1<<30)
	return t
}

func mustWrite(t testing.TB, tree *Tree) []byte {
	t.Helper()
	b, err := tree.Write()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestLayout checks a small blob byte by byte against the specification.
func TestLayout(t *testing.T) {
	tree := New()
	tree.Root.SetCells("x", 7)
	got := mustWrite(t, tree)
	want := []uint32{
		0xd00dfeed, 98, 56, 96, 40, 17, 16, 0, 2, 40, // header
		0, 0, 0, 0, // end of the reservation block
		1, 0, 3, 4, 0, 7, 2, 9, // root node, one property
	}
	// 22 words, then the strings.
	var b []byte
	for _, w := range want {
		b = binary.BigEndian.AppendUint32(b, w)
	}
	b = append(b, "x\x00"...)
	binary.BigEndian.PutUint32(b[4:], uint32(len(b)))
	binary.BigEndian.PutUint32(b[12:], uint32(len(b)-2))
	binary.BigEndian.PutUint32(b[36:], 32)
	if !bytes.Equal(got, b) {
		t.Errorf("got  %x\nwant %x", got, b)
	}
}

func TestRoundTrip(t *testing.T) {
	want := sample()
	blob := mustWrite(t, want)
	got, err := Read(append(blob, "rubbish after the blob"...))
	if err != nil {
		t.Fatal(err)
	}
	if again := mustWrite(t, got); !bytes.Equal(again, blob) {
		t.Error("reading and writing changes the blob")
	}
	if got.BootCPU != 3 || !reflect.DeepEqual(got.Reserved, want.Reserved) {
		t.Errorf("header: %+v", got)
	}
	uart := got.Find("/soc/serial@10000000")
	if uart == nil || uart != got.Find("/soc/serial") {
		t.Fatal("serial not found")
	}
	if s, ok := uart.String("compatible"); !ok || s != "ns16550a" {
		t.Errorf("compatible %q", s)
	}
	if v, ok := uart.Prop("odd"); !ok || !bytes.Equal(v, []byte{1, 2, 3}) {
		t.Errorf("odd %v", v)
	}
	if got.Find("/soc/serial@2") != nil || got.Find("/nothing/here") != nil {
		t.Error("found what is not there")
	}
}

func TestBlobIsCopied(t *testing.T) {
	blob := mustWrite(t, sample())
	got, err := Read(blob)
	if err != nil {
		t.Fatal(err)
	}
	clear(blob)
	if s, _ := got.Find("/soc/serial").String("compatible"); s != "ns16550a" {
		t.Error("the tree refers to the caller's bytes")
	}
}

func TestPropertyHelpers(t *testing.T) {
	n := &Node{}
	n.SetStrings("s", "with\x00nul")
	if s, ok := n.String("s"); !ok || s != "with" {
		t.Errorf("%q", s)
	}
	n.SetCells("c", 5)
	n.SetCells("c", 6)
	if c, ok := n.Cell("c"); !ok || c != 6 || len(n.Props) != 2 {
		t.Errorf("%d %v", c, n.Props)
	}
	n.Delete("s")
	if _, ok := n.Prop("s"); ok {
		t.Error("s is still there")
	}
	if _, ok := n.String("c"); ok {
		t.Error("a cell was taken for a string")
	}
	n.SetU64("u", 1)
	if _, ok := n.Cell("u"); ok {
		t.Error("8 bytes were taken for a cell")
	}
}

func TestSetChosen(t *testing.T) {
	tree := sample()
	tree.SetChosen(Chosen{Bootargs: "console=ttyS0", InitrdStart: 0x84000000, InitrdEnd: 0x84001000, RNGSeed: []byte("seed")})
	n := tree.Find("/chosen")
	if s, _ := n.String("bootargs"); s != "console=ttyS0" {
		t.Errorf("bootargs %q", s)
	}
	if v, _ := n.Prop("linux,initrd-end"); !bytes.Equal(v, []byte{0, 0, 0, 0, 0x84, 0, 0x10, 0}) {
		t.Errorf("initrd-end %x", v)
	}
	tree.SetChosen(Chosen{})
	if s, _ := n.String("bootargs"); s != "console=ttyS0" {
		t.Error("bootargs lost")
	}
	if v, _ := n.Prop("rng-seed"); string(v) != "seed" {
		t.Error("seed lost")
	}
	if _, ok := n.Prop("linux,initrd-start"); ok {
		t.Error("stale initrd")
	}
}

func TestMemory(t *testing.T) {
	tree := sample()
	tree.Root.Add("memory-controller@1") // has no device_type: not RAM
	got, err := tree.MemoryRanges()
	if err != nil || !reflect.DeepEqual(got, []Reservation{{0x80000000, 1 << 30}}) {
		t.Fatal(got, err)
	}
	if err := tree.SetMemory(0x80000000, 1<<36); err != nil {
		t.Fatal(err)
	}
	if got, err = tree.MemoryRanges(); err != nil || !reflect.DeepEqual(got, []Reservation{{0x80000000, 1 << 36}}) {
		t.Error(got, err)
	}
	tree.Root.SetCells("#size-cells", 1)
	if err := tree.SetMemory(0x80000000, 1<<36); !errors.Is(err, ErrTooBig) {
		t.Error(err)
	}
	if err := tree.SetMemory(0x80000000, 1<<28); err != nil {
		t.Error(err)
	}
	if got, err = tree.MemoryRanges(); err != nil || !reflect.DeepEqual(got, []Reservation{{0x80000000, 1 << 28}}) {
		t.Error(got, err)
	}
	tree.Root.SetCells("#address-cells", 3)
	if _, err := tree.MemoryRanges(); !errors.Is(err, ErrMalformed) {
		t.Error(err)
	}
}

func TestWriteRefuses(t *testing.T) {
	deep := New()
	n := deep.Root
	for range maxDepth + 1 {
		n = n.Add("n")
	}
	big := New()
	big.Root.Set("p", make([]byte, MaxBlob))
	slash := New()
	slash.Root.Add("a/b")
	long := New()
	long.Root.SetFlag(strings.Repeat("x", maxName+1))
	for name, tc := range map[string]struct {
		tree *Tree
		want error
	}{
		"no root": {&Tree{}, ErrMalformed}, "named root": {&Tree{Root: &Node{Name: "x"}}, ErrMalformed},
		"deep": {deep, ErrTooBig}, "big": {big, ErrTooBig}, "slash": {slash, ErrMalformed}, "long name": {long, ErrMalformed},
	} {
		if _, err := tc.tree.Write(); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	be := binary.BigEndian
	good := mustWrite(t, sample())
	structs := be.Uint32(good[8:])
	for _, tc := range []struct {
		name string
		edit func(b []byte) []byte
		want error
	}{
		{"empty", func(b []byte) []byte { return nil }, ErrNotFDT},
		{"no magic", func(b []byte) []byte { b[0] = 0; return b }, ErrNotFDT},
		{"header cut", func(b []byte) []byte { return b[:20] }, ErrTruncated},
		{"body cut", func(b []byte) []byte { return b[:len(b)-1] }, ErrTruncated},
		{"huge total", func(b []byte) []byte { be.PutUint32(b[4:], 1<<31); return b }, ErrTooBig},
		{"tiny total", func(b []byte) []byte { be.PutUint32(b[4:], 8); return b }, ErrMalformed},
		{"old version", func(b []byte) []byte { be.PutUint32(b[20:], 3); return b }, ErrVersion},
		{"from the future", func(b []byte) []byte { be.PutUint32(b[24:], 18); return b }, ErrVersion},
		{"structure outside", func(b []byte) []byte { be.PutUint32(b[8:], 0xfffffff0); return b }, ErrMalformed},
		{"structure too long", func(b []byte) []byte { be.PutUint32(b[36:], 0xffffffff); return b }, ErrMalformed},
		{"structure in the header", func(b []byte) []byte { be.PutUint32(b[8:], 0); return b }, ErrMalformed},
		{"strings outside", func(b []byte) []byte { be.PutUint32(b[12:], uint32(len(b))); return b }, ErrMalformed},
		{"names cut", func(b []byte) []byte { be.PutUint32(b[32:], 1); return b }, ErrMalformed},
		{"reservations outside", func(b []byte) []byte { be.PutUint32(b[16:], uint32(len(b))&^7); return b }, ErrMalformed},
		{"reservations misaligned", func(b []byte) []byte { be.PutUint32(b[16:], 44); return b }, ErrMalformed},
		{"unknown token", func(b []byte) []byte { be.PutUint32(b[structs:], 5); return b }, ErrMalformed},
		{"property first", func(b []byte) []byte { be.PutUint32(b[structs:], 3); return b }, ErrMalformed},
		{"end first", func(b []byte) []byte { be.PutUint32(b[structs:], 9); return b }, ErrMalformed},
		{"named root", func(b []byte) []byte { b[structs+4] = 'x'; return b }, ErrMalformed},
		{"no end", func(b []byte) []byte { be.PutUint32(b[36:], be.Uint32(b[36:])-4); return b }, ErrMalformed},
		{"long property", func(b []byte) []byte { be.PutUint32(b[structs+12:], 1<<30); return b }, ErrMalformed},
		{"name outside", func(b []byte) []byte { be.PutUint32(b[structs+16:], 1<<30); return b }, ErrMalformed},
	} {
		if _, err := Read(tc.edit(bytes.Clone(good))); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", tc.name, err, tc.want)
		}
	}
}

func TestReadRefusesDeepNesting(t *testing.T) {
	var s []byte
	for i := range 100000 {
		s = binary.BigEndian.AppendUint32(s, tokBeginNode)
		if i == 0 {
			s = append(s, 0, 0, 0, 0)
		} else {
			s = append(s, 'n', 0, 0, 0)
		}
	}
	b := mustWrite(t, New())
	off := len(b)
	b = append(b, s...)
	binary.BigEndian.PutUint32(b[4:], uint32(len(b)))
	binary.BigEndian.PutUint32(b[8:], uint32(off))
	binary.BigEndian.PutUint32(b[36:], uint32(len(s)))
	if _, err := Read(b); !errors.Is(err, ErrTooBig) {
		t.Error(err)
	}
}

func TestNopsAreSkipped(t *testing.T) {
	tree := New()
	tree.Root.SetCells("x", 1)
	tree.Root.SetCells("y", 2)
	b := mustWrite(t, tree)
	s := binary.BigEndian.Uint32(b[8:])
	for i := range uint32(4) { // the first property becomes four nops
		binary.BigEndian.PutUint32(b[s+8+4*i:], tokNop)
	}
	got, err := Read(b)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := got.Root.Prop("x"); ok || len(got.Root.Props) != 1 {
		t.Errorf("%+v", got.Root)
	}
}
