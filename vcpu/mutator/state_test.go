package mutator_test

import (
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"github.com/hartwood-vm/hartwood/vcpu/mutator"
	"github.com/hartwood-vm/hartwood/vcpu/mutator/mutatortest"
	"golang.org/x/sys/unix"
)

const (
	base = 0x4000_0000 // of the heap, for the guest
	size = 1 << 20
)

func newHeap(t *testing.T) (*mutator.State, *mutatortest.Heap, []byte) {
	t.Helper()
	mem, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Munmap(mem); err != nil {
			t.Error(err)
		}
	})
	s := new(mutator.State)
	return s, mutatortest.New(t, s, uintptr(unsafe.Pointer(unsafe.SliceData(mem))), base, size), mem
}

func word(mem []byte, ref uint64) uint64 { return *(*uint64)(unsafe.Pointer(&mem[ref-base])) }

// hostile are values that lengths and types must not overflow with.
var hostile = []uint64{
	0, 1, 2, 7, 8, 15, 16, 17, 4095, 4096, 16375, 16376, 16377, 1 << 16, 1<<31 - 1, 1 << 31, 1<<32 - 2, 1<<32 - 1, 1 << 32,
	1<<32 + 1, 1 << 33, 1 << 47, 1 << 48, 1 << 60, 1 << 61, 1<<63 - 1, 1 << 63, 1<<64 - 16, 1<<64 - 1,
}

// Sizes are those of arithmetic without limits, or are refused.
func TestBytesDoesNotOverflow(t *testing.T) {
	s, _, _ := newHeap(t)
	shapes := map[uint64][2]uint64{
		mutatortest.Data: {8, 1}, mutatortest.Pair: {24, 0}, mutatortest.Array: {16, 8}, mutatortest.Records: {8, 24},
		mutatortest.Huge: {1<<32 + 7, 1<<32 - 1},
	}
	r := rand.New(rand.NewPCG(1, 1))
	lengths := slices.Clone(hostile)
	for range 2000 {
		lengths = append(lengths, r.Uint64()>>r.IntN(64))
	}
	for _, typ := range append([]uint64{1, 2, 3, 4, 5, 6}, hostile...) {
		shape, exists := shapes[typ]
		for _, length := range lengths {
			want := new(big.Int).Mul(new(big.Int).SetUint64(length), new(big.Int).SetUint64(shape[1]))
			want.Add(want, new(big.Int).SetUint64(shape[0]+15))
			want.Rsh(want, 4).Lsh(want, 4)
			n, ok := s.Bytes(typ, length)
			if wantOK := exists && length < 1<<32 && want.BitLen() <= 48; ok != wantOK || ok && n != want.Uint64() {
				t.Fatalf("type %d with %d elements: %d bytes, %v; want %v, %v", typ, length, n, ok, want, wantOK)
			}
		}
	}
	if _, ok := new(mutator.State).Bytes(0, 0); ok {
		t.Error("an object without a heap has a size")
	}
}

// Objects come from the Buffer of their size, in order, apart, with their headers.
func TestAllocTakesFromTheBuffer(t *testing.T) {
	s, h, mem := newHeap(t)
	for i := range mem {
		mem[i] = 0xa5 // what was there before
	}
	if _, ok := s.Alloc(mutatortest.Pair, 0); ok {
		t.Error("an object out of an empty Buffer")
	}
	taken := map[uint64]bool{}
	for i := range uint64(9) {
		ref, ok := s.Alloc(mutatortest.Array, i%3)
		if !ok {
			if ref, ok = h.Alloc(mutatortest.Array, i%3); !ok || ref == 0 {
				t.Fatalf("object %d: %#x, %v", i, ref, ok)
			}
		}
		if got, want := word(mem, ref), mutatortest.Array|i%3<<32; got != want {
			t.Errorf("header %#x, want %#x", got, want)
		}
		n, _ := s.Bytes(mutatortest.Array, i%3)
		for off := uint64(0); off < n; off += 8 {
			if off != 0 && word(mem, ref+off) != 0 {
				t.Errorf("object %d has %#x in it", i, word(mem, ref+off))
			}
			if taken[ref+off] {
				t.Errorf("object %d overlaps with another at %#x", i, ref+off)
			}
			taken[ref+off] = true
		}
	}
	if h.Allocs != 3 { // 3 objects of 16 bytes and 6 of 32, 4 to a Buffer
		t.Errorf("%d Buffers, want 3", h.Allocs)
	}
	if ref, ok := s.Alloc(mutatortest.Data, 16384-8); ok { // small, with an empty Buffer
		t.Errorf("%#x out of an empty Buffer", ref)
	}
	for _, c := range [][2]uint64{{mutatortest.Data, 16384 - 7}, {mutatortest.Missing, 0}, {6, 0}, {1 << 60, 0}, {1, 1 << 32}, {mutatortest.Huge, 1}} {
		before := *s
		if ref, ok := s.Alloc(c[0], c[1]); ok {
			t.Errorf("type %d with %d elements is at %#x", c[0], c[1], ref)
		}
		if *s != before {
			t.Errorf("type %d with %d elements has changed the State", c[0], c[1])
		}
	}
}

// The barrier logs what may be a reference, old before new, the new one while roots are
// scanned only, and both or none.
func TestBarrierLogs(t *testing.T) {
	s, _, _ := newHeap(t)
	s.Marking = mutator.Marking
	for _, c := range []struct {
		marking, before, after uint64
		want                   []uint64
	}{
		{mutator.Marking, base, base + 16, []uint64{base}},
		{mutator.Rooting, base, base + 16, []uint64{base, base + 16}},
		{mutator.Rooting, base + size - 1, base + size, []uint64{base + size - 1}},
		{mutator.Rooting, base - 1, base + 5, []uint64{base + 5}},
		{mutator.Rooting, 0, ^uint64(0), nil},
		{mutator.Marking, 0, base, nil},
	} {
		s.Marking, s.LogLen = c.marking, 0
		if !s.Barrier(c.before, c.after) || !slices.Equal(s.Log[:s.LogLen], c.want) {
			t.Errorf("%d: %#x -> %#x is logged as %#x, want %#x", c.marking, c.before, c.after, s.Log[:s.LogLen], c.want)
		}
	}
	for _, marking := range []uint64{mutator.Rooting, mutator.Marking} {
		s.Marking = marking
		for n := range uint64(mutator.LogEntries + 1) {
			s.LogLen = n
			room := n <= mutator.LogEntries-2
			if ok := s.Barrier(base, base); ok != room || !ok && s.LogLen != n {
				t.Fatalf("with %d values logged: %v, then %d", n, ok, s.LogLen)
			}
		}
	}
}
