package fwcfg

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"strings"
	"testing"

	"github.com/hartwood-vm/hartwood/runtime/device"
	"github.com/hartwood-vm/hartwood/runtime/device/internal/statetest"
	"github.com/hartwood-vm/hartwood/shardedtlb/physmem"
)

var _ device.Device = (*Device)(nil)

const ramBase, ramSize = 0x8000_0000, 1 << 20

var kernel = []byte("a kernel of some bytes")

func newDevice(t testing.TB) (*Device, *physmem.Memory) {
	t.Helper()
	mem, err := physmem.New(ramBase, ramSize, physmem.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { mem.Close() })
	d, err := New(Config{Memory: mem, Items: map[Key][]byte{KeyKernel: kernel}, Files: []File{{"etc/a", []byte("aa")}, {"opt/b", []byte("b")}}})
	if err != nil {
		t.Fatal(err)
	}
	return d, mem
}

// choose selects an item as a hart does.
func choose(d *Device, k Key) { d.Store(regSelector, 2, uint64(bits.ReverseBytes16(uint16(k)))) }

// read reads n bytes of the item by the data register, size at a time.
func read(d *Device, n, size int) (out []byte) {
	for len(out) < n {
		v, _ := d.Load(regData, size)
		out = append(out, binary.LittleEndian.AppendUint64(nil, v)[:size]...)
	}
	return out
}

func TestItems(t *testing.T) {
	d, _ := newDevice(t)
	if got := read(d, 4, 4); string(got) != "QEMU" {
		t.Errorf("signature %q", got)
	}
	if choose(d, KeyID); !bytes.Equal(read(d, 4, 1), []byte{3, 0, 0, 0}) {
		t.Error("the device does not say that it has DMA")
	}
	for _, size := range []int{1, 2, 4, 8} {
		choose(d, KeyKernel)
		if got := read(d, 24, size); string(got) != string(kernel)+"\x00\x00" {
			t.Errorf("by %d bytes: %q", size, got)
		}
	}
	if choose(d, 0x7777); !bytes.Equal(read(d, 8, 8), make([]byte, 8)) {
		t.Error("an item that is not there has bytes")
	}
	if v, _ := d.Load(regDMA, 8); v != bits.ReverseBytes64(0x51454d5520434647) {
		t.Errorf("DMA register %#x", v)
	}
	if v, _ := d.Load(regDMA+4, 4); v != uint64(bits.ReverseBytes32(0x20434647)) {
		t.Errorf("lower half of it %#x", v)
	}
	if v, ok := d.Load(regSelector, 2); v != 0 || !ok {
		t.Error("the selector can be read")
	}
}

func TestDirectory(t *testing.T) {
	d, _ := newDevice(t)
	choose(d, keyDirectory)
	if n := binary.BigEndian.Uint32(read(d, 4, 4)); n != 2 {
		t.Fatalf("%d files", n)
	}
	for _, want := range []File{{"etc/a", []byte("aa")}, {"opt/b", []byte("b")}} {
		entry := read(d, 64, 8)
		size, key, name := binary.BigEndian.Uint32(entry), binary.BigEndian.Uint16(entry[4:]), string(bytes.TrimRight(entry[8:], "\x00"))
		if size != uint32(len(want.Data)) || name != want.Name {
			t.Errorf("%s of %d bytes, want %s", name, size, want.Name)
		}
		other, _ := newDevice(t)
		if choose(other, Key(key)); !bytes.Equal(read(other, int(size), 1), want.Data) {
			t.Errorf("%s has other contents", name)
		}
	}
	for _, name := range []string{"", strings.Repeat("x", 56)} {
		if _, err := New(Config{Files: []File{{Name: name}}}); err == nil {
			t.Errorf("a file is called %q", name)
		}
	}
}

const at = ramBase + 0x1000 // of requests

// request carries a request out, and returns its first word afterwards.
func request(t *testing.T, d *Device, mem *physmem.Memory, control, length uint32, to uint64) uint32 {
	t.Helper()
	b := binary.BigEndian.AppendUint32(nil, control)
	b = binary.BigEndian.AppendUint32(b, length)
	if err := mem.WriteAt(binary.BigEndian.AppendUint64(b, to), at); err != nil {
		t.Fatal(err)
	}
	d.Store(regDMA, 8, bits.ReverseBytes64(at))
	if err := mem.ReadAt(b[:4], at); err != nil {
		t.Fatal(err)
	}
	return binary.BigEndian.Uint32(b)
}

func TestDMA(t *testing.T) {
	d, mem := newDevice(t)
	got := make([]byte, 16)
	const to = ramBase + 0x2000
	if v := request(t, d, mem, uint32(KeyKernel)<<16|dmaSelect|dmaSkip, 2, 0); v != 0 {
		t.Errorf("skip: %#x", v)
	}
	if v := request(t, d, mem, dmaRead, 16, to); v != 0 || mem.ReadAt(got, to) != nil || !bytes.Equal(got, kernel[2:18]) {
		t.Errorf("read: %#x, %q", v, got)
	}
	if v := request(t, d, mem, dmaRead, 16, to); v != 0 || mem.ReadAt(got, to) != nil || string(got) != "ytes"+strings.Repeat("\x00", 12) {
		t.Errorf("past the end: %#x, %q", v, got)
	}
	// By two stores, the upper half first.
	if err := mem.WriteAt(binary.BigEndian.AppendUint32(nil, dmaSelect), at); err != nil {
		t.Fatal(err)
	}
	d.Store(regDMA, 4, 0)
	d.Store(regDMA+4, 4, uint64(bits.ReverseBytes32(at)))
	if v := read(d, 4, 4); string(v) != "QEMU" {
		t.Errorf("by two stores %q is selected", v)
	}
}

// What is written to RAM is told to who has made code of it.
func TestDMAIsNoted(t *testing.T) {
	d, mem := newDevice(t)
	var told [2]uint64
	mem.OnCodeWrite(func(pa, n uint64) { told = [2]uint64{pa, n} })
	mem.MarkCode(ramBase + 0x2000)
	if request(t, d, mem, dmaSelect|dmaRead, 4, ramBase+0x2ffc); told != [2]uint64{ramBase + 0x2ffc, 4} {
		t.Errorf("told of %#x", told)
	}
}

func TestImpossibleRequests(t *testing.T) {
	d, mem := newDevice(t)
	for _, c := range []struct {
		control, length uint32
		to              uint64
	}{
		{dmaRead, 8, 0x1000}, {dmaRead, 8, ramBase + ramSize - 4}, {dmaRead, MaxRequest + 1, ramBase}, {dmaRead, 0xffff_ffff, ramBase},
		{dmaRead, 8, 0xffff_ffff_ffff_fff8}, {dmaWrite, 1, ramBase},
	} {
		if v := request(t, d, mem, c.control, c.length, c.to); v != dmaError {
			t.Errorf("%+v: %#x", c, v)
		}
	}
	if v := request(t, d, mem, dmaRead, 0, 0); v != 0 {
		t.Errorf("nothing is read to nowhere: %#x", v)
	}
	for _, pa := range []uint64{0, ramBase - 8, ramBase + ramSize - 8, 0xffff_ffff_ffff_fff0} {
		d.Store(regDMA, 8, bits.ReverseBytes64(pa)) // nothing happens
	}
	for range 4 { // the offset ends at its largest value
		request(t, d, mem, dmaSkip, 0xffff_fff0, 0)
	}
	if !bytes.Equal(read(d, 8, 8), make([]byte, 8)) {
		t.Error("the item begins anew")
	}
	if d.Reset(); string(read(d, 4, 4)) != "QEMU" {
		t.Error("a reset selects another item")
	}
}

func TestState(t *testing.T) {
	from, _ := newDevice(t)
	to, _ := newDevice(t)
	choose(from, KeyKernel)
	read(from, 2, 2)
	from.Store(regDMA, 4, 7)
	statetest.Spoil(t, from.State(), to.State())
	statetest.Move(t, from.State(), to.State())
	if got := read(to, 4, 4); !bytes.Equal(got, kernel[2:6]) {
		t.Errorf("goes on with %q", got)
	}
	statetest.Scramble(t, from.State(), to, Size)
}
